"""Six training images and one test image of three sources; west's w2 is north's n1 too."""

import math

import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable, make_frame
from labelassemble.errors import AssemblyError, MetricError
from labelassemble.experiments.candidates import (
    CANDIDATE_COLUMNS,
    class_candidates,
    require_candidates,
    source_candidates,
)

CLASSES = ("nodule", "mass", "effusion")
RECORDS = {
    "n/1": ["north", "west"],
    "n/2": ["north"],
    "n/3": ["north"],
    "n/4": ["north"],
    "w/1": ["west"],
    "s/1": ["south"],
    "n/9": ["north"],
}
CELLS = [
    ("n/1", "nodule", 1.0, "north"),
    ("n/2", "nodule", 0.0, "north"),
    ("n/3", "nodule", 1.0, "north"),
    ("n/4", "nodule", 0.0, "north"),
    ("n/1", "mass", 1.0, "north+west"),
    ("n/2", "mass", 0.0, "north"),
    ("n/3", "mass", 0.5, "north"),
    ("n/4", "mass", None, "north"),
    ("w/1", "mass", 1.0, "west"),
    ("w/1", "effusion", 0.0, "west"),
    ("s/1", "effusion", 1.0, "south"),
    ("n/9", "nodule", 1.0, "north"),
    ("n/9", "mass", 1.0, "north"),
    ("n/9", "effusion", 1.0, "south"),
]
SIMILARITY = pl.DataFrame(
    {"class": ["mass", "effusion"], "similarity": [0.6, float("nan")], "interest": ["nodule"] * 2}
)


@pytest.fixture
def table() -> AssembledTable:
    records = [
        {"record": name, "source": of[0], "split": "test" if name == "n/9" else "train"}
        for name, of in RECORDS.items()
    ]
    members = [{"record": name, "source": one} for name, of in RECORDS.items() for one in of]
    cells = [dict(zip(("record", "class", "label", "source"), cell, strict=True)) for cell in CELLS]
    return AssembledTable(
        classes=CLASSES,
        records=make_frame("records", records),
        cells=make_frame("cells", cells),
        members=make_frame("members", members),
        scopes=dict.fromkeys(("north", "west", "south"), CLASSES),
        manifest={},
    )


def test_classes(table: AssembledTable) -> None:
    frame = class_candidates(table, "nodule", SIMILARITY)
    assert dict(frame.schema) == CANDIDATE_COLUMNS
    mass, effusion = frame.iter_rows(named=True)
    assert (mass["candidate"], mass["kind"], mass["nearest"]) == ("mass", "class", "mass")
    assert mass["similarity"] == 0.6
    # Soft and unknown labels do not count; the test image is not looked at.
    assert (mass["n_positive"], mass["n_negative"]) == (2, 1)
    # North judged the class of interest, so it is in use; w/1 is not its image.
    assert mass["n_added"] == 1
    assert mass["overlap"] == pytest.approx(2 / 3)
    assert mass["interest_share"] == pytest.approx(2 / 3)
    assert mass["cooccurrence"] == pytest.approx(1.0)
    assert (effusion["n_positive"], effusion["n_negative"]) == (1, 1)
    assert (effusion["n_added"], effusion["overlap"], effusion["interest_share"]) == (2, 0, 0)
    assert math.isnan(effusion["similarity"])
    assert math.isnan(effusion["cooccurrence"])


def test_sources(table: AssembledTable) -> None:
    frame = source_candidates(table, "nodule", SIMILARITY, ["north"])
    assert dict(frame.schema) == CANDIDATE_COLUMNS
    west, south = frame.iter_rows(named=True)
    assert (west["candidate"], west["kind"], west["nearest"]) == ("west", "source", "mass")
    assert west["similarity"] == 0.6
    assert (west["n_positive"], west["n_negative"]) == (2, 1)
    assert (west["n_added"], west["overlap"], west["interest_share"]) == (1, 0.5, 0.5)
    # Of its only class no similarity was measured.
    assert (south["candidate"], south["nearest"], south["n_added"]) == ("south", None, 1)
    assert math.isnan(south["similarity"])


def test_a_source_with_the_class_of_interest_is_nearest_to_it(table: AssembledTable) -> None:
    row = source_candidates(table, "nodule", SIMILARITY, ["south"]).row(0, named=True)
    assert (row["candidate"], row["nearest"], row["similarity"]) == ("north", "nodule", 1.0)
    assert row["overlap"] == 0
    assert row["interest_share"] == 1


def test_all_in_use(table: AssembledTable) -> None:
    assert source_candidates(table, "nodule", SIMILARITY, list(table.scopes)).is_empty()
    frame = class_candidates(table, "nodule", SIMILARITY, list(table.scopes))
    assert frame["n_added"].to_list() == [0, 0]


def test_similarities_of_another_class_of_interest_do_not_count(table: AssembledTable) -> None:
    other = SIMILARITY.with_columns(interest=pl.lit("effusion"))
    assert class_candidates(table, "nodule", other)["similarity"].is_nan().all()


def test_names_that_are_not_there(table: AssembledTable) -> None:
    with pytest.raises(AssemblyError, match="nearest: north"):
        source_candidates(table, "nodule", SIMILARITY, ["norht"])
    with pytest.raises(AssemblyError, match="nearest: nodule"):
        class_candidates(table, "nodules", SIMILARITY)
    with pytest.raises(MetricError, match="the columns overlap"):
        require_candidates(pl.DataFrame(schema=CANDIDATE_COLUMNS).drop("overlap"))
