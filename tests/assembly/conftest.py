"""Small class tables made by hand."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.assembly.assemble import assemble
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.label_table import IMAGE_COLUMNS, LEFT_OUT_COLUMNS, InputFile
from labelassemble.sources.manifest import Manifest
from labelassemble.vocabulary.harmonise import ClassTable
from labelassemble.vocabulary.vocabulary import Finding, Vocabulary

VERDICTS = {"+": "positive", "-": "negative", "?": "uncertain"}
COLUMNS = dict.fromkeys(("image", "class", "verdict", "reader", "reason"), pl.String)

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
    """``images``: name to facts; ``verdicts``: rows of image, class, one of + - ?, and more."""

    def make(
        source: str,
        images: Mapping[str, Mapping[str, Any]] | Sequence[str],
        verdicts: Sequence[Sequence[str]] = (),
        scope: Sequence[str] | None = None,
        left_out: Sequence[str] = (),
    ) -> ClassTable:
        facts = images if isinstance(images, Mapping) else {name: {} for name in images}
        rows = [
            {"image": name, "path": f"/files/{source}/{name}", **fact}
            for name, fact in facts.items()
        ]
        said = [
            {
                "image": row[0],
                "class": row[1],
                "verdict": VERDICTS[row[2]],
                "reason": row[3] if len(row) > 3 else "column 'finding'",
                "reader": row[4] if len(row) > 4 else None,
            }
            for row in verdicts
        ]
        if scope is None:
            scope = sorted({row[1] for row in verdicts})
        return ClassTable(
            source=source,
            manifest=make_manifest(source),
            images=pl.DataFrame(rows, schema=IMAGE_COLUMNS),
            verdicts=pl.DataFrame(said, schema=COLUMNS),
            scope=tuple(scope),
            unmapped=pl.DataFrame(
                {"term": ["Scar"], "count": [2], "nearest": ["Scars"]},
                schema={"term": pl.String, "count": pl.Int64, "nearest": pl.String},
            ),
            left_out=pl.DataFrame(
                [{"source": source, "image": name, "reason": "not frontal"} for name in left_out],
                schema=LEFT_OUT_COLUMNS,
            ),
            inputs=(InputFile(path="table.csv", sha256="0" * 64, size=1, rows=len(rows)),),
        )

    return make


def make_manifest(source: str) -> Manifest:
    return Manifest(name=source)


@pytest.fixture(scope="session")
def make_source() -> MakeSource:
    def make(name: str, **settings: Any) -> SourceSettings:
        return SourceSettings(name=name, manifest=name, folder=Path("/files"), **settings)

    return make


@pytest.fixture(scope="session")
def two_hospitals(
    make_table: MakeTable, make_source: MakeSource, vocabulary: Vocabulary
) -> AssembledTable:
    """Two sources of twenty images; the first five of both are the same pictures."""
    nih = make_table(
        "nih",
        {f"{n:02}": {"patient": f"{n // 2}", "age": 40.0 + n, "view": "PA"} for n in range(20)},
        [(f"{n:02}", "mass", "+-"[n % 3 > 0]) for n in range(20)]
        + [(f"{n:02}", "hernia", "+-?"[n % 3]) for n in range(12)],
        left_out=["lateral"],
    )
    rsna = make_table(
        "rsna",
        {f"{n:02}": {"patient": f"{n}", "sex": "F"} for n in range(20)},
        [(f"{n:02}", "mass", "+-"[n % 2]) for n in range(20)],
    )
    files = [("nih", f"{n:02}", f"{n:064x}") for n in range(20)]
    files += [("rsna", f"{n:02}", f"{n if n < 5 else n + 100:064x}") for n in range(20)]
    return assemble(
        [nih, rsna],
        vocabulary,
        AssemblySettings(),
        [make_source("nih"), make_source("rsna")],
        contents=pl.DataFrame(files, schema=["source", "image", "sha256"], orient="row"),
    )
