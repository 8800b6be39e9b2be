import polars as pl
import pytest

from labelassemble.assembly.gather import gather_assessments
from labelassemble.assembly.readings_matrix import rank_evidence
from labelassemble.setting_types import EVERY_EVIDENCE, REVIEW
from labelassemble.sources.assessments import NEGATIVE, POSITIVE


def test_rows_follow_images_sources_and_images(make_table):
    a = make_table(
        "a", ["1", "2", "3"], [("1", "mass", "+"), ("2", "hernia", "-"), ("3", "mass", "+")]
    )
    b = make_table(
        "b", ["x"], [("x", "mass", "-", "column", "R2"), ("x", "mass", "+", "box", "R1")]
    )
    # b/x is the image of a/2; a/3 is in no image.
    images = pl.DataFrame(
        {
            "source": ["a", "a", "b"],
            "image": ["1", "2", "x"],
            "number": [0, 1, 2],
            "record": [0, 1, 1],
        }
    )
    said = gather_assessments([a, b], images, ("mass", "nodule"))
    assert said.record.tolist() == [0, 1, 1, 1]
    assert said.image.tolist() == [0, 1, 2, 2]
    assert said.source.tolist() == [0, 0, 1, 1]
    assert said.state.tolist() == [[POSITIVE, 0], [0, 0], [POSITIVE, 0], [NEGATIVE, 0]]
    texts = [[said.reasons[place].text for place in row] for row in said.reason]
    assert texts == [["column 'finding'", ""], ["", ""], ["box", ""], ["column", ""]]


def test_sources_without_a_word_give_no_row(make_table):
    images = pl.DataFrame(
        {"source": ["a"], "image": ["1"], "number": [0], "record": [0]},
    )
    said = gather_assessments([make_table("a", ["1"])], images, ("mass",))
    assert said.state.shape == (0, 1)


@pytest.mark.parametrize("names", [("text_mining", "radiologist"), ()])
def test_evidence_that_is_not_named_is_weakest(names):
    rank = rank_evidence(names)
    named = 1 + len(names)  # a review comes first, whatever is named
    assert rank.max() == named
    assert sorted(rank[rank < named]) == list(range(named))
    assert rank[EVERY_EVIDENCE.index(REVIEW)] == 0
