import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.sources.write_toml import Line, write_key, write_toml, write_value

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers(-(2**60), 2**60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(TEXT.filter(bool), st.tuples(VALUES, TEXT), max_size=4))
def test_whatever_is_written_is_read_back(values):
    table = {key: Line(value, comment) for key, (value, comment) in values.items()}
    text = write_toml({"": {}, "table": table})
    assert tomllib.loads(text).get("table", {}) == {
        key: value for key, (value, _) in values.items()
    }


@given(st.lists(TEXT, min_size=1, max_size=5), TEXT)
def test_lists_with_a_comment_an_item(words, comment):
    line = Line(tuple(words), comment, each=tuple(f"{word} #" for word in words))
    assert tomllib.loads(write_toml({"": {"words": line}})) == {"words": words}


def test_regular_expressions_keep_their_backslashes():
    assert write_value(r"a\d+") == r"'a\d+'"
    assert write_value("it's \\") == '"it\'s \\\\"'
    assert tomllib.loads(f"a = {write_value(chr(7) + chr(127))}") == {"a": "\x07\x7f"}


@pytest.mark.parametrize(
    ("key", "text"), [("a_b", "a_b"), ("a b", '"a b"'), ("1", '"1"'), ("", '""'), ("ä", '"ä"')]
)
def test_keys(key, text):
    assert write_key(key) == text


def test_lines_that_are_only_comments():
    text = write_toml({"a": {"x": Line(None, "say\nx"), "y": Line(None), "z": Line(1)}, "b": {}})
    assert text == "[a]\n# say x\nz = 1"


def test_long_lists_take_several_lines():
    text = write_toml({"": {"a": Line(tuple("x" * 20 for _ in range(6)), "why")}})
    assert text.startswith("a = [  # why\n  ")
    assert len(tomllib.loads(text)["a"]) == 6
