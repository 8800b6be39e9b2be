import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import ASSESSMENT_COLUMNS

MANIFEST = """
name = "mine"
[table]
file = "labels.csv"
image = "image"
"""
TABLE = "image,person,found\na.png,1,Mass\nb.png,2,No Finding\n"


def test_a_table_of_one_patient_an_image(read_handmade, tmp_path):
    table = read_handmade(TABLE, images=["x/a.jpg"])
    assert table.source == "mine"
    assert table.images["path"].to_list() == [str(tmp_path / "x" / "a.jpg"), None]
    assert table.images["patient"].to_list() == ["1", "2"]
    assert table.list_assessments().select("image", "term", "assessment").rows() == [
        ("a.png", "Mass", "positive"),
        ("a.png", "Edema", "negative"),
        ("b.png", "Mass", "negative"),
        ("b.png", "Edema", "negative"),
    ]


def test_missing_files_are_an_error_unless_they_may_be(read_handmade, tmp_path):
    with pytest.raises(SourceError) as caught:
        read_handmade(TABLE, images=["a.png"], missing_images="error")
    assert caught.value.got == (
        f"1 of the 2 images has no file below {tmp_path.name}/, which holds 1 image file, "
        "such as b.png"
    )
    manifest = MANIFEST + '[images]\nfolder = "nowhere"\n'
    with pytest.raises(SourceError, match="nowhere/, which is not there"):
        read_handmade(TABLE, manifest, missing_images="error")


def test_files_in_doubt_are_named(read_handmade):
    table = "image,person,found\n1.png,1,Mass\n1.jpg,2,Edema\n2.png,2,Mass\n"
    with pytest.raises(
        SourceError, match=r"in which file they are, such as 1.jpg: the one file 1\.jpg"
    ):
        read_handmade(table, images=["1.jpg", "2.png"], missing_images="error")
    read = read_handmade(table, images=["1.jpg", "2.png"])
    assert read.images["image"].to_list() == ["2.png"]
    assert read.excluded["image"].to_list() == ["1.jpg", "1.png"]
    assert read.list_assessments()["image"].unique().to_list() == ["2.png"]


def test_an_unlabelled_table_leaves_doubt_out_too(read_handmade):
    manifest = 'name = "n"\n[table]\nfile = "labels.csv"\nimage = "image"\n'
    read = read_handmade("image\n1.png\n1.jpg\n2.png\n", manifest, ["1.jpg", "2.png"])
    assert read.images["image"].to_list() == ["2.png"]


ROW = st.tuples(
    st.sampled_from(["a.png", "b.png", "c.png", ""]),
    st.sampled_from(["1", "2", ""]),
    st.sampled_from(["Mass", "Edema|Mass", "No Finding", "Mas", "", "No Finding|Mass"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(rows=st.lists(ROW, max_size=6))
def test_every_row_is_an_image_or_excluded_or_an_error(read_handmade, rows):
    text = "image,person,found\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows)
    rows = [row for row in rows if any(row)]
    wrong = (
        not rows
        or any(not image or found in ("Mas", "", "No Finding|Mass") for image, _, found in rows)
        or len(set(rows)) > len({image for image, _, _ in rows})
    )
    if wrong:
        with pytest.raises(SourceError):
            read_handmade(text)
        return
    table = read_handmade(text)
    assert table.images.height + table.joined_rows + table.excluded["rows"].sum() == len(rows)
    assert table.images["image"].is_unique().all()
    said = table.list_assessments()
    assert set(said["image"]) == {image for image, _, _ in rows}
    assert said.height == 2 * table.images.height
    assert dict(said.schema) == ASSESSMENT_COLUMNS
