import io

import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from labelassemble.files.is_dicom import HEAD_BYTES, starts_as_dicom


def dataset():
    made = pydicom.Dataset()
    made.SpecificCharacterSet = "ISO_IR 100"
    made.Modality = "CR"
    made.PatientID = "7"
    return made


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_a_file_without_preamble_is_known_by_its_first_element(implicit, little):
    content = io.BytesIO()
    pydicom.dcmwrite(content, dataset(), implicit_vr=implicit, little_endian=little)
    assert starts_as_dicom(content.getvalue()[:HEAD_BYTES])


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_a_file_with_preamble_is_known_by_its_mark(syntax):
    made = dataset()
    made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1", "1.2.3"
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = syntax
    content = io.BytesIO()
    pydicom.dcmwrite(content, made, enforce_file_format=True)
    start = content.getvalue()[:HEAD_BYTES]
    assert starts_as_dicom(start)
    assert starts_as_dicom(start[132:])


@pytest.mark.parametrize(
    "content",
    [b"", b"\x08", b"\x08\x00\x05", b"\x89PNG\r\n\x1a\n" * 20, b"II*\x00" + bytes(200),
     b"\xff\xd8\xff\xe0" + bytes(200), b"image,label\n", bytes(200), b"PK\x03\x04" + bytes(200),
     b"\x08\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x02\x00\x08\x00\x01\x00\x00\x00abcd"],
)  # fmt: skip
def test_other_files_are_no_dicom(content):
    assert not starts_as_dicom(content)
