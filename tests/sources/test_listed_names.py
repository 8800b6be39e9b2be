"""Names in a list against the names of images."""

import unicodedata

import polars as pl
import pytest

from labelassemble.sources.listed_names import match_names

IMAGES = pl.Series(["train/a.png", "train/Müller 1.png", "b.jpg", "b.png"])


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("train/a.png", "train/a.png"),
        ("a", "train/a.png"),
        ("A.JPG", "train/a.png"),
        ("set/train/a.dcm", "train/a.png"),
        (unicodedata.normalize("NFD", "Müller 1.jpg"), "train/Müller 1.png"),
        ("b.jpg", "b.jpg"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, image: str) -> None:
    found = match_names(pl.Series([name]), IMAGES)
    assert found.images.to_list() == [image]
    assert found.lost.is_empty()


def test_images_whose_accents_are_taken_apart_are_found_too() -> None:
    apart = unicodedata.normalize("NFD", "Müller.png")
    assert match_names(pl.Series(["Müller"]), pl.Series([apart])).images.to_list() == [apart]


def test_a_stem_of_two_images_is_told() -> None:
    found = match_names(pl.Series(["b", "c"]), IMAGES)
    assert found.several == {"b": ["b.jpg", "b.png"]}
    assert found.lost.to_list() == ["c"]
