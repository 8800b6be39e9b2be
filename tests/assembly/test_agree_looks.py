import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from labelassemble.assembly.agree_looks import FINE, agree, even_out
from labelassemble.assembly.looks import LOOKS_SIDE


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    grain = np.random.default_rng(0).standard_normal((8, LOOKS_SIDE, LOOKS_SIDE))
    smooth = gaussian_filter(grain, (0, 1.2, 1.2))
    return np.asarray(4 * smooth / smooth.std(), dtype=np.float32)


def everywhere(pictures: np.ndarray) -> np.ndarray:
    return np.ones_like(pictures)


def test_contrast_that_is_enhanced_here_and_there_does_not_count(pictures: np.ndarray) -> None:
    gain = np.linspace(1, 4, LOOKS_SIDE, dtype=np.float32)
    enhanced = pictures * gain * gain[::-1, None]
    assert agree(pictures, enhanced, everywhere(pictures)).min() > 0.97
    plain = np.abs(even_out(enhanced, FINE) - even_out(pictures, FINE)).mean()
    assert plain < 0.15


def test_others_do_not_agree_and_the_inverse_disagrees(pictures: np.ndarray) -> None:
    others = np.roll(pictures, 1, axis=0)
    assert agree(pictures, others, everywhere(pictures)).max() < 0.5
    assert agree(pictures, -pictures, everywhere(pictures)).max() < -0.9


@pytest.mark.parametrize("lines", [3, 6, 9])
def test_words_over_less_than_a_quarter_do_not_count(lines: int, pictures: np.ndarray) -> None:
    written = pictures.copy()
    written[:, :lines] = np.random.default_rng(1).choice([-7, 7], (lines, LOOKS_SIDE))
    assert agree(pictures, written, everywhere(pictures)).min() > 0.95


def test_words_over_half_count(pictures: np.ndarray) -> None:
    written = pictures.copy()
    written[:, : LOOKS_SIDE // 2] = np.roll(pictures, 1, axis=0)[:, : LOOKS_SIDE // 2]
    assert agree(pictures, written, everywhere(pictures)).max() < 0.9


def test_what_is_not_covered_does_not_count(pictures: np.ndarray) -> None:
    covered = everywhere(pictures)
    covered[:, :, LOOKS_SIDE // 2 :] = 0
    half = np.where(covered == 0, np.float32(7), pictures)
    assert agree(pictures, half, covered).min() > 0.9


def test_pictures_that_are_all_the_same_grey_agree_with_nothing(pictures: np.ndarray) -> None:
    nothing = np.zeros_like(pictures)
    assert np.abs(agree(pictures, nothing, everywhere(pictures))).max() < 0.01 or (
        agree(pictures, nothing, everywhere(pictures)).max() <= 0
    )
    assert agree(nothing, nothing, everywhere(pictures)).max() <= 0
