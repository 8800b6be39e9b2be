import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.random import default_rng
from safetensors.numpy import load_file, save_file

from labelassemble.errors import RunError
from labelassemble.inference.dicom_checks import TrainedHeaders
from labelassemble.inference.fineness import choose_fineness, measure_fineness
from labelassemble.inference.unlike import (
    FALSE_ALARMS,
    MIN_VALIDATION,
    UnlikeStatistics,
    choose_distance,
    fit_unlike,
    measure_across,
    read_unlike,
    write_unlike,
)

HEADERS = TrainedHeaders(modalities=("CR",), body_parts=("CHEST",))


def draw(images: int, seed: int, features: int = 12) -> np.ndarray:
    """Features that go together in pairs and have very different sizes."""
    drawn = default_rng(seed).normal(size=(images, features))
    drawn[:, 1::2] = 0.9 * drawn[:, ::2] + 0.2 * drawn[:, 1::2]
    return (drawn * np.geomspace(1, 1000, features)).astype(np.float32)


def fit(train: np.ndarray, validate: np.ndarray) -> UnlikeStatistics:
    found = fit_unlike(train, validate, HEADERS)
    assert found is not None
    return found


def test_unlike_is_what_does_not_go_together_as_in_training() -> None:
    found = fit(draw(2000, 0), draw(1000, 1))
    alarms = found.is_unlike(draw(4000, 2))
    assert alarms is not None
    assert abs(alarms.mean() - FALSE_ALARMS) < 0.02
    broken = draw(100, 3)
    broken[:, 1::2] *= -1
    caught = found.is_unlike(broken)
    assert caught is not None
    assert caught.mean() > 0.8, "each feature by itself is as usual"
    assert np.median(found.measure(draw(1000, 4))) == pytest.approx(1.0, abs=0.1)


def test_features_that_are_no_numbers_are_unlike_and_tell_nothing() -> None:
    train, other = draw(200, 0), draw(100, 1)
    found = fit(train, other)
    broken = np.full((2, train.shape[1]), np.nan, dtype=np.float32)
    broken[1] = np.inf
    for one in broken:
        again = fit(np.vstack([train, one[None]]), np.vstack([one[None], other]))
        assert again.threshold == found.threshold
        assert again.images == (200, 100)
    alarms = found.is_unlike(broken)
    assert alarms is not None
    assert alarms.all()
    assert fit_unlike(broken, other, HEADERS) is None, "a network that diverged"


def test_training_images_make_the_threshold_surer_and_validation_images_say_where_it_is() -> None:
    """Of few validation images: false alarms scatter less, around the same share."""
    train, other = draw(600, 0), draw(4000, 1)
    found = fit(train, other)
    across = measure_across(train, HEADERS)
    distance = found.measure(other)
    assert np.quantile(across, 0.95) == pytest.approx(np.quantile(distance, 0.95), rel=0.05)
    shares = {"both": list[float](), "alone": list[float]()}
    for seed in range(60):
        chosen = default_rng(seed).permutation(len(distance)) < 100
        for name, known in (("both", across), ("alone", across[:0])):
            threshold = choose_distance(known, distance[chosen])
            shares[name].append(float((distance[~chosen] > threshold).mean()))
    assert np.mean(shares["both"]) == pytest.approx(FALSE_ALARMS, abs=0.01)
    assert np.std(shares["both"]) < 0.75 * np.std(shares["alone"])
    # A network that learned its training images sees others farther away: all by as much.
    twice = choose_distance(across, 2 * distance)
    assert twice == pytest.approx(2 * choose_distance(across, distance))


def test_blurred_images_are_unlike_whatever_the_network_sees() -> None:
    train, other = draw(200, 0), draw(100, 1)
    noise = default_rng(0).integers(0, 256, (300, 16, 16), dtype=np.uint8)
    usual = choose_fineness(measure_fineness(noise))
    assert usual is not None
    statistics = fit_unlike(train, other, HEADERS, usual)
    assert statistics is not None
    assert statistics.threshold is not None
    assert statistics.threshold > (fit(train, other).threshold or np.inf), "fewer alarms are left"
    near = np.repeat(statistics.mean[None], 2, axis=0)
    blurred = np.stack([noise[0], cv2.GaussianBlur(noise[0], (0, 0), 1.0)])
    rate = statistics.rate(near, blurred)
    assert rate is not None
    assert rate[0] < 1.0 < rate[1]
    alone = fit(train, other).rate(near, blurred)
    assert alone is not None
    assert alone[1] < 1.0


def test_distances_do_not_depend_on_units() -> None:
    train, other = draw(300, 0), draw(50, 1)
    units = np.geomspace(0.1, 10, 12).astype(np.float32)
    one, two = fit(train, other), fit(train * units, other * units)
    np.testing.assert_allclose(one.measure(other), two.measure(other * units), rtol=1e-3)


def test_more_features_than_images_and_than_are_kept(tmp_path: Path) -> None:
    train = draw(40, 0, features=600)
    found = fit(train, draw(30, 1, features=600))
    assert found.directions.shape == (600, 256)
    assert found.measure(3 * train).min() > found.measure(train).max()
    write_unlike(found, "w", tmp_path / "unlike.safetensors")
    assert (tmp_path / "unlike.safetensors").stat().st_size < 700_000


@pytest.mark.parametrize("images", [2, 3, 24, 48, 200])
def test_copies_of_few_images_are_described_too(images: int) -> None:
    """Features that say the same, as those of four equal quarters do."""
    few = default_rng(images).standard_normal((images, 64)).astype(np.float32).repeat(8, axis=1)
    statistics = fit_unlike(few, few[:0], HEADERS)
    assert statistics is not None
    assert np.isfinite(statistics.measure(few)).all()


def test_too_few_validation_images_set_no_threshold() -> None:
    found = fit(draw(30, 0), draw(MIN_VALIDATION - 1, 1))
    assert found.threshold is None
    assert found.is_unlike(draw(3, 2)) is None
    assert fit(draw(30, 0), draw(MIN_VALIDATION, 1)).threshold is not None
    assert fit_unlike(np.ones((9, 4)), draw(30, 1, 4), HEADERS) is None
    assert fit_unlike(np.ones((0, 4)), draw(30, 1, 4), HEADERS) is None


def test_the_same_comes_back_and_nothing_else(tmp_path: Path) -> None:
    path, weights, others = (tmp_path / name for name in ("unlike.safetensors", "w", "v"))
    weights.write_bytes(b"w")
    others.write_bytes(b"v")
    assert read_unlike(path, weights) is None
    found = fit(draw(60, 0), draw(30, 1))
    digest = hashlib.sha256(b"w").hexdigest()
    write_unlike(found, digest, path)
    data = path.read_bytes()
    back = read_unlike(path, weights)
    assert back is not None
    assert np.array_equal(back.measure(draw(9, 2)), found.measure(draw(9, 2)))
    assert (back.threshold, back.images, back.headers) == (found.threshold, (60, 30), HEADERS)
    write_unlike(found, digest, path)
    assert path.read_bytes() == data
    with pytest.raises(RunError, match="of another checkpoint"):
        read_unlike(path, others)
    for place in range(20, len(data), len(data) // 40):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(RunError):
            read_unlike(path, weights)
    path.write_bytes(data)
    save_file(load_file(path), path, {"labelassemble": '{"format": 2, "sha256": ""}'})
    with pytest.raises(RunError, match="format 2, of another version"):
        read_unlike(path, weights)
