"""What a report shows, as plain data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, some
from labelassemble.report.detection.content import LesionContent
from labelassemble.report.prototype_images import PrototypeImage

REPORTED_COLUMNS = (
    "method",
    "seed",
    "source",
    "class",
    "n_positive",
    "n_negative",
    "n_patients",
    "auroc_score",
    "auroc_low",
    "auroc_high",
    "average_precision_score",
    "average_precision_low",
    "average_precision_high",
    "note",
)
_COMPARISON_COLUMNS = ("class", "source", "difference", "low", "high", "p")
EVERY_SOURCE, MEAN = "all", "mean"
"""The values of ``source`` and ``class`` that stand for all of them."""

DrawnRocCurve = tuple[np.ndarray, np.ndarray]
"""False positive rate and true positive rate, both rising in [0, 1], Float ``points``."""
Reliability = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Mean probability and share of positives, Float ``bins``, and cells, Int ``bins``."""


@dataclass(frozen=True)
class ExampleImage:
    """One image of a source: UInt8 ``height width`` (air dark) and its known labels in words."""

    image: np.ndarray
    source: str
    caption: str


@dataclass(frozen=True)
class HeatMapImage:
    """One image and where one class's prediction comes from.

    Attributes:
        image: UInt8 ``height width``.
        class_title: the class asked about, in words.
        probability_map: Float ``height width`` in [0, 1], at the image's size.
        probability: the pooled one, in [0, 1].
        true_label: whether the finding is there; None where nobody looked.
        lesion_mask: Bool ``height width``: where it is; None where nobody outlined it.
        caption: further words, such as the source.
    """

    image: np.ndarray
    class_title: str
    probability_map: np.ndarray
    probability: float
    true_label: bool | None
    lesion_mask: np.ndarray | None = None
    caption: str = ""


@dataclass(frozen=True)
class WrongPrediction:
    """A known cell that a method called wrongly.

    Attributes:
        image: UInt8 ``height width``.
        class_title: the class asked about, in words.
        probability: the prediction in [0, 1].
        threshold: probabilities at or above it are called present.
        present: the truth as far as it is known.
        labelled_by: who said so: the source, and on what evidence.
    """

    image: np.ndarray
    class_title: str
    probability: float
    threshold: float
    present: bool
    labelled_by: str


@dataclass(frozen=True)
class ReportContent:
    """Everything that the report shows; whatever is empty is left out of it, with a word why.

    Attributes:
        title: of the report.
        settings: the resolved recipe, as nested dictionaries.
        table: the assembled table.
        results: scores (``REPORTED_COLUMNS``), any number of methods and seeds; ``source`` is
            ``all`` or a source's name, ``class`` may be ``mean``; null where not scored, and
            ``note`` says why.
        comparisons: paired AUROC differences, candidate minus reference (``_COMPARISON_COLUMNS``,
            and ``p_corrected``, ``note`` where there are any); None: nothing was compared.
        logs: run name (such as ``single-nih-seed0``) to its log: epoch, bce_loss, pseudo_loss,
            consist_loss, validation_auroc_score; columns may be missing.
        roc_curves: method to class to curve, of the method's first seed.
        examples: images of each source.
        heat_maps: predictions drawn on images.
        titles: class to its name in words; classes without one are shown as they are.
        notes: warnings that belong beside the scores.
        versions: package to version.
        reference, candidate: the methods that ``comparisons`` holds against each other; None: the
            first and the last of ``results``.
        lesions: how lesions were found; None: nobody looked for where they are.
        calibration: method, class, n_patients, brier_error, calibration_error, both again with
            ``_calibrated``, and note, of each method's first seed; None: not measured.
        reliability: method to mean probability, share of positives and count of cells of bins, of
            its first seed.
        reliability_calibrated: the same after calibration, of the classes that have one.
        operating_points: sensitivity and specificity at thresholds chosen on validation, a row a
            method, group of images and class (``OPERATING_COLUMNS`` of the evaluation); None: not
            measured.
        wrong_predictions: the candidate's most confident wrong predictions at these thresholds.
        prototypes: training images that prototypes are, where a method has them.
    """

    title: str
    settings: Mapping[str, object]
    table: AssembledTable
    results: pl.DataFrame
    comparisons: pl.DataFrame | None = None
    logs: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    roc_curves: Mapping[str, Mapping[str, DrawnRocCurve]] = field(default_factory=dict)
    examples: Sequence[ExampleImage] = ()
    heat_maps: Sequence[HeatMapImage] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    candidate: str | None = None
    lesions: LesionContent | None = None
    calibration: pl.DataFrame | None = None
    reliability: Mapping[str, Reliability] = field(default_factory=dict)
    reliability_calibrated: Mapping[str, Reliability] = field(default_factory=dict)
    operating_points: pl.DataFrame | None = None
    wrong_predictions: Sequence[WrongPrediction] = ()
    prototypes: Sequence[PrototypeImage] = ()

    @property
    def methods(self) -> list[str]:
        """The scored methods; the reference first and the candidate last."""
        found = self.results["method"].unique(maintain_order=True).to_list()
        first = [name for name in (self.reference,) if name in found]
        last = [name for name in (self.candidate,) if name in found and name not in first]
        between = [name for name in found if name not in (*first, *last)]
        return [*first, *between, *last]

    @property
    def confidence(self) -> float:
        """Level of the intervals, from the settings; 0.95 where they do not say."""
        evaluation = self.settings.get("evaluation")
        level = evaluation.get("confidence") if isinstance(evaluation, Mapping) else None
        return float(level) if isinstance(level, int | float) else 0.95

    @property
    def min_patients(self) -> int:
        """Patients on a side below which there is no interval, from the settings; 10 without."""
        evaluation = self.settings.get("evaluation")
        least = evaluation.get("min_patients") if isinstance(evaluation, Mapping) else None
        return least if isinstance(least, int) else 10

    def title_of(self, name: str) -> str:
        """A class in words."""
        return self.titles.get(name, name)

    def note_in_words(self, note: str) -> str:
        """A note in which lists of classes stand in words: ``too few patients: nodule, mass``."""
        return note_in_words(note, self.title_of)


def note_in_words(note: str, title_of: Callable[[str], str]) -> str:
    """Put the classes that a note on a mean lists in words.

    >>> note_in_words("1 of 3 classes; too few patients: mass; not scored: cyst, edema", str.title)
    '1 of 3 classes; too few patients: Mass; not scored: Cyst, Edema'
    """
    parts = []
    for part in note.split("; "):
        head, colon, names = part.partition(": ")
        if colon and head in ("too few patients", "not scored"):
            names = ", ".join(title_of(name) for name in names.split(", "))
        parts.append(f"{head}{colon}{names}")
    return "; ".join(parts)


def check_content(content: ReportContent) -> None:
    """Refuse what cannot be shown.

    Raises:
        RunError: a table lacks a column, an image is not of 8 bits or not of two axes, a map or a
            mask is not of the image's size.
    """
    require_columns("the results", content.results, REPORTED_COLUMNS)
    if content.comparisons is not None:
        require_columns("the comparisons", content.comparisons, _COMPARISON_COLUMNS)
    for number, example in enumerate(content.examples, start=1):
        _require_image(f"example {number}", example.image)
    for number, wrong in enumerate(content.wrong_predictions, start=1):
        _require_image(f"wrong prediction {number}", wrong.image)
    for number, prototype in enumerate(content.prototypes, start=1):
        _require_image(f"prototype {number}", prototype.image)
    for number, heat_map in enumerate(content.heat_maps, start=1):
        place = f"heat map {number}"
        _require_image(place, heat_map.image)
        for kind, values in (
            ("probability map", heat_map.probability_map),
            ("lesion mask", heat_map.lesion_mask),
        ):
            if values is not None and values.shape != heat_map.image.shape:
                raise RunError(
                    f"a {kind} of the image's size {heat_map.image.shape} in {place}",
                    f"shape {values.shape}",
                    "Resize it to the image before it is shown",
                )


def require_columns(name: str, frame: pl.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a frame that lacks a column.

    Raises:
        RunError: names the columns that are not there.
    """
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise RunError(
            f"the columns {', '.join(missing)} in {name}",
            f"columns {some(frame.columns, 20) or 'none'}",
            "Evaluate again with this version: labelassemble evaluate",
        )


def _require_image(place: str, image: np.ndarray) -> None:
    if image.dtype != np.uint8 or image.ndim != 2 or image.size == 0:
        raise RunError(
            f"a UInt8 image with the axes height and width in {place}",
            f"{image.dtype} of shape {image.shape}",
            "Give the stored image as it is, before it becomes a tensor",
        )
