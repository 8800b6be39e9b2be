"""Predictions laid over the table: one sample per source, and one of all sources."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.errors import MetricError, some, unknown_name

ALL = "all"
"""The sample that holds every image of the split."""
MEAN = "mean"
"""The row of a result table that averages the classes."""
_PREDICTION_COLUMNS = ("record", "class", "probability")


@dataclass(frozen=True)
class ScoredSample:
    """The images of one source (or all) in one split, with labels and predictions.

    Attributes:
        source: name of the source, or ``all``.
        classes: the classes of the table.
        prediction: predictions of every prediction; nan where a prediction has none.
        label: 1 present, 0 absent, between for soft labels, nan where not known.
        known: whether somebody judged the class on the image.
        by_policy: known, but only because a policy made a label of an uncertain assessment.
        predicted: which classes each prediction predictions.
        patient: a number that says whose image it is.
    """

    source: str
    classes: tuple[str, ...]
    probability: Float[np.ndarray, "predictions images classes"]
    label: Float[np.ndarray, "images classes"]
    known: Bool[np.ndarray, "images classes"]
    by_policy: Bool[np.ndarray, "images classes"]
    predicted: Bool[np.ndarray, "predictions classes"]
    patient: Int[np.ndarray, " images"]

    @property
    def scored(self) -> Bool[np.ndarray, "images classes"]:
        """Cells that count: labelled 0 or 1, of a class that every prediction predictions."""
        hard = (self.label == 0) | (self.label == 1)
        return np.asarray(self.known & hard & self.predicted.all(axis=0))

    @property
    def soft(self) -> Bool[np.ndarray, "images classes"]:
        """Known cells with a label between 0 and 1, which no score uses."""
        return np.asarray((self.label > 0) & (self.label < 1))

    def count_patients(self, cells: Bool[np.ndarray, "images some_classes"]) -> int:
        """How many patients have a cell in the mask."""
        return int(np.unique(self.patient[np.asarray(cells.any(axis=1))]).size)


def take_samples(
    predictions: Sequence[pl.DataFrame],
    table: AssembledTable,
    split: str = "test",
    without: Collection[str] = (),
) -> list[ScoredSample]:
    """Lay predictions over the images of one split: first all of them, then source by source.

    An image that is the same in several sources is in the sample of each, with the label that the
    table settled on.

    Args:
        predictions: one or several frames ``record, class, probability`` on the same images; a
            class may be missing as a whole.
        table: the assembled table.
        split: which images: train, validate, test or unused.
        without: images to leave out, such as those whose file cannot be read.

    Raises:
        MetricError: there is no such split or no image in it, a source is called ``all`` or a
            class ``mean``, or predictions do not fit the table: missing columns, images or
            classes that it does not hold, a cell twice, a prediction that is no number, or a known
            cell without a prediction.
    """
    sources = _sources(table)
    if split not in SPLITS:
        got = unknown_name("split", split, SPLITS)
        raise MetricError("a split of the table", got, "Name one of them")
    labels = table.labels()
    inside = (table.records["split"] == split) & ~table.records["record"].is_in(list(without))
    labels, records = labels.filter(inside), table.records.filter(inside)
    if records.is_empty():
        raise MetricError(
            f"at least one image in the split {split!r}",
            "none",
            "Assemble with a larger share for this split",
        )
    label = labels.drop("record").to_numpy().astype(np.float64)
    names = records["record"]
    layers = [_lay_predictions(each, table, names) for each in predictions]
    for layer in layers:
        _refuse_gaps(layer, ~np.isnan(label), names, table.classes)
    probability = np.stack(layers)
    whole = ScoredSample(
        source=ALL,
        classes=table.classes,
        probability=probability,
        label=label,
        known=~np.isnan(label),
        by_policy=~np.isnan(label) & _uncertain(table, names),
        predicted=~np.isnan(probability).all(axis=1),
        patient=records["patient"].rank("dense").cast(pl.Int64).to_numpy(),
    )
    return [
        whole,
        *(take_images(whole, source, _belongs(table, source, names)) for source in sources),
    ]


def _sources(table: AssembledTable) -> list[str]:
    sources = list(dict.fromkeys([*table.scopes, *table.members["source"].unique().sort()]))
    if ALL in sources or MEAN in table.classes:
        raise MetricError(
            f"no source called {ALL!r} and no class called {MEAN!r}: rows of the result table are",
            f"sources {some(sources)}; classes {some(table.classes)}",
            "Rename it in the recipe or the vocabulary",
        )
    return sources


def _belongs(table: AssembledTable, source: str, names: pl.Series) -> Bool[np.ndarray, " images"]:
    members = table.members.filter(pl.col("source") == source)["record"]
    return names.is_in(members.implode()).to_numpy()


def take_images(
    whole: ScoredSample, source: str, rows: Bool[np.ndarray, " images"]
) -> ScoredSample:
    """Take some images of a sample, and call them by a name."""
    return ScoredSample(
        source=source,
        classes=whole.classes,
        probability=whole.probability[:, rows],
        label=whole.label[rows],
        known=whole.known[rows],
        by_policy=whole.by_policy[rows],
        predicted=whole.predicted,
        patient=whole.patient[rows],
    )


def _uncertain(table: AssembledTable, names: pl.Series) -> Bool[np.ndarray, "images classes"]:
    cells = table.cells.filter(pl.col("state") == "uncertain")
    uncertain = np.zeros((names.len(), len(table.classes)), dtype=np.bool_)
    rows, columns, _ = _places(cells, names, table.classes)
    uncertain[rows, columns] = True
    return uncertain


def _lay_predictions(
    predictions: pl.DataFrame, table: AssembledTable, names: pl.Series
) -> Float[np.ndarray, "images classes"]:
    """Predictions as a matrix over these images; nan where there is none."""
    _refuse_foreign(predictions, table)
    rows, columns, kept = _places(predictions, names, table.classes)
    probability = np.full((names.len(), len(table.classes)), np.nan)
    probability[rows, columns] = kept["probability"].to_numpy()
    return probability


def _places(
    cells: pl.DataFrame, names: pl.Series, classes: tuple[str, ...]
) -> tuple[Int[np.ndarray, " cells"], Int[np.ndarray, " cells"], pl.DataFrame]:
    """Row and column of the cells that lie on these images, and those cells."""
    row = pl.DataFrame({"record": names, "row": np.arange(names.len())})
    column = pl.DataFrame({"class": classes, "column": np.arange(len(classes))})
    kept = cells.join(row, on="record").join(column, on="class")
    return kept["row"].to_numpy(), kept["column"].to_numpy(), kept


def _refuse_foreign(predictions: pl.DataFrame, table: AssembledTable) -> None:
    """Raise unless every row is a cell of the table with a number for a prediction, once."""
    missing = [name for name in _PREDICTION_COLUMNS if name not in predictions.columns]
    if missing:
        raise MetricError(
            f"predictions with the columns {', '.join(_PREDICTION_COLUMNS)}",
            f"columns {some(predictions.columns)}",
            "Pass what predict_records gives, or a run's predictions.parquet",
        )
    bad = predictions.filter(~pl.col("probability").is_finite().fill_null(False))
    if bad.height:
        raise MetricError(
            "a prediction that is a number on every row",
            f"{bad.height:,} of {predictions.height:,} rows have none, such as "
            f"{bad['record'][0]}, {bad['class'][0]}",
            "Find where the network's predictions stopped being numbers; no score hides that",
        )
    foreign = set(predictions["class"].unique()) - set(table.classes)
    if foreign:
        got = unknown_name("class", min(foreign), table.classes)
        raise MetricError("predictions for classes of the table", got, "Pass the table of this run")
    strange = predictions.join(table.records, on="record", how="anti")["record"].unique()
    if strange.len():
        raise MetricError(
            "predictions for images of the table",
            f"{strange.len():,} others: {some(strange.sort(), most=3)}",
            "Pass the table that the run was trained on",
        )
    twice = predictions.filter(pl.struct("record", "class").is_duplicated())
    if twice.height:
        raise MetricError(
            "one prediction per image and class",
            f"several for {twice['record'][0]}, {twice['class'][0]}",
            "Pass the predictions of one network at a time",
        )


def _refuse_gaps(
    probability: Float[np.ndarray, "images classes"],
    known: Bool[np.ndarray, "images classes"],
    names: pl.Series,
    classes: tuple[str, ...],
) -> None:
    """Raise where a class is predicted on some images but not on all that are to be scored."""
    unpredicted = np.isnan(probability)
    if unpredicted.all():
        raise MetricError(
            "predictions for the images to be scored",
            f"none for any of the {names.len():,}",
            "Predict the images of this split",
        )
    gaps = known & unpredicted & ~unpredicted.all(axis=0)
    if gaps.any():
        rows = np.flatnonzero(gaps.any(axis=1))
        place = int(np.flatnonzero(gaps.any(axis=0))[0])
        raise MetricError(
            "a prediction for every known cell of a class",
            f"{rows.size:,} of {names.len():,} images lack some, such as {names[int(rows[0])]} "
            f"for {classes[place]}",
            "Predict them too, or name those that cannot be read in `without`",
        )
