import cv2
import numpy as np
from numpy.random import default_rng

from labelassemble.inference.fineness import BLUR_ALARMS, choose_fineness, measure_fineness


def draw(images: int, seed: int) -> np.ndarray:
    coarse = default_rng(seed).integers(0, 256, (images, 12, 12), dtype=np.uint8)
    return np.stack([cv2.resize(one, (48, 48), interpolation=cv2.INTER_CUBIC) for one in coarse])


def test_blur_takes_detail_away_and_brightness_does_not() -> None:
    images = draw(20, 0)
    fineness = measure_fineness(images)
    blurred = np.stack([cv2.GaussianBlur(one, (0, 0), 2.0) for one in images])
    assert (measure_fineness(blurred) < fineness - 0.5).all()
    darker = (images // 2).astype(np.uint8)
    assert np.abs(measure_fineness(darker) - fineness).max() < 0.05
    assert np.abs(measure_fineness(images[:, :, ::-1]) - fineness).max() < 1e-6
    plain = np.full((1, 8, 8), 7, dtype=np.uint8)
    assert np.isfinite(measure_fineness(plain)).all()


def test_the_threshold_is_what_few_usual_images_stay_below() -> None:
    known, more = default_rng(0).normal(size=999), default_rng(1).normal(size=20_000)
    threshold = choose_fineness(known)
    assert threshold is not None
    assert (known < threshold).sum() == 9
    assert abs((more < threshold).mean() - BLUR_ALARMS) < 0.005
    assert choose_fineness(known[:98]) is None, "one of a hundred cannot be told of fewer"
