import numpy as np
import polars as pl
import pytest
from scipy.ndimage import gaussian_filter

from labelassemble.assembly.find_links import CONTENT_COLUMNS
from labelassemble.assembly.keep_places import keep_places
from labelassemble.assembly.links import LINK_COLUMNS
from labelassemble.images.fingerprint import fingerprint_image

MASKS = {
    "labels": {
        "encoding": "mask_values",
        "case": r"(?P<case>.*)\.png",
        "mask": "{case}_mask.png",
        "values": {"1": "Mass"},
    }
}
BOX = ("1.png", "mass", "", 1.0, 1.0, 5.0, 5.0, 80, 60)


@pytest.fixture(scope="module")
def record() -> np.ndarray:
    grain = gaussian_filter(np.random.default_rng(0).standard_normal((60, 80)), 2)
    return ((grain - grain.min()) / np.ptp(grain)).astype(np.float32)


def change(record: np.ndarray, name: str) -> np.ndarray:
    rows = np.linspace(4, 55, 60).round().astype(int)
    columns = np.linspace(4, 75, 80).round().astype(int)
    return {
        "as it is": record,
        "other greys": record**1.5,
        "larger": record.repeat(2, axis=0).repeat(2, axis=1),
        "cropped": record[3:, 4:],
        "cropped and as large again": record[rows][:, columns],
        "border in the same frame": np.pad(record[:50, :70], ((5, 5), (5, 5))),
    }[name]


def keep(one, other, make_table, evidence="same fingerprints", first=None, second=None) -> str:
    tables = [
        make_table("a", ["1.png"], **(first or {})),
        make_table("b", ["1.png"], **(second or {})),
    ]
    images = pl.DataFrame({"row": [0, 1], "source": ["a", "b"], "image": ["1.png", "1.png"]})
    prints = [fingerprint_image(np.ascontiguousarray(record)) for record in (one, other)]
    contents = pl.DataFrame(
        {
            "source": ["a", "b"],
            "image": ["1.png", "1.png"],
            "frame": [p.frame for p in prints],
            "fingerprint": [p.local_contrast.tobytes() for p in prints],
        },
        schema={
            name: CONTENT_COLUMNS[name] for name in ("source", "image", "frame", "fingerprint")
        },
    )
    links = pl.DataFrame([(0, 1, evidence, 0.01)], schema=LINK_COLUMNS, orient="row")
    return keep_places(links, images, tables, contents)["evidence"][0]


CHANGES = {
    "as it is": True,
    "other greys": True,
    "larger": False,
    "cropped": False,
    "cropped and as large again": False,
    "border in the same frame": False,
}


@pytest.mark.parametrize(("name", "joined"), CHANGES.items())
def test_a_mask_is_joined_with_nothing_of_another_geometry(name, joined, record, make_table):
    other = change(record, name)
    expected = "same fingerprints" if joined else "look-alike"
    assert keep(record, other, make_table, first=MASKS) == expected
    assert keep(other, record, make_table, second=MASKS) == expected
    assert keep(record, other, make_table) == "same fingerprints"


@pytest.mark.parametrize(("name", "joined"), {**CHANGES, "larger": True}.items())
def test_boxes_have_a_frame_and_bear_another_size(name, joined, record, make_table):
    found = keep(record, change(record, name), make_table, first={"boxes": [BOX]})
    assert found == ("same fingerprints" if joined else "look-alike")


@pytest.mark.parametrize(
    ("evidence", "weaker"), [("shared name", "shared patient"), ("crosswalk", "weak crosswalk")]
)
def test_names_do_not_join_masks_of_another_size_either(evidence, weaker, record, make_table):
    larger = change(record, "larger")
    assert keep(record, larger, make_table, evidence, first=MASKS) == weaker
    assert keep(record, larger, make_table, evidence, first={"boxes": [BOX]}) == evidence
    assert (
        keep(record, change(record, "other greys"), make_table, evidence, first=MASKS) == evidence
    )


def test_a_chain_does_not_carry_a_mask_elsewhere(record, make_table):
    tables = [make_table("a", ["1.png"], **MASKS), make_table("b", ["1.png", "2.png"])]
    images = pl.DataFrame(
        {"row": [0, 1, 2], "source": ["a", "b", "b"], "image": ["1.png", "1.png", "2.png"]}
    )
    fingerprints = [
        fingerprint_image(p) for p in (record, record, np.ascontiguousarray(record[3:, 4:]))
    ]
    contents = images.select("source", "image").with_columns(
        frame=pl.Series([p.frame for p in fingerprints]),
        fingerprint=pl.Series([p.local_contrast.tobytes() for p in fingerprints]),
    )
    rows = [(0, 1, "same file", None), (1, 2, "same fingerprints", 0.01)]
    links = pl.DataFrame(rows, schema=LINK_COLUMNS, orient="row")
    kept = keep_places(links, images, tables, contents)
    assert kept["evidence"].to_list() == ["same file", "look-alike"]
