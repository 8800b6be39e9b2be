import numpy as np
import polars as pl
import pytest

from labelassemble.assembly import long_frame, settle_cells, strata
from labelassemble.assembly.assemble import assemble_table
from labelassemble.assembly.assembled_table import CELL_COLUMNS
from labelassemble.assembly.table_folder import read_assembled, write_table
from labelassemble.settings import AssemblySettings


def read_files(table, folder):
    write_table(table, folder)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.fixture
def assemble(make_table, make_source, vocabulary):
    """Two sources of the same files, one of them read by two readers who differ."""

    def run(handed=tuple):
        images = {f"{n:02}": {"patient": f"{n // 3}"} for n in range(12)}
        first = make_table("first", images, [(f"{n:02}", "mass", "+-?"[n % 3]) for n in range(12)])
        read = [(f"{n:02}", "mass", "+-"[n % 2], "column", "R1") for n in range(9)]
        read += [(f"{n:02}", "mass", "++-"[n % 3], "column", "R2") for n in range(6)]
        read += [(f"{n:02}", "hernia", "-", "box", "R2") for n in range(3, 9)]
        second = make_table("second", images, read)
        contents = pl.DataFrame(
            [(name, f"{n:02}", f"{n:064x}") for name in ("first", "second") for n in range(12)],
            schema=["source", "image", "sha256"],
            orient="row",
        ).with_columns(pixel_sha256=pl.lit(None, pl.String), fingerprint=pl.lit(None, pl.Binary))
        return assemble_table(
            handed([first, second]),
            vocabulary,
            AssemblySettings(allow_unscored_classes=True, uncertain="soft"),
            sources=[make_source("first"), make_source("second")],
            contents=contents,
        )

    return run


def test_cells_settled_in_parts_are_those_settled_at_once(assemble, tmp_path, monkeypatch):
    whole = assemble()
    assert whole.conflicts["between"].unique().sort().to_list() == ["readers", "sources"]
    assert whole.cells["policy"].drop_nulls().n_unique() > 2
    expected = read_files(whole, tmp_path / "whole")
    monkeypatch.setattr(settle_cells, "_AT_ONCE", 2)
    monkeypatch.setattr(strata, "_AT_ONCE", 3)
    assert read_files(assemble(), tmp_path / "parts") == expected


def test_a_long_table_is_held_in_parts_until_it_is_asked_for(assemble, tmp_path, monkeypatch):
    whole = assemble()
    labels = whole.label_matrix()
    write_table(whole, tmp_path / "table")
    monkeypatch.setattr(long_frame, "PART", 4)
    monkeypatch.setattr("labelassemble.assembly.table_folder.PART", 4)
    again = read_assembled(tmp_path / "table")
    parts = list(again.in_parts("cells").parts())
    assert max(part.height for part in parts) == 4
    assert all(part.columns == list(CELL_COLUMNS) for part in parts)
    np.testing.assert_array_equal(again.label_matrix(), labels)
    assert isinstance(again.in_parts("cells"), long_frame.LongFrame)
    assert again.cells.equals(whole.cells)


def test_what_was_said_is_forgotten_of_tables_that_nobody_holds(assemble):
    assert assemble(iter).cells.equals(assemble(list).cells)
