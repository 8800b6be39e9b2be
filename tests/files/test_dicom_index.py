from labelassemble.files.dicom_index import is_dicom_index


def test_an_index_is_known_by_name_or_by_its_class():
    class_of = b"\x02\x00\x02\x00UI\x14\x00"
    assert is_dicom_index("x", bytes(128) + b"DICM" + class_of + b"1.2.840.10008.1.3.10\x02\x00")
    assert is_dicom_index("dicomdir")
    assert not is_dicom_index("x", class_of + b"1.2.840.10008.1.3.101")
    assert not is_dicom_index("IM0001", class_of)
