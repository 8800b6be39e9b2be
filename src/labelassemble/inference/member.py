"""One network of those that predict together: a run folder or a packed model, opened."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8

from labelassemble.errors import RunError
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.shifted_views import ShiftedView, shift_images
from labelassemble.inference.coherent import implied_classes, make_coherent
from labelassemble.inference.dicom_checks import TrainedHeaders
from labelassemble.inference.open_model import find_operation, open_model
from labelassemble.inference.operating_file import Operation, hash_weights
from labelassemble.inference.pool_map import pool_quarters, pool_whole
from labelassemble.types import Feature, LogitMap


class Seen(NamedTuple):
    """What one network makes of a batch.

    Attributes:
        probability: mean over the views; no class less probable than one that implies it.
        distance: from training images (``UnlikeStatistics.rate``), of the images as they are, in
            units of what is still usual: above 1 is unlike. None: the run does not tell.
        feature: what the backbone makes of the images as they are.
    """

    probability: Float[np.ndarray, "images classes"]
    distance: Float[np.ndarray, " images"] | None
    feature: Feature


class EnsembleMember:
    """One network, with what belongs to it.

    Args:
        place: a folder that ``train`` made, or a file that ``pack`` wrote.
        device: where to compute; none: a GPU where there is one.

    Raises:
        RunError: neither of them, or one that is damaged.
    """

    def __init__(self, place: Path, device: torch.device | None = None) -> None:
        self.place = place
        self._opened = open_model(place, device)
        self.network, self.description = self._opened.network, self._opened.description
        self.unlike = self._opened.unlike
        self.device = next(self.network.parameters()).device
        implied = self.description.implied
        if implied is None:
            named = self.description.vocabulary, self.description.vocabulary_version
            implied = implied_classes(*named, self.description.classes)
        self.implied: Mapping[str, Sequence[str]] = implied

    @cached_property
    def operation(self) -> Operation | None:
        """Its calibration and thresholds; None: it has none."""
        return find_operation(self.place, self._opened.operation)

    @property
    def headers(self) -> TrainedHeaders:
        """What DICOM headers of its training images say; nothing, where it does not tell."""
        return self.unlike.headers if self.unlike else TrainedHeaders()

    def measure(self, feature: Feature) -> Float[np.ndarray, " images"]:
        """Distance of images from those of training, by what the backbone makes of them.

        Raises:
            RunError: a run that does not tell it.
        """
        if self.unlike is None:
            raise RunError(
                f"a run that tells unlike images at {self.place}", "none of these", "Train it again"
            )
        return self.unlike.measure(self._pool(feature))

    def _pool(self, feature: Feature) -> Float[np.ndarray, "images pooled"]:
        quarters = self.unlike is None or self.unlike.quarters
        return pool_quarters(feature) if quarters else pool_whole(feature)

    @torch.inference_mode()
    def look_at(
        self, images: UInt8[np.ndarray, "images size size"], views: Sequence[ShiftedView]
    ) -> Seen:
        """Predict for prepared images, on each view of them; the first view is the image itself."""
        features = (self._see(images, view) for view in views)
        first = next(features)
        distance = None if self.unlike is None else self.unlike.rate(self._pool(first), images)
        total: Any = 0.0
        for feature in chain([first], features):
            logit = self.network.predict_feature(feature)
            total = total + logit.double().sigmoid().cpu().numpy()
        mean = make_coherent(total / len(views), self.description.classes, self.implied)
        return Seen(mean, distance, first)

    def _see(self, images: UInt8[np.ndarray, "images size size"], view: ShiftedView) -> Feature:
        stored = torch.from_numpy(shift_images(images, view)).to(self.device)
        feature: Feature = self.network.backbone(scale_grey(stored))
        return feature

    @torch.inference_mode()
    def map_logits(
        self, images: UInt8[np.ndarray, "images size size"], feature: Feature
    ) -> LogitMap:
        """Predict at every place of images, before the sigmoid.

        Args:
            images: prepared.
            feature: ``Seen.feature`` of them.
        """
        if not self.network.backbone.sees_whole:
            stored = torch.from_numpy(images).to(self.device)
            feature = self.network.backbone(scale_grey(stored), whole=True)
        logit: LogitMap = self.network.predict_feature(feature, dense=True)
        return logit


def hash_members(places: Sequence[Path]) -> str:
    """Give the SHA-256 of one network's checkpoint, or of several ones' together, in their order.

    Raises:
        OSError, RunError: as ``hash_weights``.
    """
    each = [hash_weights(place) for place in places]
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()
