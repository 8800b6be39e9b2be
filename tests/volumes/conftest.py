import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

WriteNifti = Callable[..., Path]
WriteSeries = Callable[..., Path]


@pytest.fixture
def write_nifti(tmp_path: Path) -> WriteNifti:
    """Write an array with an affine; header fields by keyword."""

    def write(
        voxels: np.ndarray,
        affine: np.ndarray | None = None,
        name: str = "image.nii.gz",
        unit: str = "mm",
        qform: np.ndarray | None = None,
        codes: tuple[int, int] = (1, 1),
        slope: tuple[float, float] | None = None,
    ) -> Path:
        affine = np.eye(4) if affine is None else affine
        image = nibabel.Nifti1Image(voxels, affine)
        image.set_sform(affine, code=codes[0])
        image.set_qform(affine if qform is None else qform, code=codes[1])
        image.header.set_xyzt_units(unit)
        if slope is not None:
            image.header.set_slope_inter(*slope)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nibabel.save(image, path)
        return path

    return write


@pytest.fixture
def write_series(tmp_path: Path) -> WriteSeries:
    """Write CT slices (stored numbers: rows columns a slice) at these places in the patient."""

    def write(
        stored: np.ndarray,
        name: str = "series",
        positions: Sequence[Sequence[float]] | None = None,
        orientation: Sequence[float] = (1, 0, 0, 0, 1, 0),
        spacing: tuple[float, float] = (0.8, 0.7),
        gap: float = 2.0,
        series: str | None = None,
        order: Sequence[int] | None = None,
        slopes: Sequence[float] | None = None,
        **more: object,
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        uid = series or generate_uid()
        normal = np.cross(orientation[:3], orientation[3:])
        start = len(list(folder.iterdir()))
        for place in range(len(stored)) if order is None else order:
            position = positions[place] if positions is not None else normal * gap * place
            dataset = make_slice(stored[place], CTImageStorage)
            dataset.SeriesInstanceUID = uid
            dataset.ImagePositionPatient = [float(one) for one in position]
            dataset.ImageOrientationPatient = [float(one) for one in orientation]
            dataset.PixelSpacing = list(spacing)
            dataset.RescaleSlope = 1.0 if slopes is None else slopes[place]
            dataset.RescaleIntercept = -1024.0
            dataset.Modality = "CT"
            for key, value in more.items():
                setattr(dataset, key, value)
            dataset.save_as(folder / f"IM{start:04d}", enforce_file_format=True)
            start += 1
        return folder

    return write


def make_slice(pixels: np.ndarray, kind: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kind
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = kind, meta.MediaStorageSOPInstanceUID
    dataset.PhotometricInterpretation, dataset.SamplesPerPixel = "MONOCHROME2", 1
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.BitsAllocated = pixels.itemsize * 8
    dataset.BitsStored = 12
    dataset.HighBit = 11
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    return dataset


@pytest.fixture
def write_multiframe(tmp_path: Path) -> Callable[[np.ndarray, float], Path]:
    """Write an enhanced CT: one file, a frame a slice, frames in reverse order."""

    def write(stored: np.ndarray, gap: float) -> Path:
        dataset = make_slice(stored[::-1], EnhancedCTImageStorage)
        dataset.NumberOfFrames = len(stored)
        dataset.SeriesInstanceUID = generate_uid()
        measures, orientation, values = Dataset(), Dataset(), Dataset()
        measures.PixelSpacing = [0.5, 0.5]
        orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 1, -1000, "HU"
        shared = Dataset()
        shared.PixelMeasuresSequence = DicomSequence([measures])
        shared.PlaneOrientationSequence = DicomSequence([orientation])
        shared.PixelValueTransformationSequence = DicomSequence([values])
        dataset.SharedFunctionalGroupsSequence = DicomSequence([shared])
        frames = []
        for place in reversed(range(len(stored))):
            position, frame = Dataset(), Dataset()
            position.ImagePositionPatient = [5.0, 6.0, gap * place]
            frame.PlanePositionSequence = DicomSequence([position])
            frames.append(frame)
        dataset.PerFrameFunctionalGroupsSequence = DicomSequence(frames)
        path = tmp_path / "enhanced.dcm"
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


def every_orientation() -> list[np.ndarray]:
    """The 48 ways in which three axes can run right, anterior, superior, or against it."""
    ways = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            for column, (row, sign) in enumerate(zip(order, signs, strict=True)):
                matrix[row, column] = sign
            ways.append(matrix)
    return ways


@pytest.fixture
def orientations() -> list[np.ndarray]:
    return every_orientation()


def make_turn(degrees: Sequence[float]) -> np.ndarray:
    """A rotation about the three axes in turn."""
    turn = np.eye(3)
    for axis, one in enumerate(degrees):
        cosine, sine = np.cos(np.radians(one)), np.sin(np.radians(one))
        step = np.eye(3)
        a, b = [k for k in range(3) if k != axis]
        step[a, a] = step[b, b] = cosine
        step[a, b], step[b, a] = -sine, sine
        turn = turn @ step
    return turn


@pytest.fixture
def turned() -> np.ndarray:
    return make_turn((8.0, -5.0, 12.0))
