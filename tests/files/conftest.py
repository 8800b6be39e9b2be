"""Files that the tests of this stage share."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation as DigitalXRay
from pydicom.uid import ExplicitVRLittleEndian, generate_uid


@pytest.fixture
def dicom() -> Callable[..., bytes]:
    """A DICOM file of these pixels, with these elements."""

    def write(
        pixels: np.ndarray,
        kind: str = "MONOCHROME2",
        preamble: bool = True,
        raw: dict[int, tuple[str, object]] | None = None,
        syntax: str = ExplicitVRLittleEndian,
        **more: object,
    ) -> bytes:
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = DigitalXRay
        meta.MediaStorageSOPInstanceUID = generate_uid()
        meta.TransferSyntaxUID = syntax
        dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID = DigitalXRay
        dataset.PhotometricInterpretation = kind
        dataset.Rows, dataset.Columns = pixels.shape[:2]
        dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
        if pixels.ndim == 3:
            dataset.PlanarConfiguration = 0
        dataset.BitsAllocated = pixels.itemsize * 8
        dataset.BitsStored = more.pop("BitsStored", dataset.BitsAllocated)
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
        dataset.PixelData = pixels.tobytes()
        for name, value in more.items():
            setattr(dataset, name, value)
        for tag, (kind_of_value, value) in (raw or {}).items():
            dataset.add_new(tag, kind_of_value, value)
        buffer = io.BytesIO()
        if preamble:
            dataset.save_as(buffer, enforce_file_format=True)
        else:
            del dataset.file_meta
            dataset.preamble = None
            dataset.save_as(buffer, implicit_vr=False, little_endian=True)
        return buffer.getvalue()

    return write
