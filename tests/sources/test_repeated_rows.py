import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.repeated_rows import SAME_AGAIN, merge_repeated
from labelassemble.sources.rows import NONE_LEFT_OUT, Rows


def rows(pairs):
    facts = pl.DataFrame({"image": [a for a, _ in pairs]}, schema={"image": pl.String})
    cells = pl.DataFrame({"image": [b for _, b in pairs]}, schema={"image": pl.String})
    return Rows(facts, cells, NONE_LEFT_OUT)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))))
def test_rows_in_are_images_out_and_left_out(pairs):
    contradiction = len(set(pairs)) > len({image for image, _ in pairs})
    if contradiction:
        with pytest.raises(SourceError, match="differ"):
            merge_repeated(rows(pairs))
        return
    merged = merge_repeated(rows(pairs))
    said = zip(merged.facts["image"], merged.cells["image"], strict=True)
    assert list(said) == sorted(set(pairs))
    assert merged.facts.height + merged.left_out.height == len(pairs)
    assert set(merged.left_out["reason"]) <= {SAME_AGAIN}


def test_a_contradiction_shows_what_differs():
    with pytest.raises(SourceError) as caught:
        merge_repeated(rows([("a", "x"), ("b", "y"), ("b", "x"), ("c", "x"), ("c", "y")]))
    assert caught.value.got == "2 images whose rows differ, such as b: image is 'x' and 'y' (b, c)"


def test_without_labels():
    facts = pl.DataFrame({"image": ["b", "a", "b"]})
    merged = merge_repeated(Rows(facts, pl.DataFrame(), NONE_LEFT_OUT))
    assert merged.facts["image"].to_list() == ["a", "b"]
    assert merged.cells.width == 0
