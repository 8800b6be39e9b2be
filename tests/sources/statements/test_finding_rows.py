import pytest

from labelassemble.errors import SourceError

MANIFEST = """
name = "mine"
[table]
file = "labels.csv"
image = "image"
reader = "who"
[labels]
encoding = "finding_rows"
column = "found"
[scope]
terms = ["Mass", "Edema"]
no_finding = ["Nothing"]
"""
ONE_READER = MANIFEST.replace('reader = "who"\n', "")


def assessments(table):
    return table.list_assessments().select("image", "reader", "term", "assessment").rows()


def test_rows_of_one_image_come_together(read_handmade):
    table = read_handmade("image,found\na,Mass\nb,Nothing\na,Edema\na,Edema\n", ONE_READER)
    assert assessments(table) == [
        ("a", None, "Mass", "positive"),
        ("a", None, "Edema", "positive"),
        ("b", None, "Mass", "negative"),
        ("b", None, "Edema", "negative"),
    ]
    assert (table.joined_rows, table.excluded["rows"].to_list()) == (1, [1])


def test_readers_stay_apart(read_handmade):
    table = read_handmade("image,who,found\na,R1,Mass\na,R2,Nothing\na,R1,Edema\n", MANIFEST)
    assert assessments(table) == [
        ("a", "R1", "Mass", "positive"),
        ("a", "R1", "Edema", "positive"),
        ("a", "R2", "Mass", "negative"),
        ("a", "R2", "Edema", "negative"),
    ]


def test_a_reader_who_looked_for_less_denies_less(read_handmade):
    manifest = MANIFEST + 'by_reader = { R2 = ["Mass"] }\n'
    table = read_handmade("image,who,found\na,R1,Mass\na,R2,Nothing\nb,R2,Edema\n", manifest)
    said = table.list_assessments().filter(reader="R2")
    assert said.select("image", "term", "assessment").rows() == [
        ("a", "Mass", "negative"),
        ("b", "Mass", "negative"),
        ("b", "Edema", "positive"),
    ]


def test_one_reader_cannot_find_something_and_nothing(read_handmade):
    with pytest.raises(SourceError, match="'Nothing' alone in column 'found'"):
        read_handmade("image,who,found\na,R1,Mass\na,R1,Nothing\n", MANIFEST)


def test_a_strange_word_is_refused(read_handmade):
    with pytest.raises(SourceError, match="'Odema' in column 'found' has no meaning: 1 image"):
        read_handmade("image,who,found\na,R1,Odema\n", MANIFEST)
