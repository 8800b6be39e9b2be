import pytest

from labelassemble.errors import SourceError

MANIFEST = """
name = "mine"
[table]
file = "labels.csv"
image = "path"
patient_pattern = '(?P<patient>p\\d+)'
keep = { kind = ["X-ray"], view = ["PA", "AP"] }
view = "view"
[labels]
encoding = "class_column"
column = "found"
[scope]
terms = ["Mass"]
"""


def test_rows_that_are_not_kept_are_listed_with_the_reason(read_handmade):
    table = read_handmade(
        "path,kind,view,found\np1/a,X-ray,PA,Mass\np1/b,CT,PA,Odd\np2/c,X-ray,L,Odd\np2/d,CT,L,Odd\n",
        MANIFEST,
    )
    assert table.images.select("image", "patient", "view").rows() == [("p1/a", "p1", "PA")]
    assert table.excluded.rows() == [
        ("mine", "p1/b", "column 'kind' is 'CT'", 1),
        ("mine", "p2/c", "column 'view' is 'L'", 1),
        ("mine", "p2/d", "column 'kind' is 'CT'", 1),
    ]


def test_a_filter_that_keeps_nothing_is_refused(read_handmade):
    with pytest.raises(SourceError, match="none of 1: column 'kind' is 'CT'"):
        read_handmade("path,kind,view,found\np1,CT,PA,Mass\n", MANIFEST)


def test_a_row_without_an_image_is_refused(read_handmade):
    with pytest.raises(
        SourceError, match=r"1 row of labels\.csv without an image in column 'path': line 3"
    ):
        read_handmade("path,kind,view,found\np1,X-ray,PA,Mass\n ,X-ray,PA,Mass\n", MANIFEST)


def test_a_name_without_a_patient_is_refused(read_handmade):
    with pytest.raises(SourceError, match="none in 1 different name of the image, such as x"):
        read_handmade("path,kind,view,found\nx,X-ray,PA,Mass\n", MANIFEST)


def test_the_pattern_reads_the_patient_column_where_there_is_one(read_handmade):
    manifest = MANIFEST.replace("patient_pattern", 'patient = "who"\npatient_pattern')
    table = read_handmade(
        "path,kind,view,found,who\np1,X-ray,PA,Mass,id p7\np2,X-ray,PA,Mass,\n", manifest
    )
    assert table.images["patient"].to_list() == ["p7", None]


def test_one_column_may_say_several_things(read_handmade):
    manifest = MANIFEST.replace('view = "view"', 'view = "path"\npatient = "path"')
    table = read_handmade("path,kind,view,found\np1,X-ray,PA,Mass\n", manifest)
    assert table.images.select("image", "patient", "view").rows() == [("p1", "p1", "p1")]
