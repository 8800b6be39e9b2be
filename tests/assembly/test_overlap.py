import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.assembly.links import LINK_COLUMNS, NO_LINKS
from labelassemble.assembly.overlap import join_images


def number(rows):
    columns = ["source", "image", "path", "patient"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))


def link(*pairs, evidence="crosswalk"):
    return pl.DataFrame(
        [(left, right, evidence, None) for left, right in pairs], schema=LINK_COLUMNS, orient="row"
    )


def test_unlinked_images_without_patients_are_images_and_groups_of_their_own():
    joined = join_images(number([("a", "1", "f", None), ("a", "2", "g", None)]), NO_LINKS)
    assert joined["record"].to_list() == ["a/1", "a/2"]
    assert joined["group"].to_list() == [0, 1]
    assert joined["group_patient"].to_list() == ["a/1", "a/2"]
    assert joined["evidence"].to_list() == ["table", "table"]


def test_no_image_at_all_is_no_image():
    assert join_images(number([]), NO_LINKS).is_empty()


def test_the_first_member_with_a_file_names_the_image():
    images = number([("rsna", "x", None, None), ("nih", "1", "f", "nih/7"), ("z", "q", "g", None)])
    joined = join_images(images, link((0, 1), (1, 2)))
    assert joined["record"].to_list() == ["nih/1"] * 3
    assert joined["evidence"].to_list() == ["crosswalk", "table", "crosswalk"]
    assert joined["group_patient"].to_list() == ["nih/7"] * 3


def test_an_image_without_any_file_is_named_after_its_first_image():
    joined = join_images(number([("a", "1", None, None), ("b", "2", None, None)]), link((0, 1)))
    assert joined["record"].to_list() == ["a/1", "a/1"]


def test_patients_who_share_a_image_become_one_through_a_chain():
    images = number(
        [
            ("a", "1", "f", "a/p"),
            ("a", "2", "f", "a/q"),
            ("b", "1", "f", "b/r"),
            ("b", "2", "f", "b/s"),
            ("b", "3", "f", "b/s"),
            ("b", "4", "f", "b/t"),
        ]
    )
    # a/1 is b/1 (p = r); a/2 is b/2 (q = s); patient t stands alone.
    joined = join_images(images, link((0, 2), (1, 3)))
    assert joined["group"].to_list() == [0, 1, 0, 1, 1, 5]
    assert joined["group_patient"].to_list() == ["a/p", "a/q", "a/p", "a/q", "a/q", "b/t"]


def test_evidence_is_the_surest_link_of_each_member():
    images = number([("a", "1", "f", None), ("b", "1", "f", None), ("c", "1", "f", None)])
    links = pl.concat([link((0, 1), (0, 2), evidence="same file"), link((0, 1))])
    assert join_images(images, links)["evidence"].to_list() == ["table", "crosswalk", "same file"]


@pytest.mark.parametrize("evidence", ["weak crosswalk", "look-alike", "shared patient"])
def test_weak_evidence_keeps_images_together_but_apart(evidence):
    images = number([("a", "1", "f", "a/p"), ("b", "1", "f", None), ("b", "2", "f", None)])
    joined = join_images(images, link((0, 1), evidence=evidence))
    assert joined["record"].to_list() == ["a/1", "b/1", "b/2"]
    assert joined["group"].to_list() == [0, 0, 2]
    assert joined["group_patient"].to_list() == ["a/p", "a/p", "b/2"]
    assert joined["evidence"].to_list() == ["table"] * 3


def test_many_links_between_the_same_two_images_do_not_cancel_out():
    images = number([("a", "1", "f", None), ("b", "1", "f", None)])
    assert join_images(images, link(*[(0, 1)] * 256))["record"].n_unique() == 1


def find_slowly(count, edges):
    """Union by relabelling: the plainest way there is."""
    label = list(range(count))
    for left, right in edges:
        old, new = label[right], label[left]
        label = [new if one == old else one for one in label]
    return label


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_images_and_groups_are_what_a_slow_union_finds(data):
    count = data.draw(st.integers(1, 12))
    sources = sorted(data.draw(st.lists(st.sampled_from("abc"), min_size=count, max_size=count)))
    patient = [data.draw(st.one_of(st.none(), st.sampled_from("pqr"))) for _ in range(count)]
    rows = [
        (source, f"{n:02}", data.draw(st.sampled_from([None, "file"])), who and f"{source}/{who}")
        for n, (source, who) in enumerate(zip(sources, patient, strict=True))
    ]
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = data.draw(st.lists(pair, max_size=8))
    joined = join_images(number(rows), link(*pairs))

    record = find_slowly(count, pairs)
    people = [
        (i, j)
        for i in range(count)
        for j in range(count)
        if rows[i][3] and rows[i][3] == rows[j][3]
    ]
    group = find_slowly(count, [*pairs, *people])
    for expected, got in ((record, joined["record"]), (group, joined["group"])):
        for i in range(count):
            for j in range(count):
                assert (expected[i] == expected[j]) == (got[i] == got[j])
    for i in range(count):
        members = [rows[j] for j in range(count) if record[j] == record[i]]
        first = next((row for row in members if row[2]), members[0])
        assert joined["record"][i] == f"{first[0]}/{first[1]}"
        known = [rows[j][3] for j in range(count) if group[j] == group[i] and rows[j][3]]
        if known:
            assert joined["group_patient"][i] == min(known)


def test_links_of_a_hundred_thousand_images_are_followed_at_once():
    count = 100_000
    images = pl.DataFrame(
        {
            "row": np.arange(count),
            "source": ["a"] * count,
            "image": [f"{n:06}" for n in range(count)],
            "path": ["f"] * count,
            "patient": [f"a/{n // 4}" for n in range(count)],
        }
    )
    chain = pl.DataFrame(
        {"left": np.arange(count - 1), "right": np.arange(1, count)},
    ).with_columns(
        evidence=pl.lit("crosswalk", LINK_COLUMNS["evidence"]), measure=pl.lit(None, pl.Float32)
    )
    assert join_images(images, chain)["group"].unique().to_list() == [0]
    assert join_images(images, chain.clear())["group"].n_unique() == count // 4
