import polars as pl
import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.patient_ids import compare_ids, remark_on_ids, settle_ids
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import collect_source

PLAIN = ["a", "b", "1.2.840.1", "7a", "2024-01-02", "7.5"]


def settle(ids, rule):
    return pl.DataFrame({"id": ids}).select(settle_ids("id", rule))["id"].to_list()


@pytest.mark.parametrize(
    ("one", "other", "rules"),
    [
        ("7", "7.0", ("loose", "number")),
        ("7", "7.00", ("loose", "number")),
        ("7", "007", ("loose", "number")),
        ("0", "000.0", ("loose", "number")),
        ("P7", "p007", ("loose", "number")),
        ("P7", "P 7", ("loose", "number")),
        ("Smith J", "smithj", ("loose", "number")),
        ("7", "P7", ("number",)),
        ("007", "patient_7", ("number",)),
        ("A7", "B7", ("number",)),
        ("7", "70", ()),
        ("7", "7.5", ()),
        ("1.2.840", "1.2.84", ()),
        ("P7", "P77", ()),
    ],
)
def test_what_makes_two_ids_one(one, other, rules):
    for rule in (None, "as_written", "loose", "number"):
        first, second = settle([one, other], rule)
        assert (first == second) == (rule in rules), rule
    assert settle([None, one], "number")[0] is None


@pytest.mark.parametrize("rule", ["loose", "number"])
def test_settling_again_changes_nothing(rule):
    once = settle([*PLAIN, "P 007.0", "00"], rule)
    assert settle(once, rule) == once


@pytest.mark.parametrize("other", ["7.0", "007", "P7", "p 7", " 7"])
def test_ids_that_differ_in_form_only_are_told_with_what_to_write(other):
    ids = pl.Series(["7", other, "8", "9"])
    found = compare_ids(ids)
    assert found.count == 1
    assert "7" in found.example
    assert other in found.example
    assert not any(letter.isdigit() for letter in found.what[1:]), (
        "ids are reported as examples alone"
    )
    rule = "number" if other.lower().startswith("p") else "loose"
    assert f'patient_ids = "{rule}"' in found.do
    assert '"as_written"' in found.do
    images = pl.DataFrame({"image": list("abcd"), "patient": ids})
    assert [one.what for one in remark_on_ids(images, None)] == [found.what]
    assert remark_on_ids(images, "as_written") == []


@pytest.mark.parametrize(
    "ids", [["7", "8", "70"], ["A7", "B7", "A8"], ["1.20", "1.2"], PLAIN, [], ["1.2.3", "1.2.30"]]
)
def test_ids_of_different_persons_are_not_told(ids):
    assert compare_ids(pl.Series(ids, dtype=pl.String)) is None


def test_ids_of_two_sources_are_compared_where_they_do_not_meet():
    ours = pl.Series(["1", "2", "3"])
    found = compare_ids(ours, pl.Series(["001", "2", "x"]), "a and b")
    assert found.count == 1
    assert "of a and b, such as 001 and 1" in found.with_example()
    assert compare_ids(ours, pl.Series(["1", "2", "x"]), "a and b") is None
    assert compare_ids(pl.Series(["1", "01"]), pl.Series(["x"]), "a and b") is None


@pytest.mark.parametrize(
    ("damaged", "others"),
    [
        (["1.23457E+11"], ["123456789012", "8"]),
        (["2-Jan"], ["3-17", "4-9"]),
        (["Jan-02"], ["3-17", "4-9"]),
        (["#######"], ["7", "8"]),
        (["#N/A"], ["7", "8"]),
        (["2024-01-02 00:00:00"], ["7", "8", "9"]),
        (["01/02/2024"], ["7", "8", "9"]),
    ],
)
def test_ids_as_spreadsheets_leave_them_are_told(damaged, others):
    ids = [*damaged, *others]
    images = pl.DataFrame({"image": [f"{n}.png" for n in range(len(ids))], "patient": ids})
    (found,) = remark_on_ids(images, "loose")
    assert "spreadsheet" in found.what
    assert repr(damaged[0]) in found.example
    assert damaged[0] not in found.what
    assert found.count == 1


def test_patients_who_are_all_called_by_a_date_may_be():
    ids = ["2024-01-02", "2024-03-04", "2023-01-02"]
    assert remark_on_ids(pl.DataFrame({"image": list("abc"), "patient": ids}), None) == []


@pytest.mark.parametrize("start", [0, 1, 100])
def test_running_numbers_are_no_patients(start):
    count = 30
    images = pl.DataFrame(
        {
            "image": [f"x{number}y.png" for number in range(count)],
            "patient": [str(number + start) for number in range(count)],
        }
    )
    (found,) = remark_on_ids(images, None)
    assert "running numbers" in found.what
    assert remark_on_ids(images.head(20), None) == []
    gaps = images.with_columns(patient=(pl.col("patient").cast(pl.Int64) * 7).cast(pl.String))
    assert remark_on_ids(gaps, None) == []
    own = images.with_columns(patient=pl.col("image").str.strip_suffix(".png"))
    (found,) = remark_on_ids(own, None)
    assert found.what == "the patient is the name of the image on 30 images"


JOINED = """
name = "mine"
{rule}
[table]
file = "labels.csv"
patient = "person"
[[table.join]]
file = "persons.csv"
on = "person"
needed = false
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass"]
ignore = [""]
"""


@pytest.mark.parametrize(
    ("rule", "patients", "found", "told"),
    [
        ("", ["7", "008"], [0, 0], True),
        ('patient_ids = "loose"', ["7", "8"], [1, 1], False),
        ('patient_ids = "as_written"', ["7", "008"], [0, 0], False),
    ],
)
def test_joined_tables_meet_on_patients_as_the_manifest_says(
    tmp_path, read_handmade, rule, patients, found, told
):
    (tmp_path / "persons.csv").write_text("person,found\n7.0,Mass\n8,Mass\n")
    manifest = JOINED.format(rule=rule)
    table = read_handmade("image,person\na,7\nb,008\n", manifest)
    assert table.images["patient"].to_list() == patients
    said = dict(table.list_assessments().group_by("image").len().iter_rows())
    assert [said.get(image, 0) for image in "ab"] == found
    problems = Problems()
    source = SourceSettings(
        name="mine", manifest="manifest.toml", folder=tmp_path, missing_images="exclude"
    )
    collect_source(source, load_manifest("manifest.toml", tmp_path), problems)
    assert any("written in several ways" in one.what for one in problems.noted) == told
