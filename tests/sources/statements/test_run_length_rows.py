import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.sources.rows import make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.run_length_rows import gather_run_lengths, state_run_lengths


def make_labels(**settings):
    settings = {"shape": (3, 2), "term": "Mass", "column": "runs", **settings}
    return RunLengthRows(encoding="run_length_rows", **settings)


def read(cells, labels, images=None):
    images = images or [f"{place}" for place in range(len(cells))]
    return gather_run_lengths(make_rows(images, runs=cells), labels)


def encode(mask, labels):
    """Pixel by pixel, in the order in which they are counted."""
    height, width = mask.shape
    if labels.by == "column":
        order = [(y, x) for x in range(width) for y in range(height)]
    else:
        order = [(y, x) for y in range(height) for x in range(width)]
    runs, last = [], None
    for place, (y, x) in enumerate(order):
        if mask[y, x] and last == place - 1:
            runs[-1][1] += 1
            last = place
        elif mask[y, x]:
            runs.append([place, 1])
            last = place
    before, said = 0, []
    for start, length in runs:
        said += [start - (before if labels.relative else 0) + labels.first, length]
        # Only the first start is counted from the first pixel.
        before = start + length + (labels.first if labels.relative else 0)
    return " ".join(map(str, said))


@st.composite
def masks(draw):
    width, height = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    pixels = draw(st.lists(st.booleans(), min_size=width * height, max_size=width * height))
    settings = {
        "shape": (width, height),
        "relative": draw(st.booleans()),
        "first": draw(st.sampled_from([0, 1])),
        "by": draw(st.sampled_from(["row", "column"])),
    }
    return np.array(pixels).reshape(height, width), make_labels(**settings)


@given(masks())
def test_masks_and_boxes_against_a_slow_loop(case):
    mask, labels = case
    if not mask.any():
        return
    text = encode(mask, labels)
    rows, columns = np.nonzero(mask)
    expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    box = read([text], labels).boxes
    assert box.select("x_min", "y_min", "x_max", "y_max").row(0) == expected
    assert box.select("frame_width", "frame_height").row(0) == labels.shape


def test_two_regions_of_one_image_are_two_boxes():
    labels = make_labels()
    rows = read(["0 1", "5 1", "-1", ""], labels, ["a", "a", "b", "c"])
    assert rows.boxes.select("image", "term").rows() == [("a", "Mass")] * 2
    said = state_run_lengths(rows, labels, Scope())
    assert said.columns == ("Mass",)
    assert said.state[:, 0].tolist() == [POSITIVE, NEGATIVE, UNKNOWN]
    assert [said.reasons[place].text for place in said.reason[:, 0]] == [
        "mask",
        "'-1', in scope",
        "",
    ]


@pytest.mark.parametrize("text", ["1", "1 2 3", "a b", "1.5 2", "none", "9" * 30 + " 1"])
def test_what_is_no_pairs_of_numbers_is_refused(text):
    with pytest.raises(SourceError) as caught:
        read(["0 1", text], make_labels())
    assert "pairs of start and length in column 'runs'" in caught.value.expected
    assert caught.value.got.endswith("on 1")


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("0 7", {}),
        ("6 1", {}),
        ("-2 1", {}),
        ("0 0", {}),
        ("0 -1", {}),
        ("0 1", {"first": 1}),
        ("4 1 4 1", {"relative": True}),
        (f"{2**63 - 1} 1", {}),
        (f"{2**62} 1 {2**62} 1", {"relative": True}),
    ],
)
def test_runs_that_leave_the_mask_are_refused(text, settings):
    with pytest.raises(SourceError, match="runs within 3 x 2 pixels"):
        read([text], make_labels(**settings))


def test_a_mask_and_none_on_one_image_are_refused():
    labels = make_labels()
    with pytest.raises(
        SourceError, match="1 image with a mask on one row and '-1' on another, such as a"
    ):
        state_run_lengths(read(["0 1", "-1"], labels, ["a", "a"]), labels, Scope())
