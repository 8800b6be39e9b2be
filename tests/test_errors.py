import pickle

import pytest

from labelassemble.errors import LabelAssembleError, RunError, SettingsError, some, unknown_name


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


def test_an_error_of_another_process_says_the_same():
    error = RunError("a finished run", "none", "Train first")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is RunError
    assert str(again) == str(error)
    assert (again.expected, again.got, again.do) == ("a finished run", "none", "Train first")
