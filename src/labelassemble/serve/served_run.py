"""A run that is served: opened once, asked for one image after the other."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from jaxtyping import Float

from labelassemble.errors import LabelAssembleError
from labelassemble.inference.neighbours import SAME_DISTANCE
from labelassemble.inference.operating_file import EVERY_SOURCE, hash_weights
from labelassemble.pipeline.class_titles import class_titles
from labelassemble.pipeline.rank_classes import find_vocabulary, rank_classes
from labelassemble.pipeline.training_neighbours import Neighbourhood, open_neighbourhood
from labelassemble.report.explanation.page import tell_cautions, tell_likeness
from labelassemble.serve.answers import (
    AboutRun,
    ClassAnswer,
    NeighbourAnswer,
    Refusal,
    RunAnswer,
)
from labelassemble.serve.shown_image import PAGE_MAP_SIDE, show_map, show_small
from labelassemble.volumes.square_to_file import square_to_file

if TYPE_CHECKING:
    from labelassemble.inference.explain_image import ExplainedImage
    from labelassemble.report.explanation.content import ExplainedClass, Neighbour

_COMPUTING = threading.Lock()
"""One network computes at a time, on all cores, as in `predict`: the same numbers, and no memory
that grows with those who ask."""


class ServedRun:
    """A run that predicts whole images.

    Args:
        place: a run folder, or a file that ``pack`` wrote.
        name: what it is called.
        source: whose images they are, of the sources that it was calibrated on.
        neighbours: training images to show; 0: none.

    Raises:
        RunError: as ``open_diagnosis``.
        SettingsError: no such source.
    """

    def __init__(self, place: Path, name: str, source: str, neighbours: int) -> None:
        from labelassemble.pipeline.open_diagnosis import open_diagnosis

        self.name, self.source = name, source
        self.predictor = open_diagnosis(
            place, "`labelassemble predict --masks` shows what it finds"
        )
        if source != EVERY_SOURCE:
            # A source that nobody knows, and a run without calibration, are told before any work.
            self.predictor.calibrate(np.zeros((1, len(self.predictor.classes))), source)
        self.titles = class_titles(find_vocabulary(self.predictor), self.predictor.classes)
        self.weights = hash_weights(place)
        self.near: Neighbourhood | None = None
        if neighbours:
            self.near = open_neighbourhood(place, neighbours)

    def describe(self) -> AboutRun:
        """Say what it is."""
        operation = self.predictor.operation
        return AboutRun(
            run=self.name,
            weights=self.weights,
            classes={name: self.titles[name] for name in self.predictor.classes},
            rule="" if operation is None else operation.rule,
            chosen_on="" if operation is None else operation.chosen_on,
            confidence=0.95 if operation is None else operation.confidence,
            neighbours="" if self.near is None else self.near.note,
        )

    def answer(
        self, data: bytes, grey: Float[np.ndarray, "height width"], path: Path, view: bool
    ) -> RunAnswer:
        """Answer one image; where its header forbids it, say why.

        Args:
            data: the file's bytes.
            grey: the image, decoded.
            path: what the file is called.
            view: give maps and training images too.
        """
        from labelassemble.inference.explain_image import explain_grey

        try:
            header = self.predictor.check_header(data, path)
        except LabelAssembleError as error:
            return RunAnswer(run=self.name, error=Refusal.of(error))
        with _COMPUTING:
            found = explain_grey(self.predictor, grey, header, map_side=PAGE_MAP_SIDE, shown_side=0)
        ranked = rank_classes(self.predictor, found, self.source, self.titles)
        near = self.near.find(found.feature, self.titles) if self.near and view else ()
        unlike = self.predictor.unlike
        return RunAnswer(
            run=self.name,
            classes=tuple(self._describe_class(one, found, view) for one in ranked),
            unlike=found.unlike,
            cautions=tuple(tell_cautions(found.unlike, next(iter(near), None), SAME_DISTANCE)),
            likeness=tell_likeness(found.distance, None if unlike is None else unlike.threshold),
            neighbours=tuple(map(_describe_neighbour, near)),
        )

    def _describe_class(
        self, one: "ExplainedClass", found: "ExplainedImage", view: bool
    ) -> ClassAnswer:
        low, high = one.interval or (None, None)
        call = one.call if one.call in ("present", "absent") else None
        return ClassAnswer.model_validate(
            {
                "name": one.name,
                "title": one.title,
                "probability": one.probability,
                "calibrated": one.calibrated,
                "threshold": one.threshold,
                "threshold_low": low,
                "threshold_high": high,
                "call": call,
                "note": one.note,
                "map": self._draw_map(one, found) if view else None,
            }
        )

    def _draw_map(self, one: "ExplainedClass", found: "ExplainedImage") -> str:
        """Lay a map over the file's own sides, small."""
        images, (height, width) = self.predictor.description.images, found.grey.shape
        share = min(1.0, PAGE_MAP_SIDE / max(height, width))
        shape = max(1, round(height * share)), max(1, round(width * share))
        values = square_to_file(
            one.probability_map.astype(np.float32), shape, images.size, images.fit
        )
        return show_map(values, one.threshold)


def _describe_neighbour(one: "Neighbour") -> NeighbourAnswer:
    image = None
    if one.image is not None:
        side = min(200, len(one.image))
        small = cv2.resize(one.image, (side, side), interpolation=cv2.INTER_AREA)
        image = show_small(np.asarray(small, dtype=np.uint8))
    return NeighbourAnswer(
        source=one.source,
        distance=one.distance,
        positive=one.positive,
        negative=one.negative,
        uncertain=one.uncertain,
        image=image,
    )
