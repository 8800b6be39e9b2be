"""How unlike its training images an image is: the distance of its features from theirs."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, UInt8

from labelassemble.inference.dicom_checks import TrainedHeaders
from labelassemble.inference.fineness import BLUR_ALARMS, measure_fineness
from labelassemble.inference.tensor_file import (
    parse_tensors,
    read_beside,
    write_tensors,
    wrong_tensors,
)
from labelassemble.metrics.shrunk_covariance import shrunk_covariance

UNLIKE = "unlike.safetensors"
"""The file in a run folder."""

FALSE_ALARMS = 0.05
"""Share of validation images that are farther than the threshold."""

MIN_VALIDATION = 20
"""Validation images below which no threshold is chosen: one of twenty is 5 %."""

_FOLDS = 5
"""Parts of the training images that are measured from the others."""

MAX_DIRECTIONS = 256
"""Directions of the features that are kept; of the others only how much they vary together."""

_FORMAT = 1
_TENSORS = ("mean", "scale", "directions", "variance")


class UnlikeStatistics(NamedTuple):
    """What training images of a network look like to it.

    Attributes:
        mean: of the features of training images.
        scale: their standard deviations.
        directions: a column each, unit vectors of scaled features along which they vary most.
        variance: along each of these, shrunk.
        rest: variance along every other direction.
        threshold: distance above which an image is unlike them; None: too few validation images.
        images: of training, that the statistics are from, and of validation.
        headers: what DICOM headers of training images say.
        quarters: whether features are those of an image's quarters; older ones are of the whole.
        fineness: below which an image is blurred (``measure_fineness``); None: nobody tells.
    """

    mean: Float[np.ndarray, " features"]
    scale: Float[np.ndarray, " features"]
    directions: Float[np.ndarray, "features kept"]
    variance: Float[np.ndarray, " kept"]
    rest: float
    threshold: float | None
    images: tuple[int, int]
    headers: TrainedHeaders
    quarters: bool = True
    fineness: float | None = None

    def measure(
        self, feature: Float[np.ndarray, "images features"]
    ) -> Float[np.ndarray, " images"]:
        """Give the Mahalanobis distance of images, float64, 0 or more; about 1 is usual.

        It is divided by the square root of the number of features; infinite where one of them is no
        number.

        Args:
            feature: ``pool_quarters`` of the same network; ``pool_whole`` without ``quarters``.

        Source: Lee 2018, A simple unified framework for detecting out-of-distribution samples; of
            one Gaussian, without classes.
        """
        told = np.isfinite(feature).all(axis=1)
        centred = (
            np.where(told[:, None], feature, 0.0).astype(np.float64) - self.mean
        ) / self.scale
        along = centred @ self.directions.astype(np.float64)
        beside = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        squared = (along**2 / self.variance).sum(axis=1) + beside / self.rest
        distance: Float[np.ndarray, " images"] = np.sqrt(squared / centred.shape[1])
        return np.where(told, distance, np.inf)

    def rate(
        self, feature: Float[np.ndarray, "images features"], images: UInt8[np.ndarray, "images _ _"]
    ) -> Float[np.ndarray, " images"] | None:
        """Give how far images are, in units of what is still usual: above 1 is unlike.

        The larger of distance and blur, each over its threshold; None: there is no threshold.

        Args:
            feature: as ``measure`` takes it.
            images: as the network takes them.
        """
        if self.threshold is None:
            return None
        far = self.measure(feature) / self.threshold
        if self.fineness is None:
            return far
        return np.maximum(far, np.exp(self.fineness - measure_fineness(images)))

    def is_unlike(
        self, feature: Float[np.ndarray, "images features"]
    ) -> Bool[np.ndarray, " images"] | None:
        """Tell which images are farther than the threshold; None: there is no threshold."""
        if self.threshold is None:
            return None
        far: Bool[np.ndarray, " images"] = self.measure(feature) > self.threshold
        return far


def fit_unlike(
    train: Float[np.ndarray, "images features"],
    validate: Float[np.ndarray, "others features"],
    headers: TrainedHeaders,
    fineness: float | None = None,
) -> UnlikeStatistics | None:
    """Describe features of training images; validation images, which were not learned, set the
    threshold.

    Args:
        train: ``pool_quarters`` of training images; rows that are not finite tell nothing.
        validate: of validation images, likewise.
        headers: what DICOM headers of training images say.
        fineness: below which an image is blurred; its false alarms are taken off those by distance.

    Returns:
        None: fewer than two training images, or all of them have the same features.
    """
    train, validate = (one[np.isfinite(one).all(axis=1)] for one in (train, validate))
    statistics = _describe(train, headers)
    if statistics is None:
        return None
    statistics = statistics._replace(images=(len(train), len(validate)), fineness=fineness)
    if len(validate) < MIN_VALIDATION:
        return statistics
    alarms = FALSE_ALARMS - (BLUR_ALARMS if fineness is not None else 0.0)
    across = measure_across(train, headers)
    threshold = choose_distance(across, statistics.measure(validate), alarms)
    return statistics._replace(threshold=threshold)


def choose_distance(
    train: Float[np.ndarray, " images"],
    validate: Float[np.ndarray, " others"],
    alarms: float = FALSE_ALARMS,
) -> float:
    """Choose the distance that all but a share of further images are expected to stay within.

    Validation images say how far images lie on average that were not learned from; how distances
    scatter around that (their logarithms) training images say too, which are several times as many.
    Of 150 validation images alone a share of 5 % is known to 2 in 100, with these to 1.

    Args:
        train: distances of training images, each from the others (``measure_across``); may be none.
        validate: of validation images.
        alarms: the share.
    """
    logs = [np.log(np.maximum(one, 1e-12)) for one in (train, validate) if len(one)]
    middle = float(logs[-1].mean())
    scatter = np.sort(np.concatenate([one - one.mean() for one in logs]))
    # The smallest value that so many of as many further images are expected to stay below.
    place = int(np.ceil((1.0 - alarms) * (len(scatter) + 1))) - 1
    return float(np.exp(middle + scatter[min(place, len(scatter) - 1)]))


def measure_across(
    train: Float[np.ndarray, "images features"], headers: TrainedHeaders
) -> Float[np.ndarray, " images_or_none"]:
    """Measure each fifth of training images from the other four; none where these are too few."""
    distance = np.empty(len(train))
    part = np.random.default_rng(0).permutation(len(train)) % _FOLDS
    for number in range(_FOLDS):
        others = _describe(train[part != number], headers)
        if others is None or len(train) < _FOLDS * MIN_VALIDATION:
            return np.empty(0)
        distance[part == number] = others.measure(train[part == number])
    return distance


def _describe(
    train: Float[np.ndarray, "images features"], headers: TrainedHeaders
) -> UnlikeStatistics | None:
    """Mean and covariance of features, without a threshold; None: they are all the same."""
    exact = train.astype(np.float64)
    scale = exact.std(axis=0) if len(exact) > 1 else np.zeros(exact.shape[1])
    if not scale.any():
        return None
    # A feature that no image has tells unlike ones all the more.
    scale = np.maximum(scale, 1e-6 * scale.max())
    mean = exact.mean(axis=0)
    covariance = shrunk_covariance((exact - mean) / scale)
    size, total = len(covariance), float(np.trace(covariance))
    kept = min(MAX_DIRECTIONS, size)
    value, vector = _largest_directions(covariance, kept)
    least = 1e-6 * total / size
    value = np.maximum(value, least)
    others = (total - float(value.sum())) / (size - kept) if kept < size else float(value[0])
    return UnlikeStatistics(
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        directions=vector.astype(np.float32),
        variance=value.astype(np.float32),
        rest=max(others, least),
        threshold=None,
        images=(len(train), 0),
        headers=headers,
    )


def _largest_directions(
    covariance: Float[np.ndarray, "features features"], kept: int
) -> tuple[Float[np.ndarray, " kept"], Float[np.ndarray, "features kept"]]:
    """Give the largest eigenvalues, rising, and their vectors, a column each."""
    # Only here: predictions need it not.
    from scipy.linalg import LinAlgError, eigh

    size = len(covariance)
    try:
        value, vector = eigh(covariance, subset_by_index=(size - kept, size - 1))
    except LinAlgError:
        # Where many eigenvalues are equal (fewer images than features), the quicker solver of some
        # of them can fail; the one of all of them does not.
        value, vector = eigh(covariance, driver="evd")
    return value[-kept:], vector[:, -kept:]


def write_unlike(statistics: UnlikeStatistics, weights: str, path: Path) -> None:
    """Write statistics aside, then rename them; the same ones give the same bytes.

    Args:
        statistics: of a run.
        weights: SHA-256 of the checkpoint whose features they describe.
        path: of the file.
    """
    told = {
        "weights": weights,
        "rest": statistics.rest,
        "threshold": statistics.threshold,
        "images": list(statistics.images),
        "headers": statistics.headers.model_dump(mode="json"),
        "quarters": statistics.quarters,
        "fineness": statistics.fineness,
    }
    tensors = {name: getattr(statistics, name) for name in _TENSORS}
    write_tensors(tensors, told, _FORMAT, path)


def read_unlike(path: Path, checkpoint: Path) -> UnlikeStatistics | None:
    """Read what ``write_unlike`` wrote; None where there is no such file, as of earlier versions.

    Args:
        path: of the file.
        checkpoint: the one whose features they describe.

    Raises:
        RunError: as ``parse_unlike``.
    """
    found = read_beside(path, checkpoint)
    return None if found is None else parse_unlike(*found, path)


def parse_unlike(data: bytes, weights: str, path: Path) -> UnlikeStatistics:
    """Read statistics from bytes; ``path`` names them in errors.

    Args:
        data: of the file that ``write_unlike`` wrote.
        weights: SHA-256 of the checkpoint whose features they describe.
        path: where they lie.

    Raises:
        RunError: damaged, of a later version, or of another checkpoint.
    """
    tensors, told = parse_tensors(data, weights, _FORMAT, path)
    try:
        return UnlikeStatistics(
            **tensors,
            rest=told["rest"],
            threshold=told["threshold"],
            images=tuple(told["images"]),
            headers=TrainedHeaders.model_validate(told["headers"]),
            quarters=bool(told.get("quarters", False)),
            fineness=told.get("fineness"),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise wrong_tensors(path, str(error) or type(error).__name__) from error
