"""What stands in place of names, reasons and files."""

import polars as pl
import pytest

from labelassemble.assembly.hide_ids import hide_reason, name_images
from labelassemble.sources.header_columns import HEADER_COLUMNS
from labelassemble.sources.id_key import IdKey


@pytest.fixture
def key(tmp_path):
    return IdKey(tmp_path / "ids.key", bytes(range(32)))


def make_headers(**uids):
    rows = [{"path": path, "SOPInstanceUID": uid} for path, uid in uids.items()]
    return pl.DataFrame(rows, schema=HEADER_COLUMNS)


def test_an_object_has_one_hash_wherever_it_lies(key):
    def name(image, path):
        return name_images(pl.DataFrame({"image": [image], "path": [path]}), heads, key)[image]

    heads = make_headers(a="1.2.3", b="1.2.3", c=None)
    assert name("x/1", "a") == name("y", "b") == key.hide("SOPInstanceUID", "1.2.3")
    assert name("y#frame/2", "b#frame/2") == f"{name('y', 'b')}#frame/2"
    assert name("x/1", "c") == key.hide("image", "x/1")


def test_an_object_that_a_source_has_twice_goes_by_its_names(key):
    images = pl.DataFrame({"image": ["x", "y", "z"], "path": ["a", "b", None]})
    names = name_images(images, make_headers(a="1.2.3", b="1.2.3"), key)
    assert len(set(names.values())) == 3
    frames = pl.DataFrame({"image": ["x#frame/1", "x#frame/2"], "path": ["a#frame/1", "a#frame/2"]})
    assert len(set(name_images(frames, make_headers(a="1.2.3"), key).values())) == 2


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("its SeriesDescription is Dr. Miller", "its SeriesDescription is another"),
        ("its Modality is SR", "its Modality is SR"),
        ("its header has no StudyDate", "its header has no StudyDate"),
        ("a DICOM object without an image (Modality SR)",) * 2,
        ("no image that counts has its AccessionNumber",) * 2,
        ("unreadable: Expected an image in /data/Miller Anna/x.dcm, got none",
         "unreadable: Expected an image in ..."),
        ("row of Anna_Miller.csv", "row of ..."),
        ("patient 7 of 'Miller'", "patient ..."),
    ],
)  # fmt: skip
def test_reasons_name_nobody(reason, told):
    assert hide_reason(reason) == told
