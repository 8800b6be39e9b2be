"""What a scope says of words that stand beside each other, through whole sources."""

import pytest

from labelassemble.errors import SourceError

LIST = """
name = "mine"
[table]
file = "labels.csv"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass", "Edema", "Device"]
no_finding = ["normal"]
ignore = ["unchanged"]
"""
COLUMNS = """
name = "mine"
[table]
file = "labels.csv"
[labels]
encoding = "finding_columns"
columns = ["normal", "Mass", "Edema", "Device"]
values = { "1" = "positive", "0" = "negative" }
[scope]
no_finding = ["normal"]
"""
ASIDE = 'beside_finding = "set_aside"\n'


def assessments(table):
    return dict(table.list_assessments().select("term", "assessment").iter_rows())


def reasons(table):
    return dict(table.list_assessments().select("term", "reason").iter_rows())


def test_normal_beside_a_finding_is_an_error_or_set_aside(read_handmade):
    text = "image,found\na,normal|Mass\n"
    with pytest.raises(SourceError, match=r"scope\.beside_finding = 'set_aside'"):
        read_handmade(text, LIST)
    table = read_handmade(text, LIST + ASIDE)
    assert assessments(table) == {"Mass": "positive", "Edema": "negative", "Device": "negative"}
    assert reasons(table) == {
        "Mass": "column 'found': listed; 'normal' beside it set aside",
        "Edema": "column 'found': not listed, in scope; 'normal' beside it set aside",
        "Device": "column 'found': not listed, in scope; 'normal' beside it set aside",
    }


def test_setting_aside_changes_no_other_row(read_handmade):
    text = "image,found\na,normal\nb,Mass\n"
    plain, aside = read_handmade(text, LIST), read_handmade(text, LIST + ASIDE)
    assert plain.list_assessments().equals(aside.list_assessments())


def test_a_column_of_normal_beside_a_finding_is_an_error_or_set_aside(read_handmade):
    text = "image,normal,Mass,Edema,Device\na,1,1,,0\n"
    with pytest.raises(SourceError, match=r"scope\.beside_finding = 'set_aside'"):
        read_handmade(text, COLUMNS)
    table = read_handmade(text, COLUMNS + ASIDE)
    assert assessments(table) == {"Mass": "positive", "Device": "negative"}
    assert reasons(table)["Mass"] == "column 'Mass'; 'normal' beside it set aside"
    assert reasons(table)["Device"] == "column 'Device'"


def test_what_a_word_spares_it_does_not_rule_out(read_handmade):
    rules_out_except = 'rules_out_except = { normal = ["Device"], Mass = ["Edema"] }\n'
    table = read_handmade("image,found\na,normal\n", LIST + rules_out_except)
    assert assessments(table) == {"Mass": "negative", "Edema": "negative"}
    table = read_handmade("image,found\na,Mass\n", LIST + rules_out_except)
    assert assessments(table) == {"Mass": "positive", "Device": "negative"}
    text = "image,normal,Mass,Edema,Device\na,1,,,1\n"
    table = read_handmade(text, COLUMNS + 'rules_out_except = { normal = ["Device"] }\n')
    assert assessments(table) == {"Mass": "negative", "Edema": "negative", "Device": "positive"}


def test_a_remark_limits_the_findings_beside_it_but_not_normal(read_handmade):
    rules_out_only = "rules_out_only = { unchanged = [] }\n"
    for text, expected in (
        ("unchanged", {}),
        ("Mass|unchanged", {"Mass": "positive"}),
        ("Mass", {"Mass": "positive", "Edema": "negative", "Device": "negative"}),
        ("normal|unchanged", dict.fromkeys(("Mass", "Edema", "Device"), "negative")),
    ):
        assert (
            assessments(read_handmade(f"image,found\na,{text}\n", LIST + rules_out_only))
            == expected
        )


@pytest.mark.parametrize("key", ["rules_out_only", "rules_out_except"])
def test_limits_speak_of_known_words_and_terms(read_handmade, key):
    for limit in ('{ odd = ["Mass"] }', '{ Mass = ["odd"] }'):
        with pytest.raises(SourceError, match="speak of 'odd'"):
            read_handmade("image,found\na,Mass\n", f"{LIST}{key} = {limit}\n")
