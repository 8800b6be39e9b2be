"""Radiographs as a detector writes them."""

from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian


def make_radiograph(pixels: np.ndarray, number: int, **changes: Any) -> Dataset:
    """A complete object of digital radiography; None takes an element out."""
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 100"
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    made.StudyInstanceUID = f"1.2.826.0.1.77.{number}"
    made.SeriesInstanceUID = f"1.2.826.0.1.77.{number}.1"
    made.SOPInstanceUID = f"1.2.826.0.1.77.{number}.1.1"
    made.PatientID, made.PatientName = f"P{number:04}", f"Müller{number}^Anna"
    made.PatientBirthDate, made.PatientSex, made.AccessionNumber = "19600102", "F", f"A{number}"
    made.StudyDate, made.StudyTime, made.StudyID = "20240131", "101500", str(number)
    made.SeriesDate = made.ContentDate = made.AcquisitionDate = "20240131"
    made.ContentTime = made.AcquisitionTime = "101501"
    made.ReferringPhysicianName, made.Manufacturer = "", "Detectors"
    made.Modality, made.BodyPartExamined, made.ViewPosition = "DX", "CHEST", "PA"
    made.PatientOrientation, made.Laterality = ["L", "F"], ""
    made.SeriesNumber, made.InstanceNumber = 1, 1
    made.ImageType, made.PresentationIntentType = ["ORIGINAL", "PRIMARY"], "FOR PRESENTATION"
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.ImagerPixelSpacing = [0.2, 0.2]
    made.PixelData = (pixels.astype(np.uint16) << 4).tobytes()
    for name, value in changes.items():
        if value is None:
            del made[name]
        else:
            setattr(made, name, value)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.get("SOPClassUID", "1.2.3")
    made.file_meta.MediaStorageSOPInstanceUID = made.get("SOPInstanceUID", "1.2.3")
    return made


def write_radiographs(images: list[np.ndarray], folder: Path) -> list[Path]:
    """Grey images as radiographs of as many patients."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, pixels in enumerate(images, start=1):
        paths.append(folder / f"{number:03}.dcm")
        make_radiograph(pixels, number).save_as(paths[-1], enforce_file_format=True)
    return paths
