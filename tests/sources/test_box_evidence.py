import numpy as np
import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.box_evidence import (
    find_corner,
    find_gap,
    find_reading,
    guess_size,
    lie_inside,
    measure_overhang,
)
from labelassemble.sources.box_formats import to_corners, to_numbers
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source


def draw(count, seed=0, low=0.05, high=0.95):
    """Boxes as fractions of their images."""
    random = np.random.default_rng(seed)
    size = random.uniform(0.05, 0.3, (count, 2))
    first = random.uniform(low, high - size)
    return np.concatenate([first, first + size], axis=1)


def names(count):
    return [str(number) for number in range(count)]


def test_overhang_and_inside():
    corners = np.array([[0.0, 0, 10, 10], [-3, 0, 5, 5], [2, 2, 12, 4], [11, 1, 12, 2]])
    sides = np.full((4, 2), 10.0)
    assert measure_overhang(corners, sides).tolist() == [0, 3, 2, 2]
    assert lie_inside(corners, sides).tolist() == [True, False, True, False]
    unknown = np.full((4, 2), np.nan)
    assert measure_overhang(corners, unknown).tolist() == [0, 3, 0, 0]
    assert lie_inside(corners, unknown).tolist() == [True, False, True, True]


@pytest.mark.parametrize("written", ["corners", "corner_size"])
@pytest.mark.parametrize("read", ["corners", "corner_size"])
def test_the_format_that_was_meant_is_found(written, read):
    sides = np.tile([900.0, 1400.0], (60, 1))
    corners = draw(60) * np.tile(sides, 2)
    as_read = to_corners(to_numbers(corners, written), read)
    if written == read:
        assert lie_inside(as_read, sides).all()
    else:
        assert find_reading(as_read, read, sides) == f'format = "{written}"'


def test_x_and_y_in_the_other_order():
    sides = np.tile([600.0, 1400.0], (60, 1))
    corners = draw(60) * np.tile(sides, 2)
    found = find_reading(corners[:, [1, 0, 3, 2]], "corners", sides)
    assert found == "x and y change places in box"


def test_boxes_of_larger_images_have_no_other_reading():
    sides = np.tile([512.0, 512.0], (60, 1))
    assert find_reading(draw(60) * 2048, "corners", sides) is None


@pytest.mark.parametrize(
    ("scale", "count", "judged"), [(0.5, 30, True), (0.25, 8, True), (0.5, 3, False)]
)
def test_boxes_of_a_small_frame_on_larger_images(scale, count, judged):
    sides = np.tile([2000.0, 2000.0], (count, 1))
    corner = find_corner(draw(count) * scale * 2000, sides, names(count))
    assert corner.judged == judged
    assert corner.width <= scale
    if count == 30:
        assert guess_size(corner.reach) == "1024 x 1024"


def test_a_fixed_frame_on_images_of_many_sizes():
    random = np.random.default_rng(1)
    sides = random.uniform(1100, 3500, (200, 2))
    corner = find_corner(draw(200) * 1024, sides, names(200))
    assert corner.judged
    assert not corner.boxes.all(), "those little larger than the frame do not tell"


def test_a_right_frame_is_no_corner():
    random = np.random.default_rng(2)
    sides = random.uniform(1000, 3000, (200, 2))
    assert find_corner(draw(200) * np.tile(sides, 2), sides, names(200)) is None
    # Central organs, the liver of a CT slice, the lower left, the whole left half.
    for low, high in (([0.3, 0.3], [0.7, 0.7]), ([0.1, 0.2], [0.66, 0.7]),
                      ([0.0, 0.6], [0.4, 1.0]), ([0.0, 0.0], [0.5, 1.0])):  # fmt: skip
        first = random.uniform(low, np.array(high) - 0.1, (200, 2))
        boxes = np.concatenate([first, first + 0.1], axis=1) * 800
        assert find_corner(boxes, np.full((200, 2), 800.0), names(200)) is None


def test_frames_of_one_patient_are_one():
    sides = np.full((300, 2), 640.0)
    boxes = draw(300, low=0.2, high=0.5) * 640
    assert find_corner(boxes, sides, names(300)).judged
    assert not find_corner(boxes, sides, ["p1"] * 200 + ["p2"] * 100).judged


def test_a_slip_in_one_row_does_not_hide_a_corner():
    sides = np.full((400, 2), 1024.0)
    boxes = draw(400) * 256
    boxes[7] = [900, 900, 1000, 1000]
    assert find_corner(boxes, sides, names(400)).judged


def test_no_boxes():
    assert find_corner(np.zeros((0, 4)), np.zeros((0, 2)), []) is None


def gap(boxes, scale=1.0, groups=None, side=2000):
    sides = np.full((len(boxes), 2), float(side))
    return find_gap(boxes * scale * side, sides, groups or names(len(boxes)))


@pytest.mark.parametrize("scale", [0.6, 0.7, 0.8])
def test_boxes_that_come_close_to_two_edges_alone(scale):
    found = gap(draw(400), scale)
    assert found is not None
    assert found.judged
    assert scale * 0.9 < found.width < scale
    assert 0.9 < found.reach[0] / (scale * 2000) < 1


def test_what_is_no_gap():
    boxes = draw(400)
    assert gap(boxes) is None
    assert gap(boxes[:40], 0.7) is None, "too few patients"
    assert gap(boxes, 0.7, ["one"] * 400) is None, "one patient's boxes lie alike"
    left = boxes[boxes[:, 2] < 0.6]
    assert gap(left) is None, "lower edges are reached"
    assert gap(left * [1, 0.8, 1, 0.8]) is not None
    # A finding on one side, in the upper part: a liver's.
    beside = left * [0.8, 0.8, 0.8, 0.8] + [0.1, 0.0, 0.1, 0.0]
    assert gap(beside) is None
    assert gap(np.zeros((0, 4))) is None


def test_images_of_many_sizes_and_one_frame_a_little_smaller():
    random = np.random.default_rng(2)
    sides = random.uniform(1000, 1500, (400, 2))
    found = find_gap(draw(400) * 1024, sides, names(400))
    assert found is not None
    assert found.reach[0] < 1024
    assert not found.boxes.all()


@pytest.mark.parametrize("name", ["nih_chestxray14", "rsna_pneumonia", "siim_pneumothorax"])
def test_real_boxes_leave_no_gap_and_shrunk_ones_do(real_data, name):
    """Each class by itself too, and what lies on one side of the middle."""
    source = SourceSettings(
        name=name,
        manifest=name,
        folder=real_data / "tables",
        images=real_data / "nowhere",
        missing_images="exclude",
    )
    boxes = read_source(source, load_manifest(name)).boxes
    corners = boxes.select("x_min", "y_min", "x_max", "y_max").to_numpy() / 1024
    images, terms = boxes["image"].to_numpy(), boxes["term"].to_numpy()
    middle = (corners[:, :2] + corners[:, 2:]) / 2
    parts = [terms == one for one in set(terms)]
    parts += [part for axis in (0, 1) for part in (middle[:, axis] < 0.5, middle[:, axis] > 0.5)]
    for part in [np.ones(len(corners), dtype=bool), *parts]:
        assert gap(corners[part], 1.0, list(images[part])) is None
    for scale in (0.85, 0.75, 0.65):
        assert gap(corners, scale, list(images)).judged
