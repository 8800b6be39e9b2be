"""Series of CT, and objects drawn on them, as highdicom and pydicom write them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from highdicom.seg import SegmentationTypeValues
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

SHAPE = (6, 20, 24)
"""Slices, rows, columns."""

NODULE = highdicom.sr.CodedConcept("27925004", "SCT", "Nodule")
ALGORITHM = highdicom.AlgorithmIdentificationSequence(
    name="by hand", version="1", family=codes.DCM.ArtificialIntelligence
)
OBLIQUE = (0.8, 0.6, 0.0, -0.6, 0.8, 0.0)


def new_file(storage: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = storage, meta.MediaStorageSOPInstanceUID
    return dataset


class Study:
    """A folder with one CT series of one patient."""

    def __init__(
        self,
        folder: Path,
        patient: str = "P1",
        orientation: Sequence[float] = (1, 0, 0, 0, 1, 0),
        gap: float = 2.5,
        flat: bool = False,
    ) -> None:
        self.folder = folder / (patient if not flat else ".")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.patient, self.uid, self.frame = patient, str(generate_uid()), str(generate_uid())
        self.study = str(generate_uid())
        self.orientation, self.gap = np.array(orientation, dtype=float), gap
        self.spacing = (0.8, 0.7)
        self.origin = np.array([-10.0, -20.0, 35.0])
        generator = np.random.default_rng(len(patient))
        self.slices: list[FileDataset] = []
        for place in range(SHAPE[0]):
            self.slices.append(self._write(place, generator))

    @property
    def normal(self) -> np.ndarray:
        return np.cross(self.orientation[:3], self.orientation[3:])

    def point(self, column: float, row: float, place: float) -> np.ndarray:
        """LPS millimetres of a place in pixels."""
        return (
            self.origin
            + self.orientation[:3] * column * self.spacing[1]
            + self.orientation[3:] * row * self.spacing[0]
            + self.normal * place * self.gap
        )

    def _write(self, place: int, generator: np.random.Generator) -> FileDataset:
        dataset = new_file(CTImageStorage)
        dataset.PatientID, dataset.PatientName = self.patient, f"{self.patient}^A"
        dataset.PatientBirthDate = dataset.PatientSex = dataset.AccessionNumber = ""
        dataset.StudyDate = dataset.StudyTime = dataset.StudyID = ""
        dataset.ReferringPhysicianName = ""
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = self.study, self.uid
        dataset.FrameOfReferenceUID, dataset.Modality = self.frame, "CT"
        dataset.SeriesNumber, dataset.InstanceNumber = 1, place + 1
        dataset.Rows, dataset.Columns = SHAPE[1:]
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
        dataset.PixelRepresentation = 0
        dataset.PixelSpacing, dataset.SliceThickness = list(self.spacing), self.gap
        dataset.ImageOrientationPatient = self.orientation.tolist()
        dataset.ImagePositionPatient = [round(float(one), 6) for one in self.point(0, 0, place)]
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
        values = generator.integers(0, 2000, SHAPE[1:]).astype(np.uint16)
        dataset.PixelData = values.tobytes()
        dataset.save_as(self.folder / f"ct{place:02d}.dcm", enforce_file_format=True)
        return dataset

    def write_seg(
        self,
        masks: np.ndarray,
        labels: Sequence[str],
        name: str = "seg.dcm",
        kind: str = "BINARY",
        code: highdicom.sr.CodedConcept = NODULE,
        change: Any = None,
    ) -> Path:
        """Masks: slices, rows, columns, segments."""
        segments = [
            highdicom.seg.SegmentDescription(
                segment_number=number,
                segment_label=label,
                segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
                segmented_property_type=code,
                algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
            )
            for number, label in enumerate(labels, start=1)
        ]
        made = highdicom.seg.Segmentation(
            source_images=self.slices,
            pixel_array=masks.astype(np.uint8),
            segmentation_type=SegmentationTypeValues[kind],
            segment_descriptions=segments,
            series_instance_uid=generate_uid(),
            series_number=2,
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer="m",
            manufacturer_model_name="m",
            software_versions="1",
            device_serial_number="1",
        )
        if change is not None:
            change(made)
        made.save_as(self.folder / name)
        return self.folder / name

    def write_structures(
        self,
        regions: Sequence[tuple[str, Sequence[np.ndarray], str]],
        name: str = "rtstruct.dcm",
        frame: str | None = None,
    ) -> Path:
        """Regions: name, contours (LPS millimetres), geometric type."""
        dataset = new_file("1.2.840.10008.5.1.4.1.1.481.3")
        dataset.PatientID, dataset.Modality = self.patient, "RTSTRUCT"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = self.study, generate_uid()
        series, study, reference = Dataset(), Dataset(), Dataset()
        series.SeriesInstanceUID = self.uid
        study.RTReferencedSeriesSequence = [series]
        reference.FrameOfReferenceUID = frame or self.frame
        reference.RTReferencedStudySequence = [study]
        dataset.ReferencedFrameOfReferenceSequence = [reference]
        dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
        dataset.RTROIObservationsSequence = []
        for number, (called, contours, kind) in enumerate(regions, start=1):
            roi, drawn, about = Dataset(), Dataset(), Dataset()
            roi.ROINumber, roi.ROIName = number, called
            roi.ReferencedFrameOfReferenceUID = frame or self.frame
            drawn.ReferencedROINumber = about.ReferencedROINumber = number
            about.ObservationNumber = number
            drawn.ContourSequence = []
            for points in contours:
                contour = Dataset()
                contour.ContourGeometricType = kind
                contour.NumberOfContourPoints = len(points)
                contour.ContourData = [round(float(one), 5) for one in np.ravel(points)]
                drawn.ContourSequence.append(contour)
            dataset.StructureSetROISequence.append(roi)
            dataset.ROIContourSequence.append(drawn)
            dataset.RTROIObservationsSequence.append(about)
        dataset.save_as(self.folder / name, enforce_file_format=True)
        return self.folder / name

    def write_report(
        self, seg: Path, predictions: Sequence[tuple[str, str]], name="sr.dcm"
    ) -> Path:
        """A TID 1500 report on the first segment of a segmentation."""
        segment = pydicom.dcmread(seg)
        reference = highdicom.sr.ReferencedSegment(
            sop_class_uid=segment.SOPClassUID,
            sop_instance_uid=segment.SOPInstanceUID,
            segment_number=1,
            source_series=highdicom.sr.SourceSeriesForSegmentation(self.uid),
        )
        group = highdicom.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=highdicom.sr.TrackingIdentifier(generate_uid(), "Nodule 1"),
            referenced_segment=reference,
            finding_type=NODULE,
            qualitative_evaluations=[
                highdicom.sr.QualitativeEvaluation(
                    highdicom.sr.CodedConcept(f"q{place}", "99X", question),
                    highdicom.sr.CodedConcept(f"a{place}", "99X", probability),
                )
                for place, (question, probability) in enumerate(predictions)
            ],
        )
        observer = highdicom.sr.ObserverContext(
            observer_type=codes.DCM.Person,
            observer_identifying_attributes=highdicom.sr.PersonObserverIdentifyingAttributes(
                name="Doe^Jane"
            ),
        )
        report = highdicom.sr.MeasurementReport(
            observation_context=highdicom.sr.ObservationContext(observer_person_context=observer),
            procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
            imaging_measurements=[group],
        )
        made = highdicom.sr.Comprehensive3DSR(
            evidence=[segment, *self.slices],
            content=report,
            series_number=3,
            series_instance_uid=generate_uid(),
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer="m",
            is_complete=True,
            is_verified=False,
        )
        made.save_as(self.folder / name)
        return self.folder / name


@pytest.fixture
def make_study() -> type[Study]:
    return Study


def draw_masks(count: int = 1, seed: int = 0) -> np.ndarray:
    """Blobs in the middle slices: slices, rows, columns, segments."""
    generator = np.random.default_rng(seed)
    masks = np.zeros((*SHAPE, count), dtype=bool)
    for number in range(count):
        row, column = generator.integers(3, 9, 2)
        blob = generator.random((3, 6, 7)) < 0.7
        masks[1:4, row : row + 6, column : column + 7, number] = blob
    return masks


@pytest.fixture(name="draw_masks")
def give_draw_masks() -> Any:
    return draw_masks
