"""What the page of ``explain`` shows."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, UInt8


@dataclass(frozen=True, kw_only=True)
class ExplainedClass:
    """One class of one image.

    Attributes:
        name: of the class.
        title: the class in words.
        probability: as the network gives it.
        calibrated: None: too few patients to calibrate, or a run without calibration.
        threshold: from which on it is called present; None: there is none, and ``note`` says why.
        interval: ends of the threshold's interval; None: it has none.
        call: present, absent, or empty.
        note: what a reader must know.
        probability_map: probability at every place.
    """

    name: str
    title: str
    probability: float
    calibrated: float | None
    threshold: float | None
    interval: tuple[float, float] | None
    call: str
    note: str
    probability_map: Float[np.ndarray, "side side"]


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A training image that is near.

    Attributes:
        record: its name.
        source: whose it is; ``a+b`` of two.
        distance: ``TrainingImages.find_nearest``.
        positive, negative, uncertain: classes in words, as the sources said.
        image: None: it cannot be read any more.
    """

    record: str
    source: str
    distance: float
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    uncertain: tuple[str, ...]
    image: UInt8[np.ndarray, "size size"] | None


@dataclass(frozen=True, kw_only=True)
class ExplainedFile:
    """One image file.

    Attributes:
        file: what it is called.
        error: why it cannot be read; the rest is then empty.
        image: as the network is shown it.
        classes: those called present first, then by probability.
        unlike: as ``predict`` says it.
        distance: from the training images; None: nobody tells.
        neighbours: the nearest first.
    """

    file: str
    error: str = ""
    image: UInt8[np.ndarray, "height width"] | None = None
    classes: tuple[ExplainedClass, ...] = ()
    unlike: str = ""
    distance: float | None = None
    neighbours: tuple[Neighbour, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExplanationContent:
    """All that the page shows.

    Attributes:
        run: name of the run, or of the packed file.
        weights: SHA-256 of its checkpoint.
        version: of labelassemble.
        rule: by which it calls; empty: it has no thresholds.
        chosen_on: images that calibration and thresholds are from.
        source: whose images they are taken for; empty: of all.
        confidence: level of the intervals.
        unlike_threshold: distance above which an image is unlike training; None: nobody tells.
        same_distance: distance below which a training image is the same one to the network.
        neighbours_note: why there are no training images, or none that can be shown; how many
            were searched.
        files: the images.
    """

    run: str
    weights: str
    version: str
    rule: str = ""
    chosen_on: str = ""
    source: str = ""
    confidence: float = 0.95
    unlike_threshold: float | None = None
    same_distance: float = 0.0
    neighbours_note: str = ""
    files: tuple[ExplainedFile, ...] = field(default_factory=tuple)
