"""An exported table is a source: labels in are labels out."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from labelassemble.assembly.assemble import assemble_table
from labelassemble.export.csv_manifest import render_csv_manifest
from labelassemble.export.csv_table import render_csv_table
from labelassemble.export.label_matrix import label_matrix
from labelassemble.export.relative_paths import relative_paths
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, STATES, UNCERTAIN, UNKNOWN
from labelassemble.sources.manifest_file import parse_manifest
from labelassemble.sources.read import read_source
from labelassemble.vocabulary.harmonise import harmonise
from labelassemble.vocabulary.vocabulary import load_vocabulary

# Signs that no table may hold count as binary data; spaces around a name are not part of it.
name = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t"), max_size=8
).map(lambda text: f"a/{text}.")
word = st.sampled_from(["+", "-", "?", ".", "?+", "?-", "0.5", "0.1"])


def read_back(table, folder, stem="mine", images=None):
    """Write the CSV and its manifest, and read them as a source."""
    (folder / f"{stem}.csv").write_bytes(render_csv_table(table).encode())
    manifest = parse_manifest(render_csv_manifest(table, f"{stem}.csv"), f"{stem}.toml")
    missing = "keep" if images is None else "error"
    settings = SourceSettings(
        name="mine", manifest="mine", folder=folder, images=images, missing_images=missing
    )
    return read_source(settings, manifest)


def expect_states(table):
    """Rows by image; soft labels come back as uncertain."""
    matrix = label_matrix(table)
    state = np.full(matrix.label.shape, UNKNOWN)
    state[matrix.label == 1] = POSITIVE
    state[matrix.label == 0] = NEGATIVE
    state[((matrix.label > 0) & (matrix.label < 1)) | matrix.uncertain] = UNCERTAIN
    return state[table.records["record"].arg_sort().to_numpy()]


def test_labels_in_are_labels_out(table, tmp_path):
    source = read_back(table, tmp_path)
    assert source.assessments.columns == table.classes
    np.testing.assert_array_equal(source.assessments.state, expect_states(table))
    assert source.scope == table.classes
    assert source.excluded.is_empty()


def test_facts_come_back(table, tmp_path):
    images = read_back(table, tmp_path).images
    assert images.select("image", "patient", "view", "age", "sex", "official_split").rows() == [
        ("nih/1.png", "0", "PA", 0.5, "F", "test"),
        ("nih/2.png", "1", None, 40.0, "M", "validate"),
        ("rsna/a", "2", None, None, None, None),
        ("rsna/b", "3", None, None, None, "train"),
    ]


def test_any_table_comes_back(make_table, tmp_path):
    @run_with(max_examples=50)
    @given(st.dictionaries(name, st.lists(word, min_size=2, max_size=2), min_size=1, max_size=5))
    def hold(rows):
        table = make_table(("mass", "nodule"), {key: " ".join(two) for key, two in rows.items()})
        source = read_back(table, tmp_path)
        assert source.images["image"].to_list() == sorted(rows)
        np.testing.assert_array_equal(source.assessments.state, expect_states(table))

    hold()


@pytest.fixture(scope="module")
def mixed(make_table):
    """Definite and uncertain cells in every part."""
    return make_table(
        ("mass", "pneumonia"),
        {
            f"a/{number:02}": (
                f"{'+-'[number % 2]} {'+-.?'[number % 4]}",
                {"split": ("train", "validate", "test")[number % 3], "group": number},
            )
            for number in range(24)
        },
    )


def assemble_again(table, folder, settings):
    source = SourceSettings(
        name="mine", manifest="mine", folder=folder, missing_images="keep", split="official"
    )
    vocabulary = load_vocabulary("chest_radiograph")
    read = harmonise(read_back(table, folder), vocabulary)
    return assemble_table([read], vocabulary, settings, sources=[source], classes=table.classes)


def test_assembled_again_it_is_the_same_table(mixed, tmp_path):
    again = assemble_again(mixed, tmp_path, AssemblySettings())
    assert again.labels().drop("record").equals(mixed.labels().drop("record"))
    assert again.records["split"].to_list() == mixed.records["split"].to_list()
    assert again.records["record"].to_list() == [
        f"mine/{record}" for record in mixed.records["record"]
    ]
    assert render_csv_table(again).count(",-1") == render_csv_table(mixed).count(",-1") == 6


@pytest.mark.parametrize(
    ("policy", "cell"), [("unknown", "-1"), ("positive", "1"), ("negative", "0"), ("soft", "0.3")]
)
def test_an_uncertain_cell_is_written_as_its_policy_says(mixed, tmp_path, policy, cell):
    settings = AssemblySettings(uncertain=policy, uncertain_soft=0.3)
    rows = render_csv_table(assemble_again(mixed, tmp_path, settings)).splitlines()[1:]
    assert [row.rsplit(",", 1)[1] for row in rows] == ["1", "0", "", cell] * 6


def test_files_are_found_by_their_relative_paths(make_table, tmp_path):
    """Two files of one name: only the paths tell them apart."""
    images = tmp_path / "images"
    paths = [images / "one" / "1.png", images / "two" / "deep" / "1.png"]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.touch()
    rows = {f"{path.parts[-2]}/x": ("+", {"path": str(path)}) for path in paths}
    table = relative_paths(make_table(("mass",), rows), images)
    source = read_back(table, tmp_path, images=images)
    assert source.images["path"].to_list() == [path.as_posix() for path in paths]
    assert source.images["image"].to_list() == ["one/1.png", "two/deep/1.png"]


@pytest.mark.parametrize("stem", ["My table, (v2)", "läbels[1]", "???".replace("?", "-"), "x*"])
def test_any_file_name(make_table, tmp_path, stem):
    source = read_back(make_table(("mass",), {"a/1": "+"}), tmp_path, stem)
    assert source.assessments.state.tolist() == [[POSITIVE]]


def test_strange_class_names_stay_whole(make_table, tmp_path):
    classes = ('mass, "big"', "a\\b", "Knötchen", "del\x7f", "tab\there")
    source = read_back(make_table(classes, {"a/1": "+ - ? . +"}), tmp_path)
    assert source.assessments.columns == classes
    assert [STATES[state] for state in source.assessments.state[0]] == [
        "positive",
        "negative",
        "uncertain",
        "unknown",
        "positive",
    ]


def test_no_classes_are_no_labels(make_table, tmp_path):
    source = read_back(make_table((), {"a/1": ""}), tmp_path)
    assert source.images["image"].to_list() == ["a/1"]
    assert source.scope == ()


def test_a_soft_label_next_to_1_is_read_as_1(make_table, tmp_path):
    table = make_table(("mass",), {"a/1": "0.5"})
    almost = np.nextafter(np.float32(1), np.float32(0))
    cells = table.cells.with_columns(label=pl.lit(almost, pl.Float32))
    table = replace(table, cells=cells)
    assert "0.99999994" in render_csv_table(table)
    assert read_back(table, tmp_path).assessments.state.tolist() == [[POSITIVE]]


def test_credits_and_evidence_go_along(table):
    manifest = parse_manifest(render_csv_manifest(table, "Mine 2.csv"), "mine.toml")
    assert manifest.name == "mine_2"
    assert manifest.title == "Exported from nih, rsna"
    assert manifest.licence == "nih: CC0"
    assert manifest.modality == ""
    assert manifest.evidence == "unstated"


def test_evidence_is_told_where_all_cells_rest_on_the_same(table):
    same = pl.lit("report").cast(pl.Enum(["report"]))
    told = replace(table, cells=table.cells.with_columns(evidence=same))
    assert parse_manifest(render_csv_manifest(told, "a.csv"), "a.toml").evidence == "report"


def test_the_manifest_lies_beside_its_table(table):
    assert parse_manifest(render_csv_manifest(table, "a.csv"), "a.toml").table.file == ("a.csv",)
