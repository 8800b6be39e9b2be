import hashlib
import json

import polars as pl

from labelassemble.assembly.assemble import assemble_table
from labelassemble.settings import AssemblySettings, CrosswalkSettings
from labelassemble.vocabulary.vocabulary import Vocabulary


def test_the_manifest_is_json_and_holds_no_absolute_path(
    make_table, make_source, vocabulary, tmp_path
):
    walk = tmp_path / "walk.csv"
    walk.write_text("left,right\n1,2\n")
    (tmp_path / "held.txt").write_text("3\n")
    names = {
        "left_source": "a",
        "left_column": "left",
        "right_source": "a",
        "right_column": "right",
    }
    table = assemble_table(
        [make_table("a", ["1", "2", "3"], [("1", "mass", "+"), ("3", "mass", "-")])],
        vocabulary,
        AssemblySettings(
            crosswalks=(CrosswalkSettings(file=walk, **names),), allow_unscored_classes=True
        ),
        sources=[make_source("a", test_list=tmp_path / "held.txt")],
    )
    text = json.dumps(table.manifest)
    assert str(tmp_path) not in text
    assert "/files" not in text
    assert table.manifest["settings"]["crosswalks"] == [
        {
            "file": "walk.csv",
            **names,
            "error_column": None,
            "error_above": None,
            "sha256": hashlib.sha256(walk.read_bytes()).hexdigest(),
            "rows": 1,
        }
    ]
    described = table.manifest["sources"]["a"]
    assert described["test_list"] == "held.txt"
    assert described["inputs"] == [
        {"path": "table.csv", "sha256": "0" * 64, "size": 1, "rows": 3, "unused": 0}
    ]
    assert described["unmapped_terms"] == [{"term": "Scar", "count": 2, "nearest": "Scars"}]
    assert table.manifest["vocabulary"] == {"name": "four", "version": "1"}


def test_counts_are_those_of_the_assessments(two_hospitals):
    assert two_hospitals.manifest["counts"] == {
        "nih": {
            "mass": {"positive": 7, "negative": 13, "uncertain": 0},
            "hernia": {"positive": 4, "negative": 4, "uncertain": 4},
        },
        "rsna": {"mass": {"positive": 10, "negative": 10, "uncertain": 0}},
    }
    assert two_hospitals.manifest["images"] == {
        "nih": {"held": 20, "excluded": 1},
        "rsna": {"held": 20, "excluded": 0},
    }
    assert two_hospitals.manifest["merged"] == {"same file": 5}
    assert two_hospitals.manifest["rows"]["nih"] == {
        "read": 21,
        "images": 20,
        "joined": 0,
        "excluded": 1,
        "beyond": 0,
    }
    assert (two_hospitals.manifest["records"], two_hospitals.manifest["groups"]) == (35, 25)


def test_counts_of_cells_add_up_to_the_images(two_hospitals):
    labels = two_hospitals.labels().join(
        two_hospitals.records.select("record", "split"), on="record"
    )
    for split, classes in two_hospitals.manifest["cells"].items():
        part = labels.filter(pl.col("split") == split)
        assert two_hospitals.manifest["splits"][split] == part.height
        for name, counts in classes.items():
            assert counts == {
                "positive": (part[name] == 1).sum(),
                "negative": (part[name] == 0).sum(),
                "soft": 0,
                "unknown": part[name].null_count(),
            }


def test_conflicts_are_counted_by_decision(two_hospitals):
    conflicts = two_hospitals.manifest["conflicts"]
    assert sum(conflicts.values()) == two_hospitals.conflicts.height == 3
    assert set(conflicts) == {
        "negative: source_order, nih first",
        "positive: source_order, nih first",
    }


def test_images_of_several_readers_count_once_for_each_state(make_table, make_source, vocabulary):
    said = [("R1", "+"), ("R2", "+"), ("R3", "-")]
    rows = [("1", "mass", sign, "", reader) for reader, sign in said]
    table = assemble_table(
        [make_table("a", ["1", "2"], [*rows, ("2", "mass", "-", "", "R1")])],
        vocabulary,
        AssemblySettings(allow_unscored_classes=True),
        sources=[make_source("a")],
    )
    counts = {"positive": 1, "negative": 2, "uncertain": 0}
    assert table.manifest["counts"] == {"a": {"mass": counts}}


def test_cells_that_contradict_the_vocabulary_are_counted(make_table, make_source):
    tree = Vocabulary.model_validate(
        {
            "name": "tree",
            "version": "1",
            "findings": [
                {"name": "lesion", "title": "Lesion"},
                {"name": "mass", "title": "Mass", "parents": ["lesion"]},
            ],
        }
    )
    rows = [("1", "mass", "+"), ("1", "lesion", "-"), ("2", "mass", "-"), ("2", "lesion", "+")]
    table = assemble_table(
        [make_table("a", ["1", "2"], rows)],
        tree,
        AssemblySettings(allow_unscored_classes=True),
        sources=[make_source("a")],
    )
    assert table.manifest["incoherent"] == [["mass", "lesion", 1]]
