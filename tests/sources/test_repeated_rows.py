from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.repeated_rows import SAME_AGAIN, merge_repeated
from labelassemble.sources.rows import make_rows


def rows(pairs, facts=None):
    # The label column has the name of a fact: neither may hide the other.
    made = make_rows([a for a, _ in pairs], facts)
    return replace(made, cells=pl.DataFrame({"image": [b for _, b in pairs]}, {"image": pl.String}))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))))
def test_rows_in_are_images_out_and_excluded(pairs):
    contradiction = len(set(pairs)) > len({image for image, _ in pairs})
    if contradiction:
        with pytest.raises(SourceError, match="differ"):
            merge_repeated(rows(pairs))
        return
    merged = merge_repeated(rows(pairs))
    said = zip(merged.facts["image"], merged.cells["image"], strict=True)
    assert list(said) == sorted(set(pairs))
    assert merged.count.sum() + merged.excluded["rows"].sum() == len(pairs)
    assert set(merged.excluded["reason"]) <= {SAME_AGAIN}


def test_a_contradiction_shows_what_differs():
    with pytest.raises(SourceError) as caught:
        merge_repeated(rows([("a", "x"), ("b", "y"), ("b", "x"), ("c", "x"), ("c", "y")]))
    assert caught.value.got == "2 images whose rows differ, such as b: image is 'x' and 'y' (b, c)"


def test_without_labels():
    merged = merge_repeated(make_rows(["b", "a", "b"]))
    assert merged.facts["image"].to_list() == ["a", "b"]
    assert merged.cells.width == 0


def test_readers_may_differ_in_what_they_say_but_not_in_whom_they_see():
    pairs = [("b", "x"), ("a", "x"), ("b", "y")]
    merged = merge_repeated(rows(pairs, {"reader": ["R2", "R1", "R1"]}))
    assert merged.facts.select("image", "reader").rows() == [("a", "R1"), ("b", "R1"), ("b", "R2")]
    assert merged.cells["image"].to_list() == ["x", "y", "x"]
    with pytest.raises(SourceError, match="age is '3' and '4'"):
        merge_repeated(rows(pairs, {"reader": ["R2", "R1", "R1"], "age": ["3", "", "4"]}))
    with pytest.raises(SourceError, match=r"name their column in table\.reader"):
        merge_repeated(rows(pairs))
