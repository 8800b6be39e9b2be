import polars as pl
import pytest

from labelassemble.sources.draft.image_column import last_stem
from labelassemble.sources.draft.roles import guess_roles


def guess(columns, stems=()):
    return guess_roles(pl.DataFrame(columns), stems)


def table(count=6):
    return {
        "Patient ID": [f"P{number // 2}" for number in range(count)],
        "Image Index": [f"{number}.png" for number in range(count)],
        "Age": [str(20 + number) for number in range(count)],
        "Gender": ["F", "M"] * (count // 2),
        "View Position": ["PA", "AP"] * (count // 2),
        "Set": ["train", "val"] * (count // 2),
        "Labels": ["Mass", "Edema"] * (count // 2),
    }


def test_all_roles():
    roles = guess(table())
    names = [role.column for role in roles[:5] if role]
    assert names == ["Image Index", "Patient ID", "View Position", "Age", "Gender"]
    assert roles.split.column == "Set"
    assert roles.reader is None
    assert roles.columns == {*table()} - {"Labels"}
    assert "extension" in roles.image.why
    assert "3 different on 6 images" in roles.patient.why
    assert "20 to 25" in roles.age.why


def test_files_decide_which_column_names_the_image():
    columns = {"image_id": ["x1", "x2", "x3"], "other": ["a", "b", "c"]}
    assert guess(columns).image.column == "image_id"
    roles = guess(columns, ["a", "b", "z"])
    assert roles.image.column == "other"
    assert roles.files == 2
    assert "2 of its 3 names are image files" in roles.image.why
    paths = guess({"p": ["x/a.png", "x/b.png"], "q": ["1", "2"]}, ["a", "b"])
    assert "paths" in paths.image.why


def test_rsna_calls_an_image_a_patient():
    roles = guess({"patientId": [f"{number:030x}" for number in range(9)], "Target": ["0"] * 9})
    assert roles.image.column == "patientId"
    assert roles.patient is None


def test_the_first_column_where_nothing_else_speaks():
    roles = guess({"what": [f"w{number}" for number in range(9)], "x": ["1.5"] * 9})
    assert roles.image.why == "the first column, different on every row"
    assert guess({"x": ["1.5", "2.5"], "y": ["a", "a"]}) is None


def test_a_patient_that_is_the_image_is_set_aside():
    roles = guess({"image": ["a.png", "b.png"], "patient": ["a", "b"]}, ["a", "b"])
    assert roles.patient is None
    assert roles.asides == ("patient is the same as image: it names the image, not the patient",)


def test_a_patient_an_image_each_is_doubted():
    images = {"image": [f"{n}.png" for n in range(30)], "person": [f"p{n}" for n in range(30)]}
    assert "is it really a patient?" in guess(images).patient.why


@pytest.mark.parametrize(
    ("ages", "read"), [(["3", "", "58Y"], True), (["3", "old"], False), (["", ""], False)]
)
def test_ages_are_read_only_if_all_can_be(ages, read):
    roles = guess({"image": [f"{n}.png" for n in range(len(ages))], "age": ages})
    assert bool(roles.age) == read
    if "old" in ages:
        assert "1 words that are no ages, such as 'old'" in roles.asides[0]


def test_columns_that_only_sound_alike():
    roles = guess({"image": ["a.png", "b.png"], "page": ["1", "2"], "Patient Age": ["3", "4"]})
    assert roles.age.column == "Patient Age"
    assert roles.patient is None


def test_views_by_their_values():
    roles = guess({"image": ["a.png", "b.png"], "x": ["PA", "LATERAL"]})
    assert roles.view.column == "x"
    assert guess({"image": ["a.png", "b.png"], "x": ["PAP", "LAT2"]}).view is None


def test_readers_only_where_several_read_an_image():
    columns = {"image": ["a.png", "a.png", "b.png"], "rad_id": ["R1", "R2", "R1"]}
    assert guess(columns).reader.column == "rad_id"
    assert guess({**columns, "rad_id": ["R1", "R1", "R2"]}).reader is None


def test_a_split_with_other_words_is_told():
    columns = {"image": ["a.png", "b.png", "c.png"], "split": ["train", "test", "extra"]}
    roles = guess(columns)
    assert roles.split is None
    assert "not all parts" in roles.asides[0]
    assert guess({**columns, "split": ["train"] * 3}).split.column == "split"


def test_stems():
    names = pl.Series(["a\\b\\1.2.840.dcm", "x/y.PNG", "z"])
    assert last_stem(names).to_list() == ["1.2.840", "y", "z"]
