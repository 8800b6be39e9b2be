import io
import resource
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from labelassemble.errors import ImageError
from labelassemble.files import growth
from labelassemble.files.open_dicom import open_dicom
from labelassemble.files.read_image import read_image
from labelassemble.files.read_size import read_size

GREY = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)


def test_deflated_files_are_read_until_they_grow_beyond_the_bounds(
    dicom: Callable[..., bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, packed, bomb = (tmp_path / name for name in ("a.dcm", "b.dcm", "c.dcm"))
    plain.write_bytes(dicom(GREY))
    packed.write_bytes(dicom(GREY, syntax=DeflatedExplicitVRLittleEndian))
    assert np.array_equal(read_image(packed), read_image(plain))
    assert open_dicom(packed, tags=["Rows"]).Rows == 64
    zeros = np.zeros((1000, 1000), dtype=np.uint16)
    bomb.write_bytes(dicom(zeros, syntax=DeflatedExplicitVRLittleEndian))
    monkeypatch.setattr(growth, "HARMLESS", 2**20)
    for read in (read_image, read_size):
        with pytest.raises(ImageError, match="-fold: is it made to fill"):
            read(bomb)
    with pytest.raises(ImageError, match="allow more: LABELASSEMBLE_UNPACKED_RATIO"):
        read_image(bomb)
    monkeypatch.setenv("LABELASSEMBLE_UNPACKED_RATIO", "5000")
    assert read_size(bomb).width == 1000


def test_damaged_deflated_files_are_told_as_such(dicom: Callable[..., bytes]) -> None:
    data = dicom(GREY, syntax=DeflatedExplicitVRLittleEndian)
    with pytest.raises(zlib.error):
        open_dicom(io.BytesIO(data[:-2000]), pixels=True)


def test_an_element_that_claims_more_than_the_file_takes_no_memory(
    dicom: Callable[..., bytes], tmp_path: Path
) -> None:
    data = dicom(GREY, PatientComments="a" * 40)
    at = data.index(b"a" * 40)
    assert data[at - 4 : at - 2] == b"LT", "whose length has two bytes"
    claims = data[: at - 4] + b"UT\0\0" + (2**32 - 20).to_bytes(4, "little") + data[at:]
    path = tmp_path / "a.dcm"
    path.write_bytes(claims)
    taken = resource.getrlimit(resource.RLIMIT_AS)
    with Path("/proc/self/statm").open() as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + 2**30, taken[1]))
    try:
        for read in (read_image, read_size):
            with pytest.raises(ImageError, match=r" in .*a\.dcm"):
                read(path)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, taken)


def test_an_open_file_that_has_no_name_is_read(dicom: Callable[..., bytes]) -> None:
    nameless = io.BufferedReader(io.BytesIO(dicom(GREY, PatientID="p7")))
    assert open_dicom(nameless, tags=["PatientID"]).PatientID == "p7"
