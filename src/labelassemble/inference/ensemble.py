"""Networks that predict together: averaged, calibrated, called; one alone is the simplest case."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8

from labelassemble.errors import MetricError, RunError
from labelassemble.images.shifted_views import list_views
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.inference.coherent import make_coherent
from labelassemble.inference.dicom_checks import TrainedHeaders
from labelassemble.inference.member import EnsembleMember
from labelassemble.inference.operating_file import EVERY_SOURCE, OPERATING, Operation
from labelassemble.inference.pooled_operation import (
    calibrate_each,
    pool_calibrated,
    pool_calls,
    refuse_unequal_operations,
)
from labelassemble.inference.refuse_unequal import refuse_unequal
from labelassemble.inference.unlike import UnlikeStatistics
from labelassemble.model.network import Network
from labelassemble.types import Feature


class SeenTogether(NamedTuple):
    """What several networks make of a batch.

    Attributes:
        each: probabilities of each network.
        distance: from training images, mean over the networks that tell, each in units of its
            threshold: above 1 is unlike; None: none of them tells.
        feature: what the backbone of the first makes of the images as they are.
    """

    each: Float[np.ndarray, "networks images classes"]
    distance: Float[np.ndarray, " images"] | None
    feature: Feature


class Ensemble:
    """The best network of a run, or those of several runs, which predict together.

    Probabilities of several networks, and of several views, are averaged. A class is never less
    probable than a class that implies it (``coherent.py``).

    Args:
        runs: a folder that ``train`` made, or a file that ``pack`` wrote; or several of them.
        device: where to compute; none: a GPU where there is one.
        views: on how many views of each image to predict: the image itself, and slightly shifted
            and zoomed ones (``shifted_views``).

    Raises:
        RunError: neither of them, or one without a usable checkpoint; what tells unlike images is
            damaged; or runs whose predictions cannot be averaged (``refuse_unequal``).
    """

    def __init__(
        self,
        runs: Path | str | Sequence[Path | str],
        device: torch.device | None = None,
        *,
        views: int = 1,
    ) -> None:
        places = [runs] if isinstance(runs, Path | str) else runs
        if not places:
            raise RunError("at least one run", "none", "Name a run folder, or a packed model")
        self.members = tuple(EnsembleMember(Path(place), device) for place in places)
        refuse_unequal(self.members)
        self.views = list_views(views)
        images = [member.description.images for member in self.members]
        self.forms = list(dict.fromkeys((one.size, one.fit) for one in images))
        """Side and fit of the images that the networks take, each once."""
        self._form_of = [self.forms.index((one.size, one.fit)) for one in images]

    @property
    def run_folder(self) -> Path:
        """Of the first run."""
        return self.members[0].place

    @property
    def network(self) -> Network:
        """Of the first run."""
        return self.members[0].network

    @property
    def description(self) -> NetworkDescription:
        """Of the first run."""
        return self.members[0].description

    @property
    def unlike(self) -> UnlikeStatistics | None:
        """What training images of the first run look like to it; None: nobody tells."""
        return self.members[0].unlike

    @property
    def implied(self) -> Mapping[str, Sequence[str]]:
        """Class to the classes that are present wherever it is."""
        return self.members[0].implied

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the predictions."""
        return self.description.classes

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Calibration and thresholds, one a run; empty: they have none.

        Raises:
            RunError: some runs have them and others not, or they call by different rules.
        """
        return refuse_unequal_operations([member.operation for member in self.members])

    @property
    def operation(self) -> Operation | None:
        """Calibration and thresholds of the first run; None: it has none."""
        return next(iter(self.operations), None)

    def calibrate(
        self, probability: Float[np.ndarray, "*networks images classes"], source: str = EVERY_SOURCE
    ) -> Float[np.ndarray, "images classes"]:
        """Make probabilities come true, as far as the validation images tell.

        Args:
            probability: as ``predict`` gives those of several images; of several runs as
                ``predict_each`` does: each is calibrated by its own numbers, then averaged.
            source: whose images they are; one with too few patients is calibrated as all are.

        Returns:
            Probabilities in [0, 1], no class less probable than one that implies it; nan where a
            class has too few patients.

        Raises:
            RunError: a run without ``operating.json``.
            SettingsError: no such source.
            MetricError: probabilities of another number of networks.
        """
        each = self._take_each(probability)
        return pool_calibrated(self._require(), each, self.classes, source, self._cohere)

    def spread(
        self, probability: Float[np.ndarray, "networks images classes"], source: str = EVERY_SOURCE
    ) -> Float[np.ndarray, "images classes"]:
        """Tell how far several networks are apart: the standard deviation of their probabilities.

        Of calibrated ones where there is calibration for the class, else of those that
        ``predict_each`` gives; divided by one less than the number of networks; 0 of one network.

        Args:
            probability, source: as in ``calibrate``.
        """
        each = self._take_each(probability)
        if len(each) == 1:
            return np.zeros(each.shape[1:])
        shown = each
        if self.operations:
            calibrated = calibrate_each(self.operations, each, self.classes, source, self._cohere)
            shown = np.where(np.isnan(calibrated).any(axis=0), each, calibrated)
        deviation: Float[np.ndarray, "images classes"] = shown.std(axis=0, ddof=1)
        return deviation

    def call(
        self, probability: Float[np.ndarray, "*networks images classes"], source: str = EVERY_SOURCE
    ) -> Float[np.ndarray, "images classes"]:
        """Say 1, present, or 0, absent, by the runs' thresholds; nan where a class has none.

        A class is called present where one is that implies it; of several networks as
        ``pool_calls``.

        Args:
            probability: as in ``calibrate``, not calibrated.
            source: as in ``calibrate``.

        Raises:
            RunError, SettingsError, MetricError: as in ``calibrate``.
        """
        each = self._take_each(probability)
        return pool_calls(self._require(), each, self.classes, source, self._cohere)

    @property
    def headers(self) -> list[TrainedHeaders]:
        """What DICOM headers of training images say, of each run another one."""
        return list(dict.fromkeys(member.headers for member in self.members))

    @property
    def tells_unlike(self) -> bool:
        """Whether one of the runs tells images that are unlike its training images."""
        return any(one.unlike and one.unlike.threshold is not None for one in self.members)

    def look_at(self, stacks: Sequence[UInt8[np.ndarray, "images _ _"]]) -> SeenTogether:
        """Predict for prepared images.

        Args:
            stacks: of the images in each of the ``forms``.
        """
        seen = [
            member.look_at(stacks[form], self.views)
            for member, form in zip(self.members, self._form_of, strict=True)
        ]
        told = [one.distance for one in seen if one.distance is not None]
        each = np.stack([one.probability for one in seen])
        distance = np.mean(told, axis=0) if told else None
        return SeenTogether(each, distance, seen[0].feature)

    def _require(self) -> tuple[Operation, ...]:
        if not self.operations:
            raise RunError(
                f"a run with {OPERATING} at {self.run_folder}",
                "none",
                "Write it: labelassemble train RECIPE (finished runs are kept)",
            )
        return self.operations

    def _take_each(
        self, probability: Float[np.ndarray, "*networks images classes"]
    ) -> Float[np.ndarray, "networks images classes"]:
        each = probability[None] if probability.ndim == 2 else probability
        if each.shape[0] != len(self.members) or each.shape[2] != len(self.classes):
            raise MetricError(
                f"probabilities of {len(self.members)} networks and {len(self.classes)} classes",
                f"an array of shape {tuple(probability.shape)}",
                "Take what predict_each gives",
            )
        return each

    def _cohere(
        self, values: Float[np.ndarray, "images classes"]
    ) -> Float[np.ndarray, "images classes"]:
        """Raise each class to those that imply it; what is nan says nothing and stays so."""
        held = make_coherent(np.nan_to_num(values, nan=-1.0), self.classes, self.implied)
        return np.where(np.isnan(values), np.nan, held)
