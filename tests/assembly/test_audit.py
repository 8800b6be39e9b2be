from dataclasses import replace

import polars as pl
import pytest

from labelassemble.assembly.audit import Leak, audit_table, find_leaks
from labelassemble.errors import AssemblyError


def put(table, **split):
    """The table with single images moved to another part."""
    moved = {name.replace("_", "/", 1): part for name, part in split.items()}
    column = pl.col("record").replace_strict(moved, default=pl.col("split"))
    return replace(table, records=table.records.with_columns(split=column))


def foreign(**columns):
    return pl.DataFrame(columns)


def test_a_table_as_assembled_has_no_leak(two_hospitals):
    assert audit_table(two_hospitals) == []


def test_a_patient_on_two_sides_is_told_with_all_images(two_hospitals):
    table = put(two_hospitals, nih_10="train", nih_11="test")
    assert find_leaks(table) == [
        Leak("patient", "nih/5", ("train", "test"), ("train: nih/10", "test: nih/11"))
    ]
    with pytest.raises(AssemblyError) as caught:
        audit_table(table)
    assert caught.value.got == "1 in two of them: patient nih/5: train: nih/10, test: nih/11"


def test_a_group_on_two_sides_is_told_where_no_patient_is(two_hospitals):
    # Patients that only an outside fact made one: here, written into the group by hand.
    one = pl.when(pl.col("record").is_in(["rsna/18", "rsna/19"])).then(99).otherwise("group")
    table = replace(two_hospitals, records=two_hospitals.records.with_columns(group=one))
    leaks = find_leaks(put(table, rsna_18="validate", rsna_19="train"))
    assert [(leak.kind, leak.name, leak.splits) for leak in leaks] == [
        ("group", "99", ("train", "validate"))
    ]


def test_unused_images_leak_nothing(two_hospitals):
    assert find_leaks(put(two_hospitals, nih_10="unused", nih_11="test")) == []


def test_many_leaks_are_counted_and_the_first_shown(two_hospitals):
    parts = {f"nih_{n:02}": ["train", "test"][n % 2] for n in range(20)}
    with pytest.raises(AssemblyError, match=r"10 in two of them: .*; and 5 more"):
        audit_table(put(two_hospitals, **parts))


def test_a_foreign_split_that_parts_one_image_is_a_leak(two_hospitals):
    split = foreign(source=["nih", "rsna"], image=["03", "03"], split=["train", "test"])
    leaks = find_leaks(two_hospitals, split)
    assert leaks == [Leak("image", "nih/03", ("train", "test"), ("train: nih/03", "test: rsna/03"))]
    joined = foreign(image=["nih/03", "rsna/03"], split=["train", "test"])
    assert find_leaks(two_hospitals, joined) == leaks
    with pytest.raises(AssemblyError, match="image nih/03"):
        audit_table(two_hospitals, joined)


def test_a_foreign_split_that_puts_one_image_twice_is_a_leak(two_hospitals):
    split = foreign(image=["nih/09", "nih/09"], split=["train", "validate"])
    assert [leak.kind for leak in find_leaks(two_hospitals, split)] == ["image", "patient"]


def test_a_clean_foreign_split_may_be_partial_and_name_what_was_excluded(two_hospitals):
    split = foreign(
        image=["nih/08", "nih/09", "rsna/17", "lateral", "nih/lateral"],
        split=["train", "train", "test", "test", "unused"],
    )
    assert audit_table(two_hospitals, split) == []


@pytest.mark.parametrize(
    ("split", "expected", "got"),
    [
        (foreign(image=["nih/01"]), "columns image and split", "columns image"),
        (foreign(image=["nih/01"], split=["val"]), "splits among train", "val"),
        (foreign(image=["nih/01"], split=[None]), "splits among train", "nothing"),
        (foreign(image=["nih/99"], split=["test"]), "images that the table holds", "1 that it"),
        (foreign(image=["03"], split=["test"]), "each image named once", "03"),
    ],
)
def test_a_foreign_split_that_does_not_fit(two_hospitals, split, expected, got):
    with pytest.raises(AssemblyError) as caught:
        find_leaks(two_hospitals, split)
    assert expected in caught.value.expected
    assert caught.value.got.startswith(got)
