import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from labelassemble.assembly.align_fingerprints import (
    agree_in_place,
    agree_registered,
    pose_of_cut,
)
from labelassemble.assembly.fingerprints import FINGERPRINT_SIDE

WHOLE = np.zeros((1, 4))


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """Images at ten times the resolution."""
    grain = np.random.default_rng(0).standard_normal((6, 400, 400))
    smooth = gaussian_filter(grain, (0, 14, 14))
    return smooth / smooth.std(axis=(1, 2), keepdims=True)


def see(scene: np.ndarray, cut: tuple[float, float, float, float]) -> np.ndarray:
    """Local contrasts of the scene without its margins (left, right, top, bottom)."""
    left, right, top, bottom = cut
    place = (np.arange(FINGERPRINT_SIDE) + 0.5) / FINGERPRINT_SIDE
    down = (top + (1 - top - bottom) * place) * 400 - 0.5
    across = (left + (1 - left - right) * place) * 400 - 0.5
    grid = np.meshgrid(down, across, indexing="ij")
    seen = np.stack([map_coordinates(one, grid, order=1) for one in scene])
    return np.clip(np.rint(seen * 3), -7, 7).astype(np.int8)


def poses(cut: tuple[float, float, float, float], count: int) -> np.ndarray:
    return np.repeat(pose_of_cut(np.array([cut], dtype=float)), count, axis=0)


def test_an_image_agrees_with_itself_and_not_with_others(scene: np.ndarray) -> None:
    records = see(scene, (0, 0, 0, 0))
    assert agree_in_place(records, records).min() > 0.999
    assert agree_in_place(records, -records).max() < -0.999
    assert np.abs(agree_in_place(records, np.roll(records, 1, axis=0))).max() < 0.6
    registered = agree_registered(records, np.roll(records, 1, axis=0), poses((0, 0, 0, 0), 6))
    assert registered.max() < 0.8


@pytest.mark.parametrize("cut", [(0.05, 0, 0, 0), (0.03, 0.02, 0.04, 0), (0.08, 0.07, 0.06, 0.08)])
@pytest.mark.parametrize("start", [(0.0575, 0.0575, 0.0575, 0.0575), (0, 0, 0, 0)])
def test_margins_that_were_cut_off_are_found(
    cut: tuple[float, ...], start: tuple[float, ...], scene: np.ndarray
) -> None:
    if sum(map(abs, np.subtract(cut, start))) > 0.2:
        pytest.skip("no hypothesis is so far off")
    records, inner = see(scene, (0, 0, 0, 0)), see(scene, cut)
    assert agree_in_place(records, inner).max() < 0.9
    assert agree_registered(records, inner, poses(start, 6)).min() > 0.96


def test_a_word_over_a_tenth_does_not_count(scene: np.ndarray) -> None:
    records = see(scene, (0, 0, 0, 0))
    written = records.copy()
    written[:, 4:8, 8:32] = 7
    assert agree_in_place(records, written).min() > 0.95
    written[:, 12:24, 4:36] = 7
    assert agree_in_place(records, written).max() < 0.9


def test_pairs_do_not_depend_on_the_pairs_beside_them(scene: np.ndarray) -> None:
    records, inner = see(scene, (0, 0, 0, 0)), see(scene, (0.03, 0.02, 0.04, 0))
    many = np.tile(np.arange(6), 40)
    together = agree_registered(records[many], inner[many], poses((0, 0, 0, 0), 240))
    alone = agree_registered(records[:1], inner[:1], poses((0, 0, 0, 0), 1))
    assert np.allclose(together[::6], alone, atol=1e-6)


def test_no_pairs_and_hopeless_pairs(scene: np.ndarray) -> None:
    none = np.zeros((0, FINGERPRINT_SIDE, FINGERPRINT_SIDE), dtype=np.int8)
    assert agree_registered(none, none, poses((0, 0, 0, 0), 0)).shape == (0,)
    nothing = np.zeros((1, FINGERPRINT_SIDE, FINGERPRINT_SIDE), dtype=np.int8)
    assert agree_registered(nothing, see(scene, (0, 0, 0, 0))[:1], poses((0, 0, 0, 0), 1))[0] == -1
