from dataclasses import replace

import polars as pl
import pytest

from labelassemble.assembly.links import LINK_COLUMNS
from labelassemble.assembly.sequences import (
    keep_frames_apart,
    link_sequences,
    suspect_sequences,
)
from labelassemble.sources.manifest import Manifest


def list_images(source: str, names: list[str], patient: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"row": range(len(names)), "source": source, "image": names, "patient": patient},
        schema={"row": pl.Int64, "source": pl.String, "image": pl.String, "patient": pl.String},
    )


def link(*pairs: tuple[int, int, str]) -> pl.DataFrame:
    rows = [(left, right, evidence, 0.01) for left, right, evidence in pairs]
    return pl.DataFrame(rows, schema=LINK_COLUMNS, orient="row")


@pytest.mark.parametrize(
    ("names", "sequences"),
    [
        (["case12_frame003.png", "case12_frame004.png", "case13_frame003.png"], [[0, 1], [2]]),
        (["video1_0001.jpg", "video1_0002.jpg", "video2_0001.jpg"], [[0, 1], [2]]),
        (["a/clip-07/12.png", "a/clip-07/13.png", "a/clip-08/12.png"], [[0, 1], [2]]),
        (["P3 Frame 1.png", "P3 Frame 2.png"], [[0, 1]]),
        (
            [
                "train/images/7_png.rf.0a1b2c3d4e5f.jpg",
                "valid/images/7_png.rf.9f8e7d6c5b4a.jpg",
                "train/images/8_png.rf.0a1b2c3d4e5f.jpg",
            ],
            [[0, 1], [2]],
        ),
        (
            ["benign (1).png", "benign (2).png", "img_0003.png", "img_0004.png"],
            [[0], [1], [2], [3]],
        ),
    ],
)
def test_names_that_say_so_make_sequences(names, sequences, make_table):
    links = link_sequences(list_images("a", names), [make_table("a", names)])
    expected = [(group[0], row) for group in sequences for row in group[1:]]
    assert links.select("left", "right").rows() == expected
    assert links.schema == pl.Schema(LINK_COLUMNS)


def test_named_patients_make_names_silent(make_table):
    names = ["case12_frame003.png", "case12_frame004.png"]
    tables = [make_table("a", names)]
    assert link_sequences(list_images("a", names, "a/p"), tables).is_empty()


def test_a_manifest_tells_the_sequence_even_where_patients_are_named(make_table):
    names = ["x1-a.png", "x1-b.png", "x2-a.png"]
    table = make_table("a", names)
    told = {"name": "a", "images": {"sequence": r"^(?P<sequence>x\d)(?=-)"}}
    tables = [replace(table, manifest=Manifest.model_validate(told))]
    links = link_sequences(list_images("a", names, "a/p"), tables)
    assert links.select("left", "right", "evidence").rows() == [(0, 1, "same sequence")]


def test_a_patient_that_is_but_the_name_of_its_image_does_not_silence_names(make_table):
    names = ["case12_frame003.png", "case12_frame004.png"]
    images = list_images("a", names).with_columns(
        patient="a/" + pl.col("image").str.strip_suffix(".png")
    )
    assert link_sequences(images, [make_table("a", names)]).height == 1


def test_frames_of_one_video_are_grouped_not_joined(make_table):
    names = ["video1_1.png", "video1_2.png", "video2_1.png"]
    links = link((0, 1, "same fingerprints"), (1, 2, "same fingerprints"))
    kept = keep_frames_apart(links, list_images("a", names), [make_table("a", names)])
    assert kept["evidence"].to_list() == ["look-alike", "same fingerprints"]


def test_an_image_joins_the_nearest_frame_alone(make_table):
    names = ["video1_1.png", "video1_2.png", "video1_3.png"]
    images = pl.concat(
        [list_images("a", names), list_images("b", ["x.png"]).with_columns(row=pl.lit(3, pl.Int64))]
    )
    rows = [
        (0, 3, "same fingerprints", 0.03),
        (1, 3, "same fingerprints", 0.01),
        (2, 3, "look-alike", 0.005),
    ]
    links = pl.DataFrame(rows, schema=LINK_COLUMNS, orient="row")
    tables = [make_table("a", names), make_table("b", ["x.png"])]
    kept = keep_frames_apart(links, images, tables)
    assert kept["evidence"].to_list() == ["look-alike", "same fingerprints", "look-alike"]


def test_numbered_neighbours_that_look_alike_are_suspected_and_kept_apart(make_table):
    names = [f"{number}.png" for number in range(1, 13)]
    images, tables = list_images("a", names), [make_table("a", names)]
    links = link(
        *((row, row + 1, "same fingerprints") for row in range(8)), (0, 11, "same fingerprints")
    )
    suspected = suspect_sequences(links, images, tables)
    assert [(one.source, one.alike, one.neighbours) for one in suspected] == [("a", 8, 11)]
    assert suspected[0].example == ("1.png", "2.png")
    assert keep_frames_apart(links, images, tables)["evidence"].unique().to_list() == ["look-alike"]


def test_a_few_copies_among_numbered_images_are_still_joined(make_table):
    names = [f"benign ({number}).png" for number in range(1, 40)]
    images, tables = list_images("a", names), [make_table("a", names)]
    links = link(*((row, row + 1, "same fingerprints") for row in range(0, 12, 2)))
    assert suspect_sequences(links, images, tables) == []
    assert keep_frames_apart(links, images, tables).equals(links)


def test_images_of_two_sources_are_never_frames_of_one_video(make_table):
    names = ["video1_1.png"]
    images = pl.concat(
        [list_images("a", names), list_images("b", names).with_columns(row=pl.lit(1, pl.Int64))]
    )
    links = link((0, 1, "same fingerprints"))
    tables = [make_table("a", names), make_table("b", names)]
    assert keep_frames_apart(links, images, tables).equals(links)
    assert link_sequences(images, tables).is_empty()
