"""DICOM trees as a PACS writes them: UIDs as names, no extensions, other objects among them."""

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

CLASSES = {
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "SR": "1.2.840.10008.5.1.4.1.1.88.33",
    "PR": "1.2.840.10008.5.1.4.1.1.11.1",
    "KO": "1.2.840.10008.5.1.4.1.1.88.59",
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
}
NO_IMAGE = ("SR", "PR", "KO")


def make_object(study=1, series=1, image=1, modality="DX", **elements):
    """One DICOM object; its UIDs come from three numbers."""
    made = pydicom.Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = CLASSES[modality]
    made.StudyInstanceUID = f"1.2.826.0.1.{study}"
    made.SeriesInstanceUID = f"1.2.826.0.1.{study}.{series}"
    made.SOPInstanceUID = f"1.2.826.0.1.{study}.{series}.{image}"
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.Modality = modality
    made.PatientID = f"PAT{study:04d}"
    made.PatientName, made.PatientBirthDate, made.PatientSex = f"Name{study}^A", "19500101", "F"
    made.AccessionNumber = f"{study:08d}"
    made.StudyDate, made.StudyTime, made.StudyID = "20240131", "101500", str(study)
    made.SeriesNumber, made.InstanceNumber = series, image
    if modality not in NO_IMAGE:
        made.ImageType = ["ORIGINAL", "PRIMARY"]
        made.ViewPosition = "PA"
        made.BodyPartExamined = "CHEST"
        made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
        made.Rows, made.Columns = 32, 32
        made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
        made.PixelRepresentation = 0
        generator = np.random.default_rng(100 * study + 10 * series + image)
        pixels = generator.integers(0, 4000, (32, 32), dtype=np.uint16)
        made.PixelData = pixels.tobytes()
    for name, value in elements.items():
        if value is None:
            delattr(made, name)
        else:
            setattr(made, name, value)
    return made


def write_tree(folder, objects, index=True):
    """Write objects to ``<study>/<series>/<object>`` by their UIDs, and a DICOMDIR."""
    folder.mkdir(parents=True, exist_ok=True)
    for made in objects:
        place = folder / made.StudyInstanceUID / made.SeriesInstanceUID / made.SOPInstanceUID
        place.parent.mkdir(parents=True, exist_ok=True)
        pydicom.dcmwrite(place, made, enforce_file_format=True)
    if index:
        made = pydicom.Dataset()
        made.file_meta = FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
        made.file_meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.9999"
        made.FileSetID, made.DirectoryRecordSequence = "EXPORT", []
        pydicom.dcmwrite(folder / "DICOMDIR", made, enforce_file_format=True)


def write_hospital(folder, studies=6):
    """Studies with a frontal and a lateral image, a report, and a CT among them."""
    objects = []
    for study in range(1, studies + 1):
        facts = {"PatientID": f"PAT{(study + 1) // 2:04d}", "PatientAge": f"{40 + study:03d}Y",
                 "StudyDate": f"202{2 + study // 3}0{1 + study % 4}15"}  # fmt: skip
        objects += [
            make_object(study, 1, 1, **facts),
            make_object(study, 1, 2, ViewPosition="LL", **facts),
            make_object(study, 2, 1, "SR", **facts),
            make_object(study, 3, 1, "PR", **facts),
        ]
    objects += [make_object(studies + 1, 1, number, "CT") for number in (1, 2, 3)]
    write_tree(folder, objects)
    return objects
