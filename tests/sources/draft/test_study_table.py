from datetime import date

import polars as pl
import pytest
from tests.pacs_tree import make_object, write_tree

from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.sources.draft.study_table import find_study_key
from labelassemble.sources.manifest_file import load_manifest

STUDIES = 12


def uid(study):
    return f"1.2.826.0.1.{study}"


def day(study):
    return f"2023-{1 + study % 9:02d}-17"


def write_hospital(folder, columns, patient="PAT{:04d}", on=day):
    """A tree of studies, and a table whose columns are made from the numbers of the studies."""
    objects = []
    for study in range(1, STUDIES + 1):
        told = {
            "PatientID": patient.format((study + 1) // 2),
            "StudyDate": on(study).replace("-", ""),
        }
        objects += [
            make_object(study, 1, 1, **told),
            make_object(study, 1, 2, ViewPosition="LL", **told),
            make_object(study, 2, 1, "SR", **told),
        ]
    write_tree(folder, objects)
    table = pl.DataFrame(
        {
            **{name: [make(n) for n in range(1, STUDIES + 1)] for name, make in columns.items()},
            "Mass": [n % 2 for n in range(1, STUDIES + 1)],
            "Effusion": [n // 2 % 2 for n in range(1, STUDIES + 1)],
        }
    )
    table.write_csv(folder / "labels.csv")


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"AccessionNumber": lambda n: f"{n:08d}"}, {"AccessionNumber": "AccessionNumber"}),
        ({"exam_id": lambda n: f"{n:08d}"}, {"AccessionNumber": "exam_id"}),
        ({"study": uid}, {"StudyInstanceUID": "study"}),
        (
            {"accession": lambda n: f"{n:08d}" if n < 5 else "", "study": uid},
            {"StudyInstanceUID": "study"},
        ),
        (
            {"id": lambda n: n, "mrn": lambda n: f"PAT{(n + 1) // 2:04d}", "exam date": day},
            {"PatientID": "mrn", "StudyDate": "exam date"},
        ),
    ],
)
def test_a_hospital_s_table_is_drafted_by_what_its_headers_hold(tmp_path, columns, key):
    write_hospital(tmp_path / "north", columns)
    output = tmp_path / "north.toml"
    draft_manifest(tmp_path / "north", output)
    layout = load_manifest(str(output)).table
    assert layout is not None
    assert layout.key == key
    assert "ViewPosition PA/LL" in output.read_text()
    check = check_source(str(output), tmp_path / "north")
    assert not check.problems
    assert check.table is not None
    assert check.table.images["path"].null_count() == 0
    assert check.table.images.height == 2 * STUDIES
    assert check.table.images["patient"].n_unique() == STUDIES // 2


def test_other_tables_and_trees_have_no_key(tmp_path):
    write_hospital(tmp_path, {"AccessionNumber": lambda n: f"{n:08d}"})
    names = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("1.*/*/*")]
    other = pl.DataFrame({"AccessionNumber": ["x", "y"], "Mass": ["1", "0"]})
    assert find_study_key(other, tmp_path, names) is None
    assert find_study_key(other, tmp_path, ["a.png"]) is None
    assert find_study_key(other, tmp_path, []) is None
    (tmp_path / "no_dicom").write_bytes(b"text")
    assert find_study_key(other, tmp_path, ["no_dicom"]) is None


def early(study):
    """Days of which no number is above 12."""
    return f"2023-{1 + study % 9:02d}-{1 + study % 11:02d}"


def spell(form, on=early):
    return lambda study: date.fromisoformat(on(study)).strftime(form)


def as_excel(on):
    return lambda study: str((date.fromisoformat(on(study)) - date(1899, 12, 30)).days)


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (spell("%Y%m%d"), None),
        (spell("%Y-%m-%d %H:%M:%S"), None),
        (spell("%d.%m.%Y"), "day_first"),
        (spell("%m/%d/%Y"), "month_first"),
        (spell("%d/%m/%Y"), "day_first"),
        (spell("%d-%b-%Y"), None),
        (as_excel(early), None),
        (lambda study: f"{as_excel(early)(study)}.5", None),
    ],
)
def test_days_are_read_as_the_headers_show(tmp_path, dates, order):
    columns = {"mrn": lambda n: f"PAT{(n + 1) // 2:04d}", "exam": dates}
    write_hospital(tmp_path / "north", columns, on=early)
    check_draft(tmp_path, {"PatientID": "mrn", "StudyDate": "exam"}, "as_written", order)


def test_days_that_show_their_order_need_no_word(tmp_path):
    columns = {"mrn": lambda n: f"PAT{(n + 1) // 2:04d}", "exam": spell("%d.%m.%Y", day)}
    write_hospital(tmp_path / "north", columns)
    check_draft(tmp_path, {"PatientID": "mrn", "StudyDate": "exam"}, "as_written", None)


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"record": lambda n: n, "accession": lambda n: n}, {"AccessionNumber": "accession"}),
        ({"Study No": lambda n: f"{n}.0"}, {"AccessionNumber": "Study No"}),
        ({"acc": lambda n: f" {n:06d} "}, {"AccessionNumber": "acc"}),
        (
            {"mrn": lambda n: f"pat {(n + 1) // 2:04d}", "exam": day},
            {"PatientID": "mrn", "StudyDate": "exam"},
        ),
    ],
)
def test_ids_that_a_spreadsheet_rewrote_are_met_loosely(tmp_path, columns, key):
    write_hospital(tmp_path / "north", columns)
    check_draft(tmp_path, key, "loose", None)


def test_running_numbers_are_no_accession_numbers(tmp_path):
    write_hospital(tmp_path / "north", {"record": lambda n: n})
    output = tmp_path / "north.toml"
    draft_manifest(tmp_path / "north", output)
    assert load_manifest(str(output)).table.key is None


def check_draft(folder, key, ids, order):
    output = folder / "north.toml"
    draft_manifest(folder / "north", output)
    layout = load_manifest(str(output)).table
    assert (layout.key, layout.key_ids, layout.date_order) == (key, ids, order)
    check = check_source(str(output), folder / "north")
    assert not check.problems
    assert check.table.images["path"].null_count() == 0
    assert check.table.images.height == 2 * STUDIES
