"""Small class tables made by hand."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assemble import assemble_table
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.setting_types import EVIDENCE
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.assessments import NO_REASON, STATES, Assessments, Reason
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_table import IMAGE_COLUMNS, SOURCE_EXCLUDED_COLUMNS
from labelassemble.sources.manifest import Manifest
from labelassemble.vocabulary.class_table import CLASS_BOX_COLUMNS, ClassTable
from labelassemble.vocabulary.vocabulary import Finding, Vocabulary

ASSESSMENTS = {"+": "positive", "-": "negative", "?": "uncertain"}

MakeTable = Callable[..., ClassTable]
MakeSource = Callable[..., SourceSettings]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    names = ("effusion", "mass", "nodule", "hernia")
    return Vocabulary(
        name="four", version="1", findings=tuple(make_finding(name) for name in names)
    )


def make_finding(name: str) -> Finding:
    return Finding(name=name, title=name.title())


@pytest.fixture(scope="session")
def make_table() -> MakeTable:
    """``images``: name to facts; ``assessments``: rows of image, class, one of + - ?, and more.

    More: the reason (implied where it says so), the reader, the evidence.
    """

    def make(
        source: str,
        images: Mapping[str, Mapping[str, Any]] | Sequence[str],
        assessments: Sequence[Sequence[str]] = (),
        scope: Sequence[str] | None = None,
        excluded: Sequence[str] = (),
        boxes: Sequence[Sequence[Any]] = (),
        **manifest: Any,
    ) -> ClassTable:
        facts = images if isinstance(images, Mapping) else {name: {} for name in images}
        rows = [
            {"image": name, "path": f"/files/{source}/{name}", **fact}
            for name, fact in facts.items()
        ]
        rows.sort(key=lambda row: str(row["image"]))
        if scope is None:
            scope = sorted({row[1] for row in assessments})
        return ClassTable(
            source=source,
            manifest=Manifest(name=source, **manifest),
            images=pl.DataFrame(rows, schema=IMAGE_COLUMNS),
            assessments=make_assessments([row["image"] for row in rows], assessments),
            scope=tuple(scope),
            unmapped=pl.DataFrame(
                {"term": ["Scar"], "count": [2], "nearest": ["Scars"]},
                schema={"term": pl.String, "count": pl.Int64, "nearest": pl.String},
            ),
            excluded=pl.DataFrame(
                [
                    {"source": source, "image": name, "reason": "not frontal", "rows": 1}
                    for name in excluded
                ],
                schema=SOURCE_EXCLUDED_COLUMNS,
            ),
            inputs=(InputFile(path="table.csv", sha256="0" * 64, size=1, rows=len(rows)),),
            boxes=pl.DataFrame(boxes, schema=CLASS_BOX_COLUMNS, orient="row"),
        )

    return make


def make_assessments(images: Sequence[str], rows: Sequence[Sequence[str]]) -> Assessments:
    """One reading for each image, reader and evidence that the rows name."""
    rows = [(*row, *("column 'finding'", "", "unstated")[len(row) - 3 :]) for row in rows]
    readings = sorted({(images.index(row[0]), row[4] or "", row[5]) for row in rows})
    columns = tuple(dict.fromkeys(row[1] for row in rows))
    reasons = list(dict.fromkeys(Reason(row[3], "implied" in row[3]) for row in rows))
    state = np.zeros((len(readings), len(columns)), dtype=np.uint8)
    reason = np.zeros(state.shape, dtype=np.uint16)
    for row in rows:
        at = readings.index((images.index(row[0]), row[4] or "", row[5])), columns.index(row[1])
        assert not state[at], "a reading says one thing about a class"
        state[at] = STATES.index(ASSESSMENTS[row[2]])
        reason[at] = 1 + reasons.index(Reason(row[3], "implied" in row[3]))
    return Assessments(
        columns=columns,
        image=np.array([image for image, _, _ in readings], dtype=np.int64),
        state=state,
        reason=reason,
        reasons=(NO_REASON, *reasons),
        reader=pl.Series("reader", [who or None for _, who, _ in readings], dtype=pl.String),
        evidence=pl.Series([kind for *_, kind in readings], dtype=pl.Enum(EVIDENCE)),
    )


@pytest.fixture(scope="session")
def make_source() -> MakeSource:
    def make(name: str, **settings: Any) -> SourceSettings:
        return SourceSettings(name=name, manifest=name, folder=Path("/files"), **settings)

    return make


@pytest.fixture(scope="session")
def two_hospitals(
    make_table: MakeTable, make_source: MakeSource, vocabulary: Vocabulary
) -> AssembledTable:
    """Two sources of twenty images; the first five of both are the same images."""
    nih = make_table(
        "nih",
        {f"{n:02}": {"patient": f"{n // 2}", "age": 40.0 + n, "view": "PA"} for n in range(20)},
        [(f"{n:02}", "mass", "+-"[n % 3 > 0]) for n in range(20)]
        + [(f"{n:02}", "hernia", "+-?"[n % 3]) for n in range(12)],
        excluded=["lateral"],
        boxes=[("03", "mass", None, 1.0, 2.0, 3.0, 4.0, 100, 100)],
    )
    rsna = make_table(
        "rsna",
        {f"{n:02}": {"patient": f"{n}", "sex": "F"} for n in range(20)},
        [(f"{n:02}", "mass", "+-"[n % 2]) for n in range(20)],
    )
    files = [("nih", f"{n:02}", f"{n:064x}") for n in range(20)]
    files += [("rsna", f"{n:02}", f"{n if n < 5 else n + 100:064x}") for n in range(20)]
    contents = pl.DataFrame(files, schema=["source", "image", "sha256"], orient="row")
    return assemble_table(
        [nih, rsna],
        vocabulary,
        AssemblySettings(),
        sources=[make_source("nih"), make_source("rsna")],
        contents=contents.with_columns(
            pixel_sha256=pl.lit(None, pl.String), fingerprint=pl.lit(None, pl.Binary)
        ),
    )
