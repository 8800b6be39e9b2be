import polars as pl
import pytest

from labelassemble.sources.label_table import IMAGE_COLUMNS
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.remarks.patients import remark_on_patients
from labelassemble.sources.table_layout import TableLayout

LAYOUT = TableLayout(file=("a.csv",), age="Age", sex="Sex")
MANIFEST = Manifest(name="mine", table=LAYOUT)


def images(patients, **facts):
    count = len(patients)
    columns = {"image": [f"{number:03}.png" for number in range(count)], "patient": patients}
    blank = [None] * count
    return pl.DataFrame(
        {name: {**columns, **facts}.get(name, blank) for name in IMAGE_COLUMNS},
        schema=IMAGE_COLUMNS,
    )


def told(found, manifest=MANIFEST):
    return [note.what for note in remark_on_patients(found, manifest)]


def test_ordinary_patients_are_nothing_to_remark():
    assert (
        told(images(["p", "p", "q", "r"], sex=["M", "M", "F", None], age=[3.0, 4.0, 99.0, None]))
        == []
    )


def test_no_patient_at_all():
    (note,) = remark_on_patients(images([None, None]), MANIFEST)
    assert note.what.startswith("no patient is named")
    assert "table.patient_pattern" in note.do
    assert remark_on_patients(images([None]), MANIFEST, told=True) == []
    (note,) = remark_on_patients(images([None]), Manifest(name="m"))
    assert "(?P<patient>...)" in note.do


def test_some_without_a_patient():
    assert told(images(["p", None, "p", None])) == ["2 images without a patient"]


@pytest.mark.parametrize("word", ["unknown", "NA", "0"])
def test_a_patient_who_is_nobody(word):
    assert told(images(["p", word, word])) == [
        f"2 images of the patient {word!r} count as one patient's"
    ]


def test_every_image_its_own_patient():
    names = [f"x{number}" for number in range(25)]
    (what,) = told(images(names))
    assert what == "all 25 images are of different patients"
    assert told(images(names[:20])) == []  # so few may be
    own = [f"{number:03}" for number in range(25)]
    assert told(images(own)) == ["the patient is the name of the image on 25 images"]


def test_advice_on_patients_is_for_the_manifest_that_there_is():
    own = images([f"{number:03}" for number in range(25)])
    (with_table,) = remark_on_patients(own, MANIFEST)
    assert "table.patient" in with_table.do
    (without,) = remark_on_patients(own, Manifest(name="m"))
    assert "table." not in without.do
    assert "(?P<patient>...)" in without.do


def test_one_patient_with_very_many_images():
    some = images(["p"] * 60 + ["q", "r"] * 40)
    assert told(some) == ["one patient has 60 of the 140 images: 'p'"]
    many = images(["p"] * 1001 + [str(number) for number in range(9000)])
    assert told(many) == ["one patient has 1,001 of the 10,001 images: 'p'"]
    assert told(images(["p"] * 60 + [str(number) for number in range(900)])) == []


def test_sexes_and_ages_that_cannot_be():
    found = images(["p", "p", "q"], sex=["M", "F", "F"], age=[130.0, 155.0, 20.0])
    notes = remark_on_patients(found, MANIFEST)
    assert [note.what for note in notes] == [
        "1 patient has images of both sexes",
        "2 images of persons older than 120 years",
    ]
    assert notes[0].example == "p"
    assert notes[1].example == "001.png: 155 years"
