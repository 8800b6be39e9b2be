import polars as pl
import pytest

from labelassemble.assembly.links import (
    JOINS,
    LINK_COLUMNS,
    LINK_EVIDENCE,
    follow_names,
    link_by_crosswalk,
    link_by_fingerprint,
    link_equal,
    pair_names,
    take_names,
)
from labelassemble.errors import AssemblyError
from labelassemble.sources.overlapping_names import OverlappingNames


def number(rows):
    columns = ["source", "image", "path", "patient"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))


def told(links):
    assert dict(links.schema) == LINK_COLUMNS
    return links.select("left", "right", "evidence").rows()


def test_what_joins_is_surer_than_what_only_groups():
    assert LINK_EVIDENCE[: len(JOINS)] == JOINS
    assert not {"weak crosswalk", "look-alike", "shared patient"} & set(JOINS)


def walk(*pairs):
    rows = [(*pair, *[None] * (3 - len(pair))) for pair in pairs]
    schema = {"left": pl.String, "right": pl.String, "error": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_content_links_images_within_and_across_sources():
    images = number([("a", "1", "f", None), ("a", "2", "f", None), ("b", "1", "f", None)])
    contents = pl.DataFrame(
        {"source": ["b", "a", "a", "z"], "image": ["1", "2", "1", "9"], "sha256": ["s"] * 4}
    )
    assert told(link_equal(images, contents, "sha256")) == [
        (0, 1, "same file"),
        (0, 2, "same file"),
    ]


def test_images_without_a_content_are_not_the_same():
    images = number([("a", "1", None, None), ("a", "2", None, None)])
    contents = pl.DataFrame(
        {"source": ["a", "a"], "image": ["1", "2"], "sha256": [None, None]},
        schema_overrides={"sha256": pl.String},
    )
    assert link_equal(images, contents, "sha256").is_empty()


def test_crosswalk_passes_over_images_that_are_not_there():
    images = number([("a", "1", "f", None), ("b", "x", "f", None), ("b", "y", "f", None)])
    pairs = walk(("1", "x"), ("2", "y"), ("1", "gone"))
    assert told(link_by_crosswalk(images, pairs, "a", "b", "walk.csv")) == [(0, 1, "crosswalk")]


def test_crosswalk_within_one_source_links_its_images_but_none_with_itself():
    images = number([("a", "1", "f", None), ("a", "2", "f", None)])
    pairs = walk(("1", "1"), ("1", "2"))
    assert told(link_by_crosswalk(images, pairs, "a", "a", "walk.csv")) == [(0, 1, "crosswalk")]


@pytest.mark.parametrize(("left", "right", "side"), [("1", "no", "right"), ("no", "x", "left")])
def test_crosswalk_of_other_names_is_an_error_that_shows_both(left, right, side):
    images = number([("a", "1", "f", None), ("b", "x", "f", None)])
    pairs = walk((left, right))
    with pytest.raises(AssemblyError) as caught:
        link_by_crosswalk(images, pairs, "a", "b", "walk.csv")
    assert f"on the {side} of the crosswalk walk.csv" in caught.value.expected
    assert caught.value.got == "none among 1 row, which name no"
    assert f"{side}_column" in caught.value.do


def test_pixels_are_hashed_too():
    images = number([("a", "1", "f", None), ("b", "x", "f", None)])
    contents = pl.DataFrame(
        {"source": ["a", "b"], "image": ["1", "x"], "sha256": ["s", "t"], "pixel_sha256": ["p"] * 2}
    )
    assert link_equal(images, contents, "sha256").is_empty()
    assert told(link_equal(images, contents, "pixel_sha256")) == [(0, 1, "same pixels")]


def test_a_match_that_is_worse_than_allowed_is_weak():
    images = number([("a", "1", "f", None), ("a", "2", "f", None), ("b", "x", "f", None)])
    pairs = walk(("1", "x", 10.5), ("2", "x", 10.0))
    links = link_by_crosswalk(images, pairs, "a", "b", "walk.csv", weakest=10.0)
    assert told(links) == [(1, 2, "crosswalk"), (0, 2, "weak crosswalk")]
    assert links["measure"].to_list() == [10.0, 10.5]
    assert {one for *_, one in told(link_by_crosswalk(images, pairs, "a", "b", "w"))} == {
        "crosswalk"
    }


IMAGES = number(
    [
        ("nih", "1.png", "f", "nih/p"),
        ("nih", "2.png", "f", "nih/p"),
        ("nih", "3.png", "f", "nih/q"),
        ("other", "2.jpg", "f", "other/q"),
        ("other", "x_3.png", "f", "other/p"),
        ("other", "9", "f", None),
    ]
)


def link_by_names(shared: OverlappingNames) -> pl.DataFrame:
    ours = follow_names(take_names(IMAGES, "other", shared.ours), shared, {})
    theirs = take_names(IMAGES, "nih", shared.theirs)
    same = shared.ours == shared.theirs == "image"
    kind = "shared name" if same else "shared patient"
    return pair_names(ours, theirs, kind, shared.ours, shared.theirs)


def test_names_that_are_shared_join_whatever_the_extension():
    shared = OverlappingNames(source="nih")
    assert told(link_by_names(shared)) == [(1, 3, "shared name")]


def test_a_pattern_gives_the_other_name_and_passes_over_what_it_does_not_match():
    shared = OverlappingNames(source="nih", pattern=r"x_(?P<name>.*)")
    assert told(link_by_names(shared)) == [(2, 4, "shared name")]
    shared = OverlappingNames(source="nih", pattern=r"y_(?P<name>.*)")
    assert link_by_names(shared).is_empty()


def test_names_of_patients_link_one_image_of_each():
    shared = OverlappingNames(source="nih", ours="patient", theirs="patient")
    assert told(link_by_names(shared)) == [
        (0, 4, "shared patient"),
        (2, 3, "shared patient"),
    ]
    shared = OverlappingNames(source="nih", ours="image", theirs="patient", pattern="(?P<name>q).*")
    assert link_by_names(shared).is_empty()


def test_looks_link_by_tier():
    images = number([("a", "1", "f", None), ("a", "2", "f", None), ("b", "x", "f", None)])
    contents = pl.DataFrame({"source": ["b", "a", "a"], "image": ["x", "2", "1"]})
    near = pl.DataFrame(
        {
            "left": [0, 0],
            "right": [2, 1],
            "distance": [0.5, 3.0],
            "tier": ["same image", "look-alike"],
        }
    )
    links = link_by_fingerprint(images, contents, near)
    assert told(links) == [(0, 2, "same fingerprints"), (1, 2, "look-alike")]
    assert links["measure"].to_list() == [0.5, 3.0]
