import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from labelassemble.assembly.agree_fingerprints import FINE, agree, even_out
from labelassemble.assembly.fingerprints import FINGERPRINT_SIDE


@pytest.fixture(scope="module")
def records() -> np.ndarray:
    grain = np.random.default_rng(0).standard_normal((8, FINGERPRINT_SIDE, FINGERPRINT_SIDE))
    smooth = gaussian_filter(grain, (0, 1.2, 1.2))
    return np.asarray(4 * smooth / smooth.std(), dtype=np.float32)


def everywhere(records: np.ndarray) -> np.ndarray:
    return np.ones_like(records)


def test_contrast_that_is_enhanced_here_and_there_does_not_count(records: np.ndarray) -> None:
    gain = np.linspace(1, 4, FINGERPRINT_SIDE, dtype=np.float32)
    enhanced = records * gain * gain[::-1, None]
    assert agree(records, enhanced, everywhere(records)).min() > 0.97
    plain = np.abs(even_out(enhanced, FINE) - even_out(records, FINE)).mean()
    assert plain < 0.15


def test_others_do_not_agree_and_the_inverse_disagrees(records: np.ndarray) -> None:
    others = np.roll(records, 1, axis=0)
    assert agree(records, others, everywhere(records)).max() < 0.5
    assert agree(records, -records, everywhere(records)).max() < -0.9


@pytest.mark.parametrize("lines", [3, 6, 9])
def test_words_over_less_than_a_quarter_do_not_count(lines: int, records: np.ndarray) -> None:
    written = records.copy()
    written[:, :lines] = np.random.default_rng(1).choice([-7, 7], (lines, FINGERPRINT_SIDE))
    assert agree(records, written, everywhere(records)).min() > 0.95


def test_words_over_half_count(records: np.ndarray) -> None:
    written = records.copy()
    written[:, : FINGERPRINT_SIDE // 2] = np.roll(records, 1, axis=0)[:, : FINGERPRINT_SIDE // 2]
    assert agree(records, written, everywhere(records)).max() < 0.9


def test_what_is_not_covered_does_not_count(records: np.ndarray) -> None:
    covered = everywhere(records)
    covered[:, :, FINGERPRINT_SIDE // 2 :] = 0
    half = np.where(covered == 0, np.float32(7), records)
    assert agree(records, half, covered).min() > 0.9


def test_images_that_are_all_the_same_grey_agree_with_nothing(records: np.ndarray) -> None:
    nothing = np.zeros_like(records)
    assert np.abs(agree(records, nothing, everywhere(records))).max() < 0.01 or (
        agree(records, nothing, everywhere(records)).max() <= 0
    )
    assert agree(nothing, nothing, everywhere(records)).max() <= 0
