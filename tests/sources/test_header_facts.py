import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian

from labelassemble.settings import SourceSettings
from labelassemble.sources import dicom_headers
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import collect_source

MANIFEST = """
name = "mine"
modality = "{modality}"
[table]
file = "labels.csv"
{columns}
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass"]
"""
ALL = 'patient = "person"\nage = "age"\nsex = "sex"\nview = "view"'


def write_header(path, bare=False, **tags):
    made = pydicom.Dataset()
    made.SpecificCharacterSet = "ISO_IR 100"
    made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1", "1.2.3"
    for name, value in tags.items():
        setattr(made, name, value)
    if bare:
        pydicom.dcmwrite(path, made, implicit_vr=True, little_endian=True)
        return
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pydicom.dcmwrite(path, made, enforce_file_format=True)


def read(folder, rows, columns="", modality="X-ray", kept=None):
    names = "image,person,age,sex,view,found"
    (folder / "labels.csv").write_text("\n".join([names, *rows]) + "\n")
    text = MANIFEST.format(columns=columns, modality=modality)
    (folder / "manifest.toml").write_text(text)
    problems = Problems()
    settings = SourceSettings(name="mine", manifest="manifest.toml", folder=folder)
    manifest = load_manifest("manifest.toml", folder)
    table = collect_source(settings, manifest, problems, headers=kept)
    return table.images.drop("path", "official_split"), [one.what for one in problems.noted]


def test_headers_fill_what_the_table_leaves_out(tmp_path):
    for name, bare in (("a.dcm", False), ("IM2", True), ("1.2.840.3", False)):
        write_header(
            tmp_path / name, bare, PatientID=f" {name[-1]} ", PatientAge="058Y", PatientSex="F",
            ViewPosition="PA", Modality="DX",
        )  # fmt: skip
    write_header(tmp_path / "d.dcm", PatientID="", PatientAge="", PatientSex="O", Modality="CR")
    rows = [f"{name},,,,,Mass" for name in ("a", "IM2", "1.2.840.3", "d.dcm")]
    images, told = read(tmp_path, rows)
    assert images.sort("image").rows() == [
        ("1.2.840.3", "3", "PA", 58.0, "F"),
        ("IM2", "2", "PA", 58.0, "F"),
        ("a", "m", "PA", 58.0, "F"),
        ("d.dcm", None, None, None, None),
    ]
    assert told == []


def test_the_table_wins_and_contradictions_are_counted(tmp_path):
    for name, person in (("a", "x"), ("b", "x"), ("c", "y")):
        write_header(
            tmp_path / f"{name}.dcm", PatientID=person, PatientAge="058Y", PatientSex="F",
            ViewPosition="PA", Modality="DX",
        )  # fmt: skip
    rows = ["a,1,58,M,pa,Mass", "b,2,30,F,,Mass", "c,,,,AP,Mass"]
    images, told = read(tmp_path, rows, ALL)
    assert images.rows() == [
        ("a", "1", "pa", 58.0, "M"), ("b", "2", "PA", 30.0, "F"), ("c", "y", "AP", 58.0, "F"),
    ]  # fmt: skip
    assert told == [
        "1 image of 2 with another age in the DICOM header than in the source",
        "1 image of 2 with another sex in the DICOM header than in the source",
        "1 image of 2 with another view in the DICOM header than in the source",
        "2 images of patients whom the DICOM headers call one person and the source calls several",
    ]


@pytest.mark.parametrize("person", ["ANONYMOUS", "0", "site 7"])
def test_an_id_that_all_files_have_is_nobodys(tmp_path, person):
    for name in "abc":
        write_header(tmp_path / f"{name}.dcm", PatientID=person, Modality="DX")
    images, told = read(tmp_path, [f"{name},,,,,Mass" for name in "abc"])
    assert images["patient"].to_list() == [None] * 3
    assert len(told) == (person == "site 7")


@pytest.mark.parametrize(
    ("modality", "codes", "told"),
    [
        ("X-ray", ["DX", "CR", "OT"], False),
        ("chest X-ray", ["DX", "CT", "CR"], True),
        ("CT", ["CT", "CT", "CT"], False),
        ("CT", ["CT", "MR", "CT"], True),
        ("MRI", ["MR", "MR", "MR"], False),
        ("ultrasound", ["US", "US", "CR"], True),
        ("CT, X-ray", ["CT", "DX", "CT"], False),
        ("DX", ["DX", "DX", "DX"], False),
        ("Echo", ["CT", "CT", "CT"], True),
        ("", ["DX", "DX", "DX"], False),
        ("", ["DX", "DX", "CT"], True),
        ("something new", ["DX", "CT", "DX"], False),
    ],
)
def test_a_modality_that_the_source_does_not_say_is_told(tmp_path, modality, codes, told):
    for name, code in zip("abc", codes, strict=True):
        write_header(tmp_path / f"{name}.dcm", PatientID=name, Modality=code)
    _, found = read(tmp_path, [f"{name},,,,,Mass" for name in "abc"], modality=modality)
    assert [("the DICOM headers say" in what) for what in found] == [True] * told


def test_headers_are_read_once_and_again_where_a_file_has_changed(tmp_path, monkeypatch):
    kept = tmp_path / "store" / "headers.parquet"
    paths = [str(tmp_path / name) for name in ("a.dcm", "b.dcm", "c.png")]
    for path in paths[:2]:
        write_header(path, PatientID="1")
    assert read_headers(paths, kept)["patient"].to_list() == ["1", "1"]
    read_paths = []
    plain = dicom_headers._read_header
    monkeypatch.setattr(
        dicom_headers, "_read_header", lambda path: read_paths.append(path) or plain(path)
    )
    assert read_headers(paths, kept)["patient"].to_list() == ["1", "1"]
    assert read_paths == []
    write_header(paths[1], PatientID="longer")
    assert read_headers(paths, kept)["patient"].to_list() == ["1", "longer"]
    assert read_paths == paths[1:2]
    kept.write_bytes(b"broken")
    assert read_headers(paths, kept).height == 2


def test_files_that_are_no_dicom_say_nothing(tmp_path):
    for name, content in (("a.dcm", b"no DICOM at all" * 20), ("b.dcm", b""), ("c", b"x" * 500)):
        (tmp_path / name).write_bytes(content)
    write_header(tmp_path / "d.dcm", PatientID="1", PatientName="Müller")
    whole = (tmp_path / "d.dcm").read_bytes()
    (tmp_path / "e.dcm").write_bytes(whole[:-7])
    found = read_headers([str(tmp_path / name) for name in ("a.dcm", "b.dcm", "c", "none.dcm")])
    assert found["patient"].to_list() == [None] * 4
    assert read_headers([str(tmp_path / "e.dcm")]).height == 1
    assert read_headers([]).is_empty()
    assert read_headers([str(tmp_path / "d.dcm#frame/2")])["patient"].to_list() == ["1"]


def test_further_elements_are_kept_apart_and_in_one_place_for_this_user(tmp_path):
    kept = tmp_path / "headers.parquet"
    path = str(tmp_path / "a.dcm")
    write_header(path, PatientID="1", StationName="X1", ImageType=["ORIGINAL", "PRIMARY"])
    found = read_headers([path], kept, ["StationName", "PatientID"])
    assert found["StationName"].to_list() == ["X1"]
    assert found["ImageType"].to_list() == ["ORIGINAL\\PRIMARY"]
    assert not kept.exists()
    (own,) = tmp_path.glob("headers-*.parquet")
    assert own.stat().st_mode & 0o077 == 0
    assert read_headers([path], kept, ["StationName"]).equals(found)
    assert "StationName" not in read_headers([path], kept).columns


def test_many_headers_are_read_by_several_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(dicom_headers, "_FEW", 2)
    paths = [str(tmp_path / f"{name}.dcm") for name in "abcde"]
    for path in paths:
        write_header(path, PatientID=path[-5], PatientName="Müller")
    assert read_headers(paths)["patient"].to_list() == list("abcde")


def test_a_place_that_cannot_be_written_keeps_nothing(tmp_path):
    path = str(tmp_path / "a.dcm")
    write_header(path, PatientID="1")
    (tmp_path / "file").write_text("")
    assert read_headers([path], tmp_path / "file" / "kept.parquet").height == 1


def test_each_header_is_read_once(tmp_path, monkeypatch):
    for name in ("a.dcm", "b.dcm", "unnamed.dcm"):
        write_header(tmp_path / name, PatientID=name[0], Modality="DX")
    asked = []
    read_all = dicom_headers._read_all
    monkeypatch.setattr(
        dicom_headers, "_read_all", lambda paths, tags: asked.extend(paths) or read_all(paths, tags)
    )
    images, _ = read(tmp_path, ["a,,,,,Mass", "b,,,,,Mass"])
    assert images["patient"].to_list() == ["a", "b"]
    assert sorted(path.rpartition("/")[2] for path in asked) == ["a.dcm", "b.dcm", "unnamed.dcm"]
