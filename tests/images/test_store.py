import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from labelassemble.assembly.fingerprints import FINGERPRINT_BYTES
from labelassemble.errors import ImageError
from labelassemble.files.read_image import read_image
from labelassemble.images.build_store import build_store
from labelassemble.images.fingerprint import fingerprint_image
from labelassemble.images.store import read_fingerprints
from labelassemble.settings import ImageSettings

Write = Callable[..., dict[str, Path]]


def test_fingerprints_are_those_of_the_files_whatever_the_size(
    tmp_path: Path, write_images: Write
) -> None:
    files = write_images(4)
    # The same pixels in another file.
    again = tmp_path / "files" / "again.png"
    cv2.imwrite(
        str(again), cv2.imread(str(files["hospital/0"]), -1), [cv2.IMWRITE_PNG_COMPRESSION, 0]
    )
    files["other/again"] = again
    folder = tmp_path / "store"
    stores = [build_store(files, ImageSettings(size=size), folder) for size in (16, 32)]
    told = [read_fingerprints(store) for store in stores]
    assert told[0].equals(told[1])
    rows = {row["record"]: row for row in told[0].iter_rows(named=True)}
    assert set(rows) == set(files)
    for record, path in files.items():
        expected = fingerprint_image(read_image(path))
        assert rows[record]["pixel_sha256"] == expected.pixel_sha256.hex()
        assert rows[record]["fingerprint"] == expected.local_contrast.tobytes()
        assert len(rows[record]["fingerprint"]) == FINGERPRINT_BYTES
    first, copy = rows["hospital/0"], rows["other/again"]
    assert first["sha256"] != copy["sha256"]
    assert first["pixel_sha256"] == copy["pixel_sha256"]


def test_no_image_has_no_fingerprint(tmp_path: Path) -> None:
    store = build_store({}, ImageSettings(size=16), tmp_path / "store")
    assert read_fingerprints(store).is_empty()


def test_a_row_that_is_not_there_is_refused(tmp_path: Path, write_images: Write) -> None:
    store = build_store(write_images(2), ImageSettings(size=16), tmp_path / "store")
    with pytest.raises(ImageError, match="rows from 0 to 1"):
        store.read(np.array([2]))


def test_fingerprints_of_a_folder_that_was_removed_are_told(
    tmp_path: Path, write_images: Write
) -> None:
    files = write_images(2)
    store = build_store(files, ImageSettings(size=16), tmp_path / "store")
    shutil.rmtree(tmp_path / "store")
    with pytest.raises(ImageError, match="2 of 2 are not there"):
        read_fingerprints(store)
