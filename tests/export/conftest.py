"""Small assembled tables made by hand."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from labelassemble.assembly.assembled_table import AssembledTable, make_frame

MakeTable = Callable[..., AssembledTable]

CELLS: dict[str, tuple[str, float | None]] = {
    "+": ("positive", 1.0),
    "-": ("negative", 0.0),
    "?": ("uncertain", None),
    "?+": ("uncertain", 1.0),
    "?-": ("uncertain", 0.0),
    "0.5": ("uncertain", 0.5),
    "0.1": ("uncertain", 0.1),
}
"""A sign to state and label; ``.`` is unknown, and has no cell."""


def build_table(
    classes: Sequence[str],
    records: Mapping[str, Mapping[str, Any]],
    cells: Sequence[tuple[str, str, str, float | None]] = (),
    boxes: Sequence[Mapping[str, Any]] = (),
    members: Sequence[Mapping[str, Any]] = (),
    manifest: Mapping[str, object] | None = None,
) -> AssembledTable:
    """``records``: name to facts; ``cells``: image, class, state, label."""
    rows = [
        {
            "record": name,
            "source": name.split("/")[0],
            "path": f"/files/{name}",
            "group": number,
            "split": "train",
            "split_reason": "drawn",
            **facts,
        }
        for number, (name, facts) in enumerate(records.items())
    ]
    said = {"source": "nih", "evidence": "unstated", "reason": "direct", "policy": "none"}
    told = [
        {"record": record, "class": one, "state": state, "label": label, **said}
        for record, one, state, label in cells
    ]
    named = [
        {
            "record": row["record"],
            "source": row["source"],
            "image": row["record"].split("/", 1)[-1],
            "path": row["path"],
            "evidence": "table",
        }
        for row in rows
    ]
    groups = sorted({row["group"] for row in rows})
    sources = dict.fromkeys(row["source"] for row in rows)
    return AssembledTable(
        classes=tuple(classes),
        records=make_frame("records", rows),
        cells=make_frame("cells", told),
        members=make_frame("members", [*named, *members]),
        groups=make_frame("groups", [{"group": group} for group in groups]),
        boxes=make_frame("boxes", boxes),
        scopes={source: tuple(classes) for source in sources},
        manifest=dict(manifest or {}),
    )


@pytest.fixture(scope="session")
def make_table() -> MakeTable:
    """``rows``: image to its cells, a word a class (``CELLS``), and perhaps facts."""

    def make(
        classes: Sequence[str],
        rows: Mapping[str, str | tuple[str, Mapping[str, Any]]],
        **more: Any,
    ) -> AssembledTable:
        told = {name: row if isinstance(row, tuple) else (row, {}) for name, row in rows.items()}
        cells = [
            (name, one, *CELLS[word])
            for name, (words, _) in told.items()
            for one, word in zip(classes, words.split(), strict=True)
            if word != "."
        ]
        return build_table(
            classes, {name: facts for name, (_, facts) in told.items()}, cells, **more
        )

    return make


@pytest.fixture(scope="session")
def table(make_table: MakeTable) -> AssembledTable:
    """Four images of two sources: a cell of every kind, a fact of every kind, and none."""
    told = {
        "split": "test",
        "fold": 1,
        "patient": "nih/7",
        "view": "PA",
        "age": 0.5,
        "sex": "F",
        "group": 0,
    }
    return make_table(
        ("mass", "nodule", "lung_opacity"),
        {
            "nih/1.png": ("+ - .", told),
            "nih/2.png": ("? 0.5 0.1", {"split": "validate", "fold": 0, "age": 40.0, "sex": "M"}),
            "rsna/a": ("?+ ?- .", {"split": "unused"}),
            "rsna/b": (". . .", {"path": None}),
        },
        manifest={
            "vocabulary": {"name": "chest_radiograph", "version": "1"},
            "sources": {"nih": {"licence": "CC0", "modality": "X-ray"}, "rsna": {}},
        },
    )
