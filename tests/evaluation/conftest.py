"""Small assembled tables, made by hand."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable, make_frame
from labelassemble.metrics.lesions.closeness import Criterion
from labelassemble.metrics.lesions.find_lesions import find_lesions, true_lesions
from labelassemble.metrics.lesions.match_lesions import Matches, match_lesions
from labelassemble.settings import CandidateSettings

TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]


@pytest.fixture
def make_table() -> TableMaker:
    """Make a table of a label matrix (nan is unknown), a source and a patient per image."""

    def make(
        label: np.ndarray,
        source: Sequence[str],
        patient: Sequence[int],
        split: Sequence[str] | str = "test",
        classes: Sequence[str] = ("effusion", "nodule", "mass"),
        uncertain: Sequence[tuple[int, int]] = (),
        also_in: Sequence[tuple[int, str]] = (),
    ) -> AssembledTable:
        count = len(source)
        names = [f"{source[row]}/{row:05d}" for row in range(count)]
        people = [f"{source[row]}/p{patient[row]}" for row in range(count)]
        splits = [split] * count if isinstance(split, str) else list(split)
        records = [
            {
                "record": names[row],
                "source": source[row],
                "patient": people[row],
                "group": patient[row],
                "split": splits[row],
                "split_reason": "by hand",
            }
            for row in range(count)
        ]
        cells = [
            {
                "record": names[row],
                "class": classes[column],
                "state": "uncertain"
                if (row, column) in uncertain
                else ("positive" if label[row, column] == 1 else "negative"),
                "label": float(label[row, column]),
                "source": source[row],
                "reason": "by hand",
                "policy": "positive" if (row, column) in uncertain else None,
            }
            for row, column in np.argwhere(~np.isnan(label)).tolist()
        ]
        members = [(row, source[row]) for row in range(count)] + list(also_in)
        scopes = {name: tuple(classes) for name in dict.fromkeys(name for _, name in members)}
        return AssembledTable(
            classes=tuple(classes),
            records=make_frame("records", records),
            cells=make_frame("cells", cells),
            members=make_frame(
                "members",
                [
                    {
                        "record": names[row],
                        "source": name,
                        "image": f"{row:05d}",
                        "patient": people[row],
                        "evidence": "table",
                    }
                    for row, name in members
                ],
            ),
            scopes=scopes,
            manifest={},
        )

    return make


@pytest.fixture
def predict() -> Predictor:
    """Lay a prediction matrix out as predictions; the rows come in no particular order."""

    def lay(
        table: AssembledTable, probability: np.ndarray, classes: Sequence[str] | None = None
    ) -> pl.DataFrame:
        rows = [
            {"record": record, "class": name, "probability": float(probability[row, column])}
            for row, record in enumerate(table.records["record"])
            for column, name in enumerate(table.classes)
            if classes is None or name in classes
        ]
        schema = {"record": pl.String, "class": pl.String, "probability": pl.Float32}
        return pl.DataFrame(rows, schema=schema).sample(fraction=1, shuffle=True, seed=0)

    return lay


@pytest.fixture
def hospitals(make_table: TableMaker) -> tuple[AssembledTable, np.ndarray]:
    """Two hospitals, 200 test images of 70 patients each, and a matrix of fair predictions."""
    generator = np.random.default_rng(7)
    label = (generator.random((400, 3)) < 0.35).astype(float)
    probability = label + generator.normal(size=label.shape) * [0.8, 1.2, 2]
    label[generator.random(label.shape) < 0.3] = np.nan
    label[:200, 2] = np.nan
    source = ["north"] * 200 + ["south"] * 200
    table = make_table(label, source, generator.integers(70, size=400).tolist())
    return table, 1 / (1 + np.exp(-probability))


Matcher = Callable[..., dict[str, Matches]]


@pytest.fixture
def match() -> Matcher:
    """Match one candidate a scan and class: on the lesion where there is one, else beside it.

    ``undrawn``: scans and classes whose lesion nobody drew, so that nobody knows where it is.
    """

    def lay(
        table: AssembledTable,
        label: np.ndarray,
        probability: np.ndarray,
        undrawn: Sequence[tuple[int, int]] = (),
    ) -> dict[str, Matches]:
        matches = {}
        for row, record in enumerate(table.records["record"]):
            mask = np.zeros((label.shape[1], 1, 8), dtype=bool)
            mask[label[row] == 1, :, 1:3] = True
            found = np.zeros(mask.shape)
            found[mask] = np.repeat(probability[row, label[row] == 1], 2)
            found[label[row] != 1, 0, 5] = probability[row, label[row] != 1]
            known = ~np.isnan(label[row])
            for _, place in (cell for cell in undrawn if cell[0] == row):
                known[place] = False
            matches[record] = match_lesions(
                find_lesions(found, np.ones(2), CandidateSettings(threshold=0.01)),
                true_lesions(mask, np.ones(2)),
                known,
                criterion=Criterion("box_iou", 0.5),
            )
        return matches

    return lay
