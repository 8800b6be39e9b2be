"""What is known, before training, of each class or source that might be added."""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, MetricError, some, unknown_name
from labelassemble.experiments.table_changes import check_table_classes

CANDIDATE_COLUMNS: dict[str, type[pl.DataType]] = {
    "interest": pl.String,
    "candidate": pl.String,
    "kind": pl.String,
    "nearest": pl.String,
    "similarity": pl.Float64,
    "n_positive": pl.Int64,
    "n_negative": pl.Int64,
    "n_added": pl.Int64,
    "overlap": pl.Float64,
    "interest_share": pl.Float64,
    "cooccurrence": pl.Float64,
}
"""Columns of candidates; a share or similarity that cannot be made is nan.

``kind`` is class or source; ``nearest`` the class whose ``similarity`` to the class of interest is
given: of a source, the most similar class that it has positives of. ``n_positive`` and
``n_negative`` are its known training cells, ``n_added`` the training images that no source in use
brings, ``overlap`` the share of its images that one does, ``interest_share`` the share on which
the class of interest is known, ``cooccurrence`` phi of ``nearest`` and the class of interest on the
images where both are known."""


def require_candidates(frame: pl.DataFrame, *more: str) -> None:
    """Refuse a frame that lacks a column of candidates.

    Raises:
        MetricError: names the columns that are not there.
    """
    missing = [name for name in (*CANDIDATE_COLUMNS, *more) if name not in frame.columns]
    if missing:
        raise MetricError(
            f"candidates with the columns {', '.join(missing)}",
            f"columns {some(frame.columns, 20) or 'none'}",
            "Describe them with class_candidates or source_candidates"
            + (f" and add {', '.join(more)}" if more else ""),
        )


class _Training:
    """The training split of a table as arrays; labels that are not 0 or 1 count as unknown."""

    def __init__(self, table: AssembledTable) -> None:
        train = table.records.select("record", "split").with_row_index("row")
        self.train = train.filter(pl.col("split") == "train").with_row_index("place")
        label = table.label_matrix()[self.train["row"].to_numpy()]
        self.classes = table.classes
        self.positive, self.negative = label == 1, label == 0
        self.judged = self.positive | self.negative
        self._places = self.train.select("record", "place")
        self._members = table.members.select("record", "source")
        self._cells = table.cells.filter(pl.col("label").is_in([0.0, 1.0])).select(
            "record", "class", pl.col("source").str.split("+"), positive=pl.col("label") == 1
        )

    def brought_by(self, sources: Sequence[str]) -> Bool[np.ndarray, " images"]:
        """Images that at least one of these sources has."""
        of_them = self._members.filter(pl.col("source").is_in(list(sources)))
        return self._mark(of_them)

    def said_by(self, source: str) -> pl.DataFrame:
        """Cells that a source said alone or with others: class, positive, count."""
        return (
            self._cells.filter(pl.col("source").list.contains(source))
            .join(self._places, on="record", how="semi")
            .group_by("class", "positive")
            .len("count")
        )

    def sources_of(self, name: str) -> list[str]:
        """Sources that judged a class on training images."""
        own = self._cells.filter(pl.col("class") == name).join(
            self._places, on="record", how="semi"
        )
        return own["source"].explode().drop_nulls().unique().sort().to_list()

    def phi(self, first: str, second: str) -> float:
        """Correlation of two classes' labels where both are known; nan without variance."""
        places = self.classes.index(first), self.classes.index(second)
        both = self.judged[:, places[0]] & self.judged[:, places[1]]
        x, y = (self.positive[both, place].astype(np.float64) for place in places)
        if not both.any() or x.std() == 0 or y.std() == 0:
            return math.nan
        return float(((x - x.mean()) * (y - y.mean())).mean() / (x.std() * y.std()))

    def _mark(self, frame: pl.DataFrame) -> Bool[np.ndarray, " images"]:
        marked = np.zeros(self._places.height, dtype=bool)
        marked[self._places.join(frame, on="record", how="semi")["place"].to_numpy()] = True
        return marked


def class_candidates(
    table: AssembledTable,
    interest: str,
    similarity: pl.DataFrame,
    used: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Describe every other class of the table as a candidate to be learned beside one.

    Args:
        table: the assembled table; its training split alone is looked at.
        interest: the class of interest.
        similarity: columns class and similarity, such as ``class_similarity`` gives.
        used: sources in use; None: those that judged the class of interest.

    Returns:
        ``CANDIDATE_COLUMNS``, a row a class in the table's order.

    Raises:
        AssemblyError: no such class or source.
    """
    check_table_classes(table, [interest])
    training = _Training(table)
    in_use = training.brought_by(_check_used(table, training, interest, used))
    near = _similarities(similarity, interest)
    rows = []
    for place, name in enumerate(table.classes):
        if name != interest:
            row = _describe(
                training,
                interest,
                own=training.judged[:, place],
                in_use=in_use,
                nearest=name,
                near=near,
                positives=int(training.positive[:, place].sum()),
                negatives=int(training.negative[:, place].sum()),
            )
            rows.append({"candidate": name, "kind": "class", **row})
    return pl.DataFrame(rows, schema=CANDIDATE_COLUMNS)


def source_candidates(
    table: AssembledTable,
    interest: str,
    similarity: pl.DataFrame,
    used: Sequence[str],
) -> pl.DataFrame:
    """Describe every source that is not in use as a candidate to be added.

    Args:
        table: the assembled table with all sources, those not yet used included; its training
            split alone is looked at.
        interest: the class of interest; a source that has positives of it has similarity 1.
        similarity: columns class and similarity, such as ``class_similarity`` gives.
        used: sources in use.

    Returns:
        ``CANDIDATE_COLUMNS``, a row a source in the table's order; none where all are in use.

    Raises:
        AssemblyError: no such class or source.
    """
    check_table_classes(table, [interest])
    training = _Training(table)
    in_use = training.brought_by(_check_used(table, training, interest, used))
    near = _similarities(similarity, interest)
    rows = []
    for source in table.scopes:
        if source in used:
            continue
        said = training.said_by(source)
        having = set(said.filter("positive")["class"])
        known = [name for name in table.classes if name in having and name in near]
        nearest = max(known, key=lambda name: near[name], default=None)
        row = _describe(
            training,
            interest,
            own=training.brought_by([source]),
            in_use=in_use,
            nearest=nearest,
            near=near,
            positives=int(said.filter("positive")["count"].sum()),
            negatives=int(said.filter(~pl.col("positive"))["count"].sum()),
        )
        rows.append({"candidate": source, "kind": "source", **row})
    return pl.DataFrame(rows, schema=CANDIDATE_COLUMNS)


def _describe(
    training: _Training,
    interest: str,
    *,
    own: Bool[np.ndarray, " images"],
    in_use: Bool[np.ndarray, " images"],
    nearest: str | None,
    near: dict[str, float],
    positives: int,
    negatives: int,
) -> dict[str, object]:
    known = training.judged[:, training.classes.index(interest)]
    return {
        "interest": interest,
        "nearest": nearest,
        "similarity": near.get(nearest, math.nan) if nearest else math.nan,
        "n_positive": positives,
        "n_negative": negatives,
        "n_added": int((own & ~in_use).sum()),
        "overlap": _share(in_use[own]),
        "interest_share": _share(known[own]),
        "cooccurrence": training.phi(nearest, interest) if nearest else math.nan,
    }


def _share(flags: Bool[np.ndarray, " records_of_it"]) -> float:
    return float(flags.mean()) if flags.size else math.nan


def _similarities(similarity: pl.DataFrame, interest: str) -> dict[str, float]:
    """Class to similarity, where it could be measured; the class of interest is itself."""
    if "interest" in similarity.columns:
        similarity = similarity.filter(pl.col("interest") == interest)
    measured = similarity.drop_nulls("similarity").filter(pl.col("similarity").is_not_nan())
    return {**dict(measured.select("class", "similarity").iter_rows()), interest: 1.0}


def _check_used(
    table: AssembledTable, training: _Training, interest: str, used: Sequence[str] | None
) -> Sequence[str]:
    if used is None:
        return training.sources_of(interest)
    for name in used:
        if name not in table.scopes:
            raise AssemblyError(
                "sources of the table",
                unknown_name("source", name, table.scopes),
                "Name sources of the recipe as those in use",
            )
    return used
