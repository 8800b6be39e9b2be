"""Boxes against real image files: what is wrong is reported with its remedy, what is right is
not."""

import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.sources.box_formats import to_corners, to_numbers
from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.place_boxes import place_in_frames
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import SOURCE_BOX_COLUMNS
from labelassemble.sources.seen_boxes import BoxManner

CORNERS = ["x_min", "y_min", "x_max", "y_max"]


@pytest.fixture
def place(tmp_path):
    def place(
        corners, sizes, frames=None, form="corners", patients=None, orientation=1, draw=None, **keys
    ):
        count = len(corners)
        sizes = sizes if isinstance(sizes, list) else [sizes] * count
        frames = frames if isinstance(frames, list) else [frames or (None, None)] * count
        for number, size in enumerate(sizes):
            exif = Image.Exif()
            exif[0x0112] = orientation
            image = draw(size) if draw else Image.new("L", size)
            image.save(tmp_path / f"{number}.png", exif=exif)
        names = [str(number) for number in range(count)]
        boxes = pl.DataFrame(
            {
                "image": names,
                "term": ["Mass"] * count,
                "reader": [None] * count,
                **{name: np.asarray(corners, float)[:, at] for at, name in enumerate(CORNERS)},
                "frame_width": [one[0] for one in frames],
                "frame_height": [one[1] for one in frames],
            },
            schema=SOURCE_BOX_COLUMNS,
        )
        images = pl.DataFrame(
            {
                "image": names,
                "path": [str(tmp_path / f"{name}.png") for name in names],
                "patient": patients or [None] * count,
            },
            schema=dict.fromkeys(("image", "path", "patient"), pl.String),
        )
        problems = Problems()
        placed = place_in_frames(
            boxes, images, BoxManner("boxes", BoxFrame(**keys), form), problems
        )
        wrong = [str(one) for one in problems.noted if one.kind == "problem"]
        told = [str(one) for one in problems.noted if one.kind == "remark"]
        return placed, wrong, told

    return place


def draw_fractions(count, seed=0):
    random = np.random.default_rng(seed)
    size = random.uniform(0.05, 0.3, (count, 2))
    first = random.uniform(0.03, 0.97 - size)
    return np.concatenate([first, first + size], axis=1)


def test_boxes_that_are_right(place):
    fractions = draw_fractions(40)
    placed, wrong, told = place(fractions * [300, 200, 300, 200], (300, 200))
    assert (wrong, told) == ([], [])
    assert placed.select(CORNERS).to_numpy() == pytest.approx(fractions * [300, 200, 300, 200])
    assert placed["frame_width"].null_count() == 40


@pytest.mark.parametrize("count", [1, 3, 40])
def test_boxes_of_the_original_on_smaller_images(place, count):
    corners = 0.3 + 0.69 * draw_fractions(count)
    placed, (wrong,), _ = place(corners * 2000, (500, 500))
    assert "leave the frame of 500 x 500" in wrong or "leaves the frame of 500 x 500" in wrong
    assert "boxes.frame_columns" in wrong
    assert "boxes.frame_table" in wrong
    assert "times as far" in wrong
    # The same with the size said.
    placed, wrong, told = place(corners * 2000, (500, 500), (2000, 2000))
    assert (wrong, told) == ([], [])
    assert placed["frame_width"].to_list() == [2000] * count


def test_boxes_of_a_small_frame_on_larger_images(place):
    _, (wrong,), _ = place(draw_fractions(20) * 256, (1024, 1024))
    assert "lie in the upper left corner" in wrong
    assert "boxes.frame = [256, 256]" in wrong
    _, wrong, told = place(draw_fractions(20) * 256, (1024, 1024), (256, 256))
    assert (wrong, told) == ([], [])
    _, wrong, told = place(draw_fractions(20) * 256, (1024, 1024), trusted=True)
    assert (wrong, told) == ([], [])


def test_few_images_and_few_patients_are_not_judged(place):
    _, wrong, told = place(draw_fractions(3) * 400, (1000, 1000))
    assert wrong == []
    assert "too few to tell" in told[0]
    _, wrong, told = place(draw_fractions(2) * 400, (1000, 1000))
    assert (wrong, told) == ([], [])
    patients = ["p1", "p2", "p3", "p4"] * 10
    _, wrong, told = place(draw_fractions(40) * 500, (1000, 1000), patients=patients)
    assert wrong == []
    assert "4 patients or images" in told[0]


def test_percent_read_as_pixels(place):
    _, (wrong,), _ = place(draw_fractions(20) * 100, (800, 600))
    assert 'boxes.units = "percent"' in wrong
    placed, wrong, _ = place(draw_fractions(20) * 100, (800, 600), units="percent")
    assert wrong == []
    assert placed["x_max"].to_numpy() == pytest.approx(draw_fractions(20)[:, 2] * 800)
    assert placed["frame_width"].to_list() == [800] * 20


@pytest.mark.parametrize("form", ["corners", "corner_size", "centre_size"])
def test_fractions_read_as_pixels(place, form):
    fractions = draw_fractions(5)
    _, (wrong,), _ = place(fractions, (300, 200), form=form)
    assert 'boxes.units = "fraction"' in wrong
    placed, wrong, told = place(fractions, (300, 200), form=form, units="fraction")
    assert (wrong, told) == ([], [])
    assert placed.select(CORNERS).to_numpy() == pytest.approx(fractions * [300, 200, 300, 200])


def test_pixels_read_as_fractions(place):
    _, (wrong,), _ = place(draw_fractions(5) * 200, (200, 200), units="fraction")
    assert 'units = "pixels"' in wrong


@pytest.mark.parametrize(
    ("written", "read"), [("corners", "corner_size"), ("corner_size", "centre_size")]
)
def test_another_format(place, written, read):
    corners = draw_fractions(60) * [500, 900, 500, 900]
    _, (wrong,), _ = place(to_corners(to_numbers(corners, written), read), (500, 900), form=read)
    assert f'format = "{written}"' in wrong


def test_x_and_y_or_width_and_height_in_the_other_order(place):
    corners = draw_fractions(40) * [400, 900, 400, 900]
    _, (wrong,), _ = place(corners[:, [1, 0, 3, 2]], (400, 900))
    assert "x and y change places in box" in wrong
    _, (wrong,), _ = place(corners, (200, 200), (900, 400))
    assert "width and height of the frame in the other order" in wrong
    _, (wrong,), _ = place(corners[:, [1, 0, 3, 2]], (400, 900), (900, 400))
    assert "lies on its side" in wrong


def test_rounding_is_cut_off_and_told(place):
    corners = draw_fractions(30) * 200
    corners[4] = [-1, 150, 20, 201.6]
    placed, wrong, told = place(corners, (200, 200))
    assert wrong == []
    assert "1 box reaches up to 1.6 pixels over the edge" in told[0]
    assert placed.select(CORNERS).row(4) == (0.0, 150.0, 20.0, 200.0)


def test_a_few_rows_that_leave_are_slips(place):
    corners = draw_fractions(200) * 200
    corners[7] = [150, 150, 260, 199]
    _, (wrong,), _ = place(corners, (200, 200))
    assert "1 of 200 boxes leave" in wrong
    assert "Fix those rows" in wrong
    placed, wrong, told = place(corners, (200, 200), trusted=True)
    assert wrong == []
    assert "60 pixels over the edge" in told[0]
    assert placed["x_max"][7] == 200


def test_images_that_exif_turns(place):
    stored = draw_fractions(40) * [900, 400, 900, 400]
    _, (wrong,), _ = place(stored, (900, 400), orientation=6)
    assert "as_stored = true" in wrong
    placed, wrong, told = place(stored, (900, 400), orientation=6, as_stored=True)
    assert (wrong, told) == ([], [])
    # Turned by a quarter to the right: what was left is on top.
    assert placed["y_min"].to_numpy() == pytest.approx(stored[:, 0])
    assert placed["x_max"].to_numpy() == pytest.approx(400 - stored[:, 1])
    assert placed["frame_width"].to_list() == [400] * 40
    upright = draw_fractions(40) * [400, 900, 400, 900]
    assert place(upright, (900, 400), orientation=6)[1:] == ([], [])
    _, (wrong,), _ = place(stored * 2, (900, 400), (1800, 800), orientation=6)
    assert "as_stored = true" in wrong


def noise(size):
    grey = np.random.default_rng(0).integers(0, 255, size[::-1], dtype=np.uint8)
    return Image.fromarray(grey)


def between_bars(size):
    image = Image.new("L", size)
    width = size[0] // 2
    image.paste(noise((width, size[1])), (width // 2, 0))
    return image


def test_images_that_were_stretched_or_padded(place):
    corners = draw_fractions(20) * [1000, 2000, 1000, 2000]
    placed, wrong, told = place(corners, (256, 256), (1000, 2000), draw=noise)
    assert wrong == []
    assert "taken to be stretched" in told[0]
    assert placed.select("frame_width", "frame_height").row(0) == (1000, 2000)
    assert place(corners, (256, 256), (1000, 2000), draw=noise, resized="stretch")[1:] == ([], [])
    _, (wrong,), _ = place(corners, (256, 256), (1000, 2000), draw=between_bars)
    assert 'boxes.resized = "pad"' in wrong
    placed, wrong, told = place(corners, (256, 256), (1000, 2000), draw=between_bars, resized="pad")
    assert (wrong, told) == ([], [])
    assert placed["x_min"].to_numpy() == pytest.approx(64 + corners[:, 0] * 0.128)
    assert placed["y_min"].to_numpy() == pytest.approx(corners[:, 1] * 0.128)
    assert placed["frame_width"].to_list() == [256] * 20


def test_what_was_cropped_away_is_excluded(place):
    corners = [[400.0, 0, 600, 100], [400, 900, 600, 1100]] * 3
    placed, wrong, told = place(corners, (256, 256), (1000, 2000), draw=noise, resized="crop")
    assert wrong == []
    assert placed.height == 3
    assert "3 boxes outside what was cut out" in told[0]


def test_images_without_a_size():
    columns = dict.fromkeys(("image", "path", "patient"), pl.String)
    images = pl.DataFrame([("a", None, None)], schema=columns, orient="row")
    row = ("a", "Mass", None, 10.0, 10.0, 900.0, 900.0, None, None)
    boxes = pl.DataFrame([row], schema=SOURCE_BOX_COLUMNS, orient="row")
    problems = Problems()
    manner = BoxManner("boxes", BoxFrame(), "corners")
    assert place_in_frames(boxes, images, manner, problems).rows() == [row]
    assert problems.noted == []
    manner = BoxManner("boxes", BoxFrame(units="fraction"), "corners")
    assert place_in_frames(boxes, images, manner, problems).is_empty()
    assert "whose size is unknown" in str(problems.noted[0])
