import polars as pl
import pytest

from labelassemble.assembly.roles import WISHES, ask_sources, place_records
from labelassemble.errors import AssemblyError


def ask(source, *official, unlabelled=(), listed=()):
    images = pl.DataFrame(
        {"source": [source.name] * len(official), "official_split": list(official)},
        schema={"source": pl.String, "official_split": pl.String},
    )
    held_out = pl.Series([n in listed for n in range(len(official))], dtype=pl.Boolean)
    asked = ask_sources(images.with_columns(listed=held_out), [source], unlabelled)
    return [(WISHES[wish], reason) for wish, reason in asked.rows()]


def test_a_joint_source_leaves_everything_to_the_draw(make_source):
    assert ask(make_source("a"), "test", "train", None) == [("free", "drawn")] * 3


def test_an_official_split_without_validation_leaves_validation_to_the_draw(make_source):
    source = make_source("a", split="official")
    assert ask(source, "test", "train", None) == [
        ("test", "official test of a"),
        ("rest", "drawn"),
        ("rest", "drawn"),
    ]


def test_an_official_split_with_validation_is_kept_whole(make_source):
    source = make_source("a", split="official")
    assert ask(source, "test", "validate", "train", None) == [
        ("test", "official test of a"),
        ("validate", "official validate of a"),
        ("train", "official train of a"),
        ("train", "official train of a"),
    ]


def test_whole_sources_train_or_test(make_source):
    assert ask(make_source("a", split="train"), "test", None) == [("rest", "drawn")] * 2
    assert ask(make_source("a", split="test"), "train") == [("test", "a is the test part")]


@pytest.mark.parametrize("split", ["joint", "train"])
def test_a_test_list_holds_out_its_images_and_nothing_else_of_its_source(make_source, split):
    source = make_source("a", split=split, test_list="/lists/test.txt")
    assert ask(source, "test", "train", None, listed=[1]) == [
        ("rest", "drawn"),
        ("test", "test list of a"),
        ("rest", "drawn"),
    ]


def test_a_test_list_adds_to_the_official_test(make_source):
    source = make_source("a", split="official", test_list="/lists/test.txt")
    assert ask(source, "test", "train", None, listed=[1]) == [
        ("test", "official test of a"),
        ("test", "test list of a"),
        ("rest", "drawn"),
    ]


def test_sources_without_labels_follow_but_their_test_images_stay_out(make_source):
    source = make_source("a", split="official")
    assert ask(source, "test", "train", unlabelled=["a"]) == [
        ("test", "official test of a"),
        ("follow", "a has no labels"),
    ]
    assert ask(make_source("a"), None, unlabelled=["a"]) == [("follow", "a has no labels")]


def test_a_test_part_without_labels_is_an_error(make_source):
    with pytest.raises(AssemblyError, match="a annotated none of the classes"):
        ask(make_source("a", split="test"), None, unlabelled=["a"])


@pytest.mark.parametrize(
    ("part", "wish", "labelled", "split", "reason"),
    [
        ("test", "test", True, "test", "why"),
        ("test", "free", True, "test", "its patient is in test"),
        ("test", "rest", True, "unused", "its patient is in test"),
        ("test", "train", True, "unused", "its patient is in test"),
        ("test", "validate", True, "unused", "its patient is in test"),
        ("test", "follow", False, "unused", "no labels, and its patient is in test"),
        ("test", "test", False, "unused", "no labels, and its patient is in test"),
        ("validate", "validate", True, "validate", "why"),
        ("validate", "free", True, "validate", "its patient is in validate"),
        ("validate", "rest", True, "validate", "its patient is in validate"),
        ("validate", "train", True, "unused", "its patient is in validate"),
        ("validate", "follow", False, "unused", "no labels, and its patient is in validate"),
        ("train", "train", True, "train", "why"),
        ("train", "follow", False, "train", "why"),
    ],
)
def test_images_go_where_their_group_goes_or_nowhere(part, wish, labelled, split, reason):
    record = pl.DataFrame(
        {
            "part": [part],
            "forced": [part != "train"],
            "wish": [WISHES.index(wish)],
            "wish_reason": ["drawn" if wish in ("free", "rest") else "why"],
            "never_test": [wish in ("validate", "train", "rest")],
            "train_only": [wish == "train"],
            "labelled": [labelled],
        }
    )
    assert place_records(record).rows() == [(split, reason, split == "unused")]


def test_a_test_image_that_another_source_trains_on_is_counted():
    record = pl.DataFrame(
        {
            "part": ["test", "validate"],
            "forced": [True, True],
            "wish": [WISHES.index("test"), WISHES.index("validate")],
            "wish_reason": ["why", "why"],
            "never_test": [True, True],
            "train_only": [False, True],
            "labelled": [True, True],
        }
    )
    assert place_records(record)["split"].to_list() == ["test", "validate"]
    assert place_records(record)["prevented"].to_list() == [True, True]
