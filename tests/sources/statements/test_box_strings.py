"""Words and boxes in one cell: real boxes come out as they went in; faults are named."""

import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.settings import SourceSettings
from labelassemble.sources.encodings.box_strings import BoxStrings
from labelassemble.sources.manifest_file import load_manifest, parse_manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import read_source
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.box_strings import (
    gather_box_strings,
    read_string,
    state_box_strings,
)

CORNERS = ["x_min", "y_min", "x_max", "y_max"]
SCOPE = Scope(terms=("Mass", "Edema"), no_finding=("none",))


def labels(**keys):
    return BoxStrings.model_validate({"encoding": "box_strings", "cell": "found", **keys})


def state(cells, **keys):
    rows = make_rows([f"{at}.png" for at in range(len(cells))], found=cells)
    problems = Problems()
    gathered = gather_box_strings(rows, labels(**keys), problems)
    stated = state_box_strings(gathered, labels(**keys), SCOPE, problems)
    return gathered, stated, problems.noted


def test_words_boxes_and_none():
    rows, stated, noted = state(["Mass 1 5 6 7 8 Mass 1 1 2 3 4", "none 1 0 0 1 1"])
    assert not noted
    assert stated.columns == ("Mass", "Edema")
    assert stated.state.tolist() == [[3, 1], [1, 1]]
    assert rows.boxes.select("image", "term", *CORNERS).rows() == [
        ("0.png", "Mass", 5.0, 6.0, 7.0, 8.0),
        ("0.png", "Mass", 1.0, 2.0, 3.0, 4.0),
        ("1.png", "none", 0.0, 0.0, 1.0, 1.0),
    ]


def test_numbers_are_named():
    _, stated, _ = state(["1 1.0 5 6 7 8", "2 1 0 0 1 1"], names=["Mass", "Edema", "none"])
    assert stated.state.tolist() == [[1, 3], [1, 1]]


@pytest.mark.parametrize(
    ("cell", "wrong"),
    [
        ("Mass 1 5 6 7", "another number of parts than six"),
        ("Mass 1 5 6 7 x", "text where numbers should stand"),
        ("Mass 2 5 6 7 8", "a confidence that is not between 0 and 1"),
        ("Mass -0.5 5 6 7 8", "a confidence that is not between 0 and 1"),
    ],
)
def test_a_cell_that_is_wrong_is_told(cell, wrong):
    assert wrong in read_string(cell).wrong
    rows, _, noted = state([cell, "none 1 0 0 1 1"])
    assert wrong in noted[0].what
    assert rows.facts["image"].to_list() == ["1.png"]


def test_a_class_number_beyond_the_names_and_a_box_without_area():
    assert "does not name" in read_string("2 1 1 2 3 4", ("a", "b")).wrong
    assert "does not name" in read_string("Mass 1 1 2 3 4", ("a", "b")).wrong
    _, _, noted = state(["Mass 1 5 6 5 8"])
    assert "has no area" in noted[0].what


def test_predictions_of_a_model_are_told():
    _, _, noted = state(["Mass 0.7 5 6 7 8"])
    assert "confidence below 1" in noted[0].what
    assert noted[0].kind == "remark"


@pytest.fixture(scope="module")
def vindr(real_data):
    source = SourceSettings(
        name="mine",
        manifest="vindr_cxr_kaggle",
        folder=real_data / "tables",
        images=real_data / "nowhere",
        missing_images="exclude",
    )
    return read_source(source, load_manifest("vindr_cxr_kaggle"))


def write_strings(folder, vindr, count=3000):
    """The boxes of the first images of VinDr in one cell an image, classes by their numbers."""
    images = vindr.images["image"].head(count)
    boxes = vindr.boxes.filter(pl.col("image").is_in(images.implode()))
    names = sorted(set(boxes["term"]))
    cell = pl.concat_str(
        pl.col("term").replace_strict(names, range(len(names)), return_dtype=pl.Int64),
        pl.lit("1"),
        *(pl.col(name).map_elements(repr, pl.String) for name in CORNERS),
        separator=" ",
    )
    strings = boxes.select("image", "term", *CORNERS).unique(maintain_order=True)
    strings = strings.group_by("image", maintain_order=True).agg(
        PredictionString=cell.str.join(" ")
    )
    table = images.to_frame().join(strings, on="image", how="left", maintain_order="left")
    table = table.with_columns(pl.col("PredictionString").fill_null(f"{len(names)} 1 0 0 1 1"))
    table.rename({"image": "image_id"}).write_csv(folder / "train.csv")
    return [*names, "No finding"], boxes


def test_real_boxes_come_out_as_they_went_in(vindr, tmp_path):
    names, expected = write_strings(tmp_path, vindr)
    text = f"""
name = "mine"
table = {{ file = "train.csv", image = "image_id" }}
labels = {{ encoding = "box_strings", cell = "PredictionString", names = {names} }}
scope = {{ terms = {names[:-1]}, no_finding = ["No finding"] }}
"""
    source = SourceSettings(name="m", manifest="m", folder=tmp_path, missing_images="keep")
    table = read_source(source, parse_manifest(text.replace("'", '"'), "m"))
    assert table.images.height == 3000
    columns = ["image", "term", *CORNERS]
    found = table.boxes.select(columns).sort(columns)
    assert found.equals(expected.select(columns).unique().sort(columns))
    short = parse_manifest(text.replace("'", '"').replace(', "No finding"]', "]", 1), "m")
    with pytest.raises(SourceError, match="does not name"):
        read_source(source, short)


def test_a_draft_takes_the_table_and_leaves_the_form(vindr, tmp_path, draw_image):
    folder = tmp_path / "source"
    folder.mkdir()
    names, _ = write_strings(folder, vindr)
    table = pl.read_csv(folder / "train.csv").head(300)
    table.write_csv(folder / "train.csv")
    form = table.head(9).with_columns(
        pl.format("x{}", "image_id").alias("image_id"), PredictionString=pl.lit("14 1 0 0 1 1")
    )
    form.write_csv(folder / "answers.csv")
    form.write_csv(folder / "sample_submission.csv")
    drafted = draft_manifest(folder, tmp_path / "m.toml", force=True)
    manifest = load_manifest(str(tmp_path / "m.toml"))
    assert manifest.labels.encoding == "box_strings"
    assert manifest.table.file == ("train.csv",)
    assert manifest.scope.no_finding == (str(len(names) - 1),)
    told = " ".join(drafted.passed)
    assert "answers.csv" in told
    assert "sample_submission.csv" in told
