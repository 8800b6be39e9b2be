import io
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from labelassemble.errors import ImageError
from labelassemble.inference.dicom_checks import TrainedHeaders, check_header, describe_headers

CR, CAPTURE = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.7"
CHEST = describe_headers([], [("X-ray", "chest"), ("X-ray", "chest")])


def write(uid: str = CR, **elements: str) -> bytes:
    made = pydicom.Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID = uid
    for name, value in elements.items():
        setattr(made, name, value)
    file = io.BytesIO()
    made.file_meta.MediaStorageSOPClassUID = uid
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = "1.2.3"
    pydicom.dcmwrite(file, made, enforce_file_format=True)
    return file.getvalue()


def check(data: bytes, trained: TrainedHeaders = CHEST) -> str | None:
    return check_header(data, Path("a.dcm"), trained)


def test_headers_like_those_of_training_say_nothing() -> None:
    for modality, part in (("CR", "CHEST"), ("DX", "CHEST PA"), ("", ""), ("DX", "RIBS_LEFT")):
        assert check(write(Modality=modality, BodyPartExamined=part)) is None
    assert check(b"\x89PNG no DICOM file") is None
    assert check(write(Modality="CR")[:200]) is None, "its pixels say what is wrong"


def test_other_modalities_and_body_parts_are_named() -> None:
    assert check(write(Modality="MR", BodyPartExamined="CHEST")) == "Modality MR"
    assert check(write(Modality="DX", BodyPartExamined="SHOULDER")) == "BodyPartExamined SHOULDER"
    assert check(write(Modality="US"), TrainedHeaders()) is None, "nobody says what was learned"


def test_what_training_files_say_counts_beside_manifests() -> None:
    trained = describe_headers([(CAPTURE, "XA", "KNEE LEFT")], [("X-ray", "chest")])
    assert check(write(Modality="XA", BodyPartExamined="CHEST"), trained) is None
    assert check(write(Modality="CR", BodyPartExamined="KNEE_LEFT"), trained) is None
    assert check(write(CAPTURE), trained) is None, "they were Secondary Captures themselves"
    # A source that says nothing may hold anything.
    unknown = describe_headers([(CR, "CR", "CHEST")], [("X-ray", "chest"), ("", "")])
    assert check(write(Modality="MR", BodyPartExamined="HEAD"), unknown) is None


def test_a_secondary_capture_must_show_that_it_is_a_radiograph() -> None:
    """As RSNA's challenge publishes radiographs; a page of a dose report says less."""
    assert check(write(CAPTURE, Modality="CR", BodyPartExamined="CHEST")) is None
    assert check(write(CAPTURE, Modality="CR", ViewPosition="PA")) is None
    for elements in (
        {"Modality": "CR"},
        {"Modality": "OT", "BodyPartExamined": "CHEST"},
        {"Modality": "CR", "BodyPartExamined": "HAND"},
        {"BodyPartExamined": "CHEST"},
        {},
    ):
        with pytest.raises(ImageError, match="a DICOM Secondary Capture"):
            check(write(CAPTURE, **elements))
    with pytest.raises(ImageError, match="a DICOM Secondary Capture"):
        check(write(f"{CAPTURE}.4", Modality="OT"))


def test_real_radiographs_of_a_challenge_are_taken(real_data: Path) -> None:
    files = sorted((real_data / "originals").glob("*.dcm"))
    assert len(files) == 2
    assert [check(path.read_bytes()) for path in files] == [None, None]
