import pytest

from labelassemble.errors import LabelAssembleError, SettingsError, some, unknown_name


def test_three_lines_that_end_as_sentences() -> None:
    error = SettingsError("a size", "none!", "Give one")
    assert str(error) == "Expected a size.\nGot      none!\nDo this: Give one."
    assert isinstance(error, LabelAssembleError)
    assert (error.expected, error.got, error.do) == ("a size", "none!", "Give one")


def test_unknown_names() -> None:
    assert unknown_name("class", "x", []) == "no class 'x'; known: none"


@pytest.mark.parametrize(("number", "said"), [(2, "n0, n1"), (12, "n9 and 2 more")])
def test_some_names(number: int, said: str) -> None:
    assert some(f"n{place}" for place in range(number)).endswith(said)
