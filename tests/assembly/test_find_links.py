import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.find_links import CONTENT_COLUMNS, find_links
from labelassemble.assembly.near_duplicates import find_near_duplicates
from labelassemble.errors import AssemblyError
from labelassemble.images.fingerprint import fingerprint_image
from labelassemble.settings import AssemblySettings, CrosswalkSettings


@pytest.fixture
def images():
    names = [("a", "1"), ("a", "2"), ("b", "x"), ("b", "y")]
    frame = pl.DataFrame(names, schema=["source", "image"], orient="row")
    return frame.with_columns(row=pl.int_range(4), patient=pl.lit(None, pl.String))


@pytest.fixture(scope="module")
def fingerprints():
    """Three images: two that nobody would take for one another, and the first again, smaller."""
    generator = np.random.default_rng(0)

    def draw():
        coarse = generator.random((12, 12)).astype(np.float32)
        return np.kron(coarse, np.ones((20, 20), dtype=np.float32))

    first, second = draw(), draw()
    found = [fingerprint_image(one).local_contrast for one in (first, second, first[::2, ::2])]
    assert "same image" in find_near_duplicates(np.stack(found))["tier"].to_list()
    return [one.tobytes() for one in found]


def contents(rows):
    return pl.DataFrame(
        [(*row[:4], None, row[4]) for row in rows], schema=CONTENT_COLUMNS, orient="row"
    )


def told(links):
    return links.select("left", "right", "evidence").rows()


def test_every_kind_of_evidence_is_asked_and_each_can_be_left(images, make_table, fingerprints):
    tables = [make_table("a", ["1", "2"]), make_table("b", ["x", "y"], overlaps=({"source": "a"},))]
    known = contents(
        [
            ("a", "1", "f", "p", fingerprints[0]),
            ("a", "2", "g", "q", fingerprints[1]),
            ("b", "x", "f", "r", fingerprints[2]),
            ("b", "y", "h", "q", None),
        ]
    )
    links, files = find_links(images, tables, AssemblySettings(), known)
    assert told(links) == [(0, 2, "same file"), (0, 2, "same fingerprints"), (1, 3, "same pixels")]
    assert files == []
    without = AssemblySettings(same_content=False, same_pixels=False)
    assert told(find_links(images, tables, without, known)[0]) == [(0, 2, "same fingerprints")]
    grouped = without.model_copy(update={"similar_images": "group"})
    assert told(find_links(images, tables, grouped, known)[0]) == [(0, 2, "look-alike")]
    nothing = without.model_copy(update={"similar_images": "ignore"})
    assert find_links(images, tables, nothing, known)[0].is_empty()
    assert find_links(images, tables, AssemblySettings(), None)[0].is_empty()


def test_a_crosswalk_of_a_source_that_is_not_there(images, make_table, tmp_path):
    (tmp_path / "walk.csv").write_text("l,r\n1,x\n")
    walk = CrosswalkSettings(
        file=tmp_path / "walk.csv",
        left_source="a",
        left_column="l",
        right_source="bb",
        right_column="r",
    )
    with pytest.raises(AssemblyError, match="no source 'bb'"):
        find_links(images, [make_table("a", ["1"])], AssemblySettings(crosswalks=(walk,)), None)
