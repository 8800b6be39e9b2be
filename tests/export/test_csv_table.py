import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import AssemblyError
from labelassemble.export.csv_table import render_csv_table

HEADER = "record,source,path,patient,group,split,fold,view,age,sex,mass,nodule,lung_opacity"

text = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8
)


def read(content):
    return list(csv.reader(io.StringIO(content, newline=""), strict=True))


def test_every_cell_of_every_state(table):
    assert render_csv_table(table).split("\n") == [
        HEADER,
        "nih/1.png,nih,/files/nih/1.png,nih/7,0,test,1,PA,0.5,F,1,0,",
        "nih/2.png,nih,/files/nih/2.png,,1,validate,0,,40,M,-1,0.5,0.1",
        "rsna/a,rsna,/files/rsna/a,,2,unused,,,,,1,0,",
        "rsna/b,rsna,,,3,train,,,,,,,",
        "",
    ]


def test_no_images(make_table):
    content = render_csv_table(make_table(("mass", "nodule", "lung_opacity"), {}))
    assert content == f"{HEADER}\n"


def test_no_classes(make_table):
    rows = read(render_csv_table(make_table((), {"a/1": ""})))
    assert [len(row) for row in rows] == [10, 10]


def test_a_class_without_positives_or_without_any_cell(make_table):
    rows = read(render_csv_table(make_table(("mass", "nodule"), {"a/1": "- .", "a/2": ". ."})))
    assert [row[-2:] for row in rows] == [["mass", "nodule"], ["0", ""], ["", ""]]


def test_commas_quotes_line_ends_and_other_alphabets(make_table):
    name = 'a/1, "x"\r\n\tKlänge 肺.png'
    view = 'P"A'
    table = make_table(('mass, "big"',), {name: ("+", {"view": view, "patient": "a/Ö,1"})})
    content = render_csv_table(table)
    (header, row) = read(content)
    assert header[-1] == 'mass, "big"'
    assert (row[0], row[3], row[7], row[-1]) == (name, "a/Ö,1", view, "1")
    assert '"a/1, ""x""\r\n\tKlänge 肺.png"' in content


def test_the_same_table_the_same_text(table):
    assert render_csv_table(table) == render_csv_table(table)


def test_a_class_named_like_a_fact_is_refused(make_table):
    with pytest.raises(AssemblyError, match="'split'"):
        render_csv_table(make_table(("split",), {"a/1": "+"}))


def test_any_text_comes_back(make_table):
    @given(st.dictionaries(text, st.tuples(st.sampled_from(["+", "-", "?", ".", "0.1"]), text)))
    def hold(rows):
        told = {name: (word, {"view": view}) for name, (word, view) in rows.items()}
        got = read(render_csv_table(make_table(("mass",), told)))[1:]
        signs = {"+": "1", "-": "0", "?": "-1", ".": "", "0.1": "0.1"}
        expected = [(name, view, signs[word]) for name, (word, view) in rows.items()]
        assert [(row[0], row[7], row[-1]) for row in got] == expected

    hold()
