import dataclasses
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.assembly.table_folder import write_table
from labelassemble.errors import AssemblyError
from labelassemble.pipeline.audit_assembled import (
    audit_assembled,
    hold_against,
    read_thumbnail,
)
from labelassemble.pipeline.class_titles import table_titles


@pytest.fixture
def folder(table, tmp_path):
    write_table(table, tmp_path / "results" / "assembled")
    return tmp_path / "results" / "assembled"


def test_a_table_without_a_leak(folder):
    found = audit_assembled(folder)
    assert found.page == folder.parent / "audit.html"
    assert found.leaks == []
    assert found.summary.startswith("No leak is known in the split")
    html = found.page.read_text(encoding="utf-8")
    assert "Audit of north, south and silent" in html
    assert str(folder.parent) not in html


def test_the_folder_above_and_another_page(folder, tmp_path):
    found = audit_assembled(folder.parent, tmp_path / "new" / "page.html")
    assert found.page == tmp_path / "new" / "page.html"
    assert found.page.is_file()


def test_a_leak_is_handed_back(leaking, tmp_path):
    write_table(leaking, tmp_path / "table")
    found = audit_assembled(tmp_path / "table")
    assert [leak.kind for leak in found.leaks] == ["patient"]
    assert found.summary.startswith("The split leaks: 1 patient")


@pytest.mark.parametrize(("name", "separator"), [("split.csv", ","), ("split.tsv", "\t")])
@pytest.mark.parametrize("named", ["image", "source/image", "source"])
def test_a_split_that_somebody_else_made(folder, table, tmp_path, name, separator, named):
    rows = table.members.with_columns(
        split=pl.when(pl.col("source") == "north").then(pl.lit("train")).otherwise(pl.lit("test"))
    )
    image = pl.format("{}/{}", "source", "image") if named == "source/image" else pl.col("image")
    columns = [image.alias("image"), "split", *(["source"] if named == "source" else [])]
    rows.select(columns).write_csv(tmp_path / name, separator=separator)
    found = audit_assembled(folder, tmp_path / "page.html", tmp_path / name)
    assert [leak.kind for leak in found.leaks] == ["image"] * 20
    assert f"The split in {name} leaks: 20 images" in found.summary


def test_an_empty_source_column_is_none(table, tmp_path):
    (tmp_path / "split.csv").write_text("image,split,source\n000.png,train,\n001.png,test,\n")
    foreign = hold_against(table, tmp_path / "split.csv")
    assert foreign.rows.columns == ["image", "split"]
    assert [leak.kind for leak in foreign.leaks] == ["patient"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "split.csv"),
        ("image,part\n000.png,train\n", "split"),
        ("image,split\n000.png,holdout\n", "splits among train, validate, test, unused"),
        ("image,split\nnowhere.png,train\n", "images that the table holds"),
    ],
)
def test_a_split_that_cannot_be_read_is_told_and_nothing_is_written(folder, tmp_path, text, told):
    if text is not None:
        (tmp_path / "split.csv").write_text(text)
    with pytest.raises(AssemblyError, match=told):
        audit_assembled(folder, tmp_path / "page.html", tmp_path / "split.csv")
    assert not (tmp_path / "page.html").exists()


def test_no_table_there(tmp_path):
    with pytest.raises(AssemblyError, match="an assembled table"):
        audit_assembled(tmp_path)


def test_classes_have_names_in_words(table):
    known = {"name": "chest_radiograph", "version": "0"}
    named = dataclasses.replace(
        table, classes=("effusion", "covid_19", "odd_one"), manifest={"vocabulary": known}
    )
    assert table_titles(named) == {
        "effusion": "Effusion",
        "covid_19": "COVID-19",
        "odd_one": "Odd one",
    }
    assert table_titles(table)["effusion"] == "Effusion"


def test_thumbnails(tmp_path):
    record = np.linspace(0, 255, 40 * 60).reshape(40, 60).astype(np.uint8)
    Image.fromarray(record).save(tmp_path / "a.png")
    found = read_thumbnail(str(tmp_path / "a.png"))
    assert (found.dtype, found.shape) == (np.uint8, (200, 200))
    (tmp_path / "b.png").write_bytes(b"no image")
    assert read_thumbnail(str(tmp_path / "b.png")) is None
    assert read_thumbnail(str(tmp_path / "gone.png")) is None


def test_conflicts_are_shown_where_there_are_files(table, tmp_path):
    record = np.arange(64, dtype=np.uint8).reshape(8, 8)
    Image.fromarray(record).save(tmp_path / "a.png")
    files = table.records.with_columns(path=pl.lit(str(tmp_path / "a.png")))
    write_table(dataclasses.replace(table, records=files), tmp_path / "table")
    html = audit_assembled(tmp_path / "table").page.read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") == table.conflicts["record"].n_unique() > 12
    assert str(tmp_path) not in html


def test_an_audit_needs_neither_torch_nor_matplotlib(folder):
    code = (
        "import sys; from pathlib import Path\n"
        "from labelassemble.pipeline.audit_assembled import audit_assembled\n"
        f"audit_assembled(Path({str(folder)!r}))\n"
        "assert not {'torch', 'matplotlib', 'lightning', 'monai'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
