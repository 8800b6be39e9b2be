import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.sources.archives.archive_names import NamesTaken, refuse_name, split_name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "absolute"),
        ("a/../../b", "leaves the folder"),
        ("..", "leaves the folder"),
        ("C:/a.png", "Windows"),
        ("c:a.png", "Windows"),
        ("a\\b.png", "Windows"),
        ("", "no name"),
        ("./", "no name"),
        ("a\nb", "no text"),
        ("a\udcff", "no text"),
        ("images/NUL", "devices"),
        ("images/com1.png", "devices"),
        ("a" * 256, "longer than 255 bytes"),
        ("ä" * 128, "longer than 255 bytes"),
    ],
)
def test_names_that_are_refused(name, reason):
    assert reason in (refuse_name(name) or "")


@pytest.mark.parametrize("name", ["a.png", "./a/b.png", "a//b", "...", "Müller/1 (2).png", "ab:c"])
def test_names_that_are_not(name):
    assert refuse_name(name) is None


@given(st.text(alphabet="ab/.\\:C ", max_size=12))
def test_what_is_not_refused_stays_below_the_folder(name):
    if refuse_name(name) is None:
        parts = split_name(name)
        assert parts
        assert not {"", ".", ".."} & set(parts)
        assert not any("/" in part or "\\" in part for part in parts)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("a/b.png", "a/b.png", "comes twice"),
        ("./a", "a", "comes twice"),
        ("A/b.png", "a/B.png", "in case alone"),
        ("a", "a.", "in case alone"),
        ("\u00fc", "u\u0308", "in case alone"),  # composed and decomposed
        ("a", "A/b", "a is a file, so nothing can lie in it"),
        ("a/b", "A", "a is a folder"),
    ],
)
def test_no_two_files_of_one_name(first, second, reason):
    names = NamesTaken()
    assert names.take(first) is None
    assert reason in (names.take(second) or "")


def test_folders_may_come_again_and_before_their_files():
    names = NamesTaken()
    assert names.take("a", folder=True) is None
    assert names.take("a/b.png") is None
    assert names.take("a", folder=True) is None
    assert names.take("a") == "a is a folder"
