import pytest
from tests.pacs_tree import make_object, write_tree

from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import collect_source, read_source

MANIFEST = """
name = "north"
[table]
file = "labels.csv"
{table}
[headers]
{headers}
[labels]
encoding = "finding_columns"
columns = ["Mass"]
values = {{ 1 = "positive", 0 = "negative" }}
"""
KEEP = 'keep = { Modality = ["DX", "CR"], ViewPosition = ["PA", "AP"] }'


def read(folder, objects, rows, table='key = "AccessionNumber"', headers=KEEP, missing="error"):
    write_tree(folder, objects)
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    (folder / "north.toml").write_text(MANIFEST.format(table=table, headers=headers))
    problems = Problems()
    settings = SourceSettings(
        name="north", manifest="north.toml", folder=folder, missing_images=missing
    )
    found = collect_source(settings, load_manifest("north.toml", folder), problems)
    return found, problems.noted


def told(noted, kind="problem"):
    return [str(one) for one in noted if one.kind == kind]


def list_labels(table):
    frame = table.list_assessments().select("image", "assessment").sort("image")
    return {image.rpartition("/")[2]: assessment for image, assessment in frame.iter_rows()}


def study(number, *views, **elements):
    return [
        make_object(number, 1, at, ViewPosition=view, **elements)
        for at, view in enumerate(views or ("PA",), 1)
    ]


ONE, TWO, THREE = "00000001", "00000002", "00000003"


def test_labels_of_a_study_count_for_the_images_that_are_kept(tmp_path):
    objects = [*study(1, "PA", "LL", "AP"), *study(2), make_object(1, 2, 1, "SR")]
    objects += [make_object(1, 3, 1, "PR"), make_object(2, 4, 1, "CT"), make_object(2, 5, 1, "KO")]
    rows = ["AccessionNumber,Mass", f"{ONE},1", f"{TWO},0"]
    table, noted = read(tmp_path, objects, rows)
    assert told(noted) == []
    assert list_labels(table) == {
        "1.2.826.0.1.1.1.1": "positive",
        "1.2.826.0.1.1.1.3": "positive",
        "1.2.826.0.1.2.1.1": "negative",
    }
    reasons = dict(table.not_taken.group_by("reason").len().iter_rows())
    assert reasons.pop("no image by its extension .csv", 0) == 0
    assert reasons == {
        "a DICOM object without an image (Modality SR)": 1,
        "a DICOM object without an image (Modality PR)": 1,
        "a DICOM object without an image (Modality KO)": 1,
        "its Modality is CT": 1,
        "its ViewPosition is LL": 1,
        "an index of DICOM files, no image": 1,
        "no image by its extension .toml": 1,
    }
    images = table.images
    assert images["patient"].to_list() == ["PAT0001", "PAT0001", "PAT0002"]
    assert images["sex"].to_list() == ["F"] * 3
    assert images["view"].to_list() == ["PA", "AP", "PA"]
    assert images["age"].to_list() == [74.0] * 3  # from the day of birth to that of the study


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("StudyInstanceUID", "1.2.826.0.1.1"),
        ("SeriesInstanceUID", "1.2.826.0.1.1.1"),
        ("SOPInstanceUID", "1.2.826.0.1.1.1.1"),
        ("AccessionNumber", ONE),
        ("PatientID", "PAT0001"),
    ],
)
def test_every_element_can_be_the_key(tmp_path, key, value):
    rows = ["id,Mass", f"{value},1"]
    table, noted = read(tmp_path, [*study(1), *study(2)], rows, f'key = {{ {key} = "id" }}')
    assert told(noted) == []
    assert list_labels(table) == {"1.2.826.0.1.1.1.1": "positive"}
    assert "no row of the table has its" in table.not_taken["reason"].str.join("\n")[0]


@pytest.mark.parametrize(
    "day", ["20240131", "2024-01-31", "31.01.2024", "31/01/2024", "01/31/2024", "31-Jan-2024",
            "2024-01-31 10:15:00", "January 31, 2024"],
)  # fmt: skip
def test_a_patient_and_a_day_are_a_key(tmp_path, day):
    objects = [
        *study(1, PatientID="P"),
        *study(2, PatientID="P", StudyDate="20240201"),
        *study(3, PatientID="Q"),
    ]
    key = 'key = { PatientID = "mrn", StudyDate = "day" }'
    table, noted = read(tmp_path, objects, ["mrn,day,Mass", f'P,"{day}",1'], key)
    assert told(noted) == []
    assert list_labels(table) == {"1.2.826.0.1.1.1.1": "positive"}


def test_a_day_that_may_be_a_month_is_an_error_that_names_the_key(tmp_path):
    objects = study(1, PatientID="P", StudyDate="20240403")
    key = 'key = { PatientID = "mrn", StudyDate = "day" }'
    rows = ["mrn,day,Mass", "P,03/04/2024,1"]
    for folder, order, labels in (
        ("a", "", None),
        ("b", "month_first", {}),
        ("c", "day_first", {"1.2.826.0.1.1.1.1": "positive"}),
    ):
        (tmp_path / folder).mkdir()
        more = f'\ndate_order = "{order}"' if order else ""
        table, noted = read(tmp_path / folder, objects, rows, key + more)
        if order == "":
            assert "table.date_order" in told(noted)[0]
            assert "'03/04/2024' on 1 row" in told(noted)[0]
        elif order == "month_first":
            assert "StudyDate 2024-03-04 in the table and 2024-04-03 in a header" in told(noted)[0]
        else:
            assert list_labels(table) == labels


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("1", "differ from a header in case, spaces, leading zeros or '.0' alone: '1' and"),
        ("1.0", "differ from a header in case, spaces, leading zeros or '.0' alone: '1.0' and"),
        ("1.23E+11", "look as a spreadsheet leaves long numbers"),
    ],
)
def test_accession_numbers_are_never_guessed(tmp_path, written, says):
    objects = [*study(1), *study(2)]
    rows = ["AccessionNumber,Mass", f"{written},1", f"{TWO},0"]
    table, noted = read(tmp_path, objects, rows)
    assert says in told(noted)[0]
    assert list_labels(table) == {"1.2.826.0.1.2.1.1": "negative"}


def test_loose_ids_meet_where_the_manifest_says_so(tmp_path):
    rows = ["AccessionNumber,Mass", "1.0,1", "2,0"]
    more = 'key = "AccessionNumber"\nkey_ids = "loose"'
    table, noted = read(tmp_path, [*study(1), *study(2)], rows, more)
    assert told(noted) == []
    assert list(list_labels(table).values()) == ["positive", "negative"]
    # Two that become one are two studies.
    (tmp_path / "b").mkdir()
    objects = [*study(1), *study(2, AccessionNumber="1", PatientID="PAT0001")]
    _, noted = read(tmp_path / "b", objects, rows[:2], more)
    assert "of several studies" in told(noted)[0]


def test_a_study_without_an_accession_number_is_told(tmp_path):
    objects = [*study(1), *study(2, AccessionNumber=""), *study(3, AccessionNumber=None)]
    table, noted = read(tmp_path, objects, ["AccessionNumber,Mass", f"{ONE},1"])
    assert told(noted) == []
    assert any(
        one.startswith("2 image files of 3 without a key: its header has no AccessionNumber")
        for one in told(noted, "remark")
    )
    assert table.images.height == 1
    assert "its header has no AccessionNumber" in table.not_taken["reason"].to_list()


def test_a_row_without_a_key_is_a_problem(tmp_path):
    rows = ["AccessionNumber,Mass", f"{ONE},1", ",1"]
    table, noted = read(tmp_path, study(1), rows)
    assert told(noted)[0].startswith("1 row without AccessionNumber, such as row 2")
    assert table.images.height == 1


def test_two_studies_with_one_accession_number_are_a_problem(tmp_path):
    objects = [*study(1), *study(2, AccessionNumber=ONE, PatientID="PAT0001"), *study(3)]
    rows = ["AccessionNumber,Mass", f"{ONE},1", f"{THREE},0"]
    table, noted = read(tmp_path, objects, rows)
    (problem,) = told(noted)
    assert "1 AccessionNumber of several studies, such as '00000001'" in problem
    assert "table.several_studies = true" in problem
    assert list_labels(table) == {"1.2.826.0.1.3.1.1": "negative"}
    table, noted = read(tmp_path, objects, rows, 'key = "AccessionNumber"\nseveral_studies = true')
    assert told(noted) == []
    assert len(list_labels(table)) == 3


def test_a_study_of_two_patients_is_a_problem(tmp_path):
    objects = [*study(1, "PA"), make_object(1, 2, 1, PatientID="OTHER"), *study(2)]
    rows = ["AccessionNumber,Mass", f"{ONE},1", f"{TWO},0"]
    table, noted = read(tmp_path, objects, rows)
    (problem,) = told(noted)
    assert "of several patients by their headers, such as '00000001': PatientID OTHER, " in problem
    assert list_labels(table) == {"1.2.826.0.1.2.1.1": "negative"}


def test_a_patient_of_two_issuers_is_a_problem_where_patients_are_the_key(tmp_path):
    objects = [
        *study(1, PatientID="P", IssuerOfPatientID="A"),
        *study(2, PatientID="P", IssuerOfPatientID="B"),
    ]
    rows = ["PatientID,issuer,Mass", "P,A,1"]
    more = "several_studies = true"
    _, noted = read(tmp_path, objects, rows, f'key = "PatientID"\n{more}')
    assert "under several issuers" in told(noted)[0]
    key = f'key = {{ PatientID = "PatientID", IssuerOfPatientID = "issuer" }}\n{more}'
    table, noted = read(tmp_path, objects, rows, key)
    assert told(noted) == []
    assert list_labels(table) == {"1.2.826.0.1.1.1.1": "positive"}


def test_a_key_that_stands_twice_with_other_labels_is_a_problem(tmp_path):
    rows = ["AccessionNumber,Mass", f"{ONE},1", f"{ONE},0", f"{TWO},0", f"{TWO},0"]
    table, noted = read(tmp_path, [*study(1), *study(2)], rows)
    (problem,) = told(noted)
    assert "1 AccessionNumber with several rows that differ, such as 00000001: Mass is" in problem
    assert table.excluded["reason"].to_list() == ["another row says the same of this image"]


def test_keys_without_images_are_told_with_their_number(tmp_path):
    rows = ["AccessionNumber,Mass", f"{ONE},1", f"{TWO},1", f"{THREE},1"]
    table, noted = read(tmp_path, study(1), rows)
    assert told(noted)[0].startswith(
        "2 of the 3 AccessionNumber of the table are of no image (1 image that count)"
    )
    table, noted = read(tmp_path, study(1), rows, missing="exclude")
    assert told(noted) == []
    assert table.excluded["image"].to_list() == [TWO, THREE]
    table, noted = read(tmp_path, study(1), rows, missing="keep")
    assert told(noted) == []
    assert table.images["image"].to_list()[:2] == [TWO, THREE]
    assert table.images["path"].null_count() == 2


@pytest.mark.parametrize("missing", ["error", "exclude"])
def test_no_key_that_meets_is_one_problem(tmp_path, missing):
    table, noted = read(tmp_path, study(1), ["AccessionNumber,Mass", "A17,1"], missing=missing)
    assert table is None
    assert len(told(noted)) == 1
    assert missing != "error" or "in the headers it is written like '00000001'" in told(noted)[0]


def test_a_copy_of_an_object_counts_once_and_another_patients_is_a_problem(tmp_path):
    rows = ["AccessionNumber,Mass", f"{ONE},1"]
    write_tree(tmp_path / "again", study(1), index=False)
    table, noted = read(tmp_path, study(1), rows)
    assert told(noted) == []
    assert table.images.height == 1
    assert any("the same object again" in one for one in table.not_taken["reason"])
    write_tree(tmp_path / "again", study(1, PatientID="OTHER"), index=False)
    _, noted = read(tmp_path, study(1), rows)
    assert any("1 SOPInstanceUID in several files of other patients" in one for one in told(noted))


def test_slices_that_share_a_label_are_remarked_on(tmp_path):
    objects = [make_object(1, 1, at, "CT") for at in (1, 2, 3)]
    rows = ["AccessionNumber,Mass", f"{ONE},1"]
    _, noted = read(tmp_path, objects, rows, headers="")
    assert any("count for each of 3 slices" in one for one in told(noted, "remark"))


def test_table_and_header_that_contradict_each_other_are_told(tmp_path):
    objects = [*study(1), *study(2, PatientAge="033Y"), *study(3)]
    names = 'patient = "who"\nsex = "sex"\nage = "age"\ndate = "day"'
    rows = ["AccessionNumber,who,sex,age,day,Mass", f"{ONE},a,M,74,2024-01-30,1",
            f"{TWO},a,F,60,2024-01-31,0", f"{THREE},c,F,74,,0"]  # fmt: skip
    table, noted = read(tmp_path, objects, rows, f'key = "AccessionNumber"\n{names}')
    assert told(noted) == []
    remarks = " ".join(told(noted, "remark"))
    for fact in ("date", "sex", "age"):
        assert f"another {fact} in the DICOM header" in remarks
    assert "1 patient of the source who is several by the DICOM headers, such as a" in remarks
    assert table.images["patient"].to_list() == ["a", "a", "c"]


def test_rows_that_are_not_kept_leave_before_keys_are_compared(tmp_path):
    rows = ["AccessionNumber,event,Mass", f"{ONE},base,1", f"{ONE},later,0"]
    more = 'key = "AccessionNumber"\nkeep = { event = "base" }'
    table, noted = read(tmp_path, study(1), rows, more)
    assert told(noted) == []
    assert list_labels(table) == {"1.2.826.0.1.1.1.1": "positive"}
    assert table.excluded["reason"].to_list() == ["column 'event' is 'later'"]


@pytest.mark.parametrize("content", [b"", b"no DICOM", b"\0" * 200])
def test_files_of_other_kinds_lie_among_them(tmp_path, content):
    (tmp_path / "1.2.9").write_bytes(content)
    (tmp_path / "photo.png").write_bytes(content)
    whole = study(1)
    table, noted = read(tmp_path, whole, ["AccessionNumber,Mass", f"{ONE},1"])
    assert told(noted) == []
    assert table.images.height == 1
    assert {"1.2.9", "photo.png"} <= set(table.not_taken["file"])


def test_a_truncated_header_is_told(tmp_path):
    write_tree(tmp_path, study(2))
    (path,) = (tmp_path / "1.2.826.0.1.2").rglob("*.1.1")
    path.write_bytes(path.read_bytes()[:150])
    table, noted = read(tmp_path, study(1), ["AccessionNumber,Mass", f"{ONE},1"])
    assert told(noted) == []
    assert "its DICOM header cannot be read" in table.not_taken["reason"].to_list()


def test_strict_reading_raises_the_same(tmp_path):
    from labelassemble.errors import SourceError

    objects = [*study(1), *study(2, AccessionNumber=ONE, PatientID="PAT0001")]
    read(tmp_path, objects, ["AccessionNumber,Mass", f"{ONE},1"])
    settings = SourceSettings(name="north", manifest="north.toml", folder=tmp_path)
    with pytest.raises(SourceError, match="of several studies"):
        read_source(settings, load_manifest("north.toml", tmp_path))


def test_studies_without_a_patient_keep_their_images_together(tmp_path):
    objects = [*study(1), *study(2, "PA", "AP", PatientID=None), *study(3, PatientID="")]
    rows = ["AccessionNumber,Mass", f"{ONE},1", f"{TWO},0", f"{THREE},0"]
    table, noted = read(tmp_path, objects, rows)
    assert table.images["patient"].to_list() == [
        "PAT0001", "study 1.2.826.0.1.2", "study 1.2.826.0.1.2", "study 1.2.826.0.1.3",
    ]  # fmt: skip
    assert "3 images of 2 studies without a patient" in told(noted, "remark")[0]


def test_one_id_of_two_issuers_is_told_and_parted(tmp_path):
    objects = [
        *study(1, PatientID="7", IssuerOfPatientID="A"),
        *study(2, PatientID="7", IssuerOfPatientID="B"),
    ]
    table, noted = read(tmp_path, objects, ["AccessionNumber,Mass", f"{ONE},1", f"{TWO},0"])
    assert table.images["patient"].to_list() == ["7 (A)", "7 (B)"]
    assert "such as 7 of A, B. They count as different persons" in told(noted, "remark")[0]


@pytest.mark.parametrize("view", ["LL", "AP"])
def test_another_patient_in_a_study_is_told_though_its_image_does_not_count(tmp_path, view):
    objects = [*study(1), make_object(1, 2, 1, ViewPosition=view, PatientID="OTHER"), *study(2)]
    rows = ["AccessionNumber,Mass", f"{ONE},1", f"{TWO},0"]
    _, noted = read(tmp_path, objects, rows)
    (remark,) = [one for one in told(noted, "remark") if "several patients" in one]
    assert "1 study with images of several patients by their headers" in remark
    assert "1.2.826.0.1.1: PatientID OTHER, PAT0001" in remark
    assert ("not among those that count" in remark) == (view == "LL")
    assert bool(told(noted)) == (view == "AP")


def test_a_key_of_two_studies_is_told_once(tmp_path):
    objects = [*study(1), *study(2, AccessionNumber=ONE, PatientID="PAT0001"), *study(3)]
    _, noted = read(tmp_path, objects, ["AccessionNumber,Mass", f"{ONE},1", f"{THREE},0"])
    assert "1 AccessionNumber of several studies" in told(noted)[0]
    assert not any("no row of the table" in one for one in told(noted, "remark"))
