import pytest

from labelassemble.sources.optional_files import any_there


@pytest.mark.parametrize(
    ("names", "there"),
    [
        (["a.csv"], True),
        (["b.csv"], True),
        (["c.csv", "a.csv"], True),
        (["*a.csv"], True),
        (["b*.csv"], True),
        (["**/d.csv"], True),
        (["c.csv"], False),
        (["c*.csv"], False),
        ([], False),
    ],
)
def test_names_and_patterns_plain_and_packed(tmp_path, names, there):
    (tmp_path / "below").mkdir()
    for name in ("a.csv", "b.csv.gz", "below/d.csv"):
        (tmp_path / name).touch()
    assert any_there(tmp_path, names) == there


def test_no_folder_holds_nothing(tmp_path):
    assert not any_there(tmp_path / "nowhere", ["a.csv"])
