"""Headers of a hospital's DICOM files: the first time, and when nothing has changed since."""

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from benchmarks.row import Row
from benchmarks.take_turns import take_turns
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.sources.header_columns import TAGS

COUNT = 20_000
SIDE = 64
UID = "1.2.826.0.1.3680043.1000000"
"""Stands in the object that is copied, in place of each copy's own number."""


def measure() -> Iterator[Row]:
    """Milliseconds a file; first and second time in turn with the plain way."""
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(Path(folder) / "tree")
        kept = Path(folder) / "headers.parquet"
        ways = {
            "first time": partial(read_headers, paths),
            "second time": partial(read_headers, paths, kept),
            "plain": partial(_read_plainly, paths),
        }
        taken = take_turns(ways)
    taken = {way: [1_000 * one / COUNT for one in seconds] for way, seconds in taken.items()}
    for way in ("first time", "second time"):
        yield Row(
            f"headers of {COUNT:,} DICOM files, {way}",
            "a file; plain: pydicom.dcmread of the same elements, one file after the other",
            "ms",
            taken[way],
            taken["plain"],
        )


def write_files(folder: Path) -> list[str]:
    """Write copies of one radiograph, each of a study of its own, with UIDs as names."""
    folder.mkdir()
    data = _make_object()
    paths = []
    for number in range(1, COUNT + 1):
        uid = f"{UID[:-7]}{1_000_000 + number}"
        path = folder / uid
        path.write_bytes(data.replace(UID.encode(), uid.encode()))
        paths.append(str(path))
    return paths


def _make_object() -> bytes:
    made = pydicom.Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = UID
    made.SOPInstanceUID = made.SeriesInstanceUID = made.StudyInstanceUID = UID
    made.PatientID, made.PatientName, made.PatientSex = UID[-7:], "Name^A", "F"
    made.PatientBirthDate, made.StudyDate, made.StudyTime = "19500101", "20240131", "101500"
    made.AccessionNumber, made.Modality, made.BodyPartExamined = UID[-7:], "DX", "CHEST"
    made.ViewPosition, made.ImageType = "PA", ["ORIGINAL", "PRIMARY"]
    made.StudyDescription, made.SeriesDescription = "Thorax", "PA"
    made.Manufacturer, made.StationName = "Maker", "ROOM1"
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = SIDE, SIDE
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.PixelData = np.zeros((SIDE, SIDE), np.uint16).tobytes()
    file = BytesIO()
    pydicom.dcmwrite(file, made, enforce_file_format=True)
    return file.getvalue()


def _read_plainly(paths: Sequence[str]) -> None:
    tags = list(TAGS.values())
    for path in paths:
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=tags)
        for tag in tags:
            header.get(tag)
