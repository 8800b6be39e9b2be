import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.class_names import parse_class_names, read_names_file


@pytest.mark.parametrize(
    ("text", "place", "names"),
    [
        ("names: [Mass, Edema]\nnc: 2\n", "data.yaml", ("Mass", "Edema")),
        ("names:\n  - Mass\n  - 7\n", "DATA.YML", ("Mass", "7")),
        ("names:\n  1: Edema\n  0: Mass\n", "data.yaml", ("Mass", "Edema")),
        ("names: {2: Edema}", "data.yaml", ("", "", "Edema")),
        ("Mass\r\nLung Opacity\r\n", "classes.txt", ("Mass", "Lung Opacity")),
        ("Mass\n", "obj.names", ("Mass",)),
    ],
)
def test_lists_tables_and_lines(text, place, names):
    assert parse_class_names(text, place).names == names


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("", "classes.txt", "a name a line"),
        ("", "data.yaml", "names of classes in data.yaml"),
        ("[Mass]", "data.yaml", "names of classes in data.yaml"),
        ("names: []", "data.yaml", "names of classes in data.yaml"),
        ("names: {a: 0}", "data.yaml", "names of classes in data.yaml"),
        ("names: [Mass]\nnc: 2", "data.yaml", "as many names in data.yaml as nc says: 2"),
        ("names: [", "data.yaml", "YAML in data.yaml"),
        ("names: !!python/object/apply:os.getcwd []", "data.yaml", "YAML in data.yaml"),
    ],
)
def test_what_names_nothing_is_told(text, place, expected):
    with pytest.raises(SourceError) as caught:
        parse_class_names(text, place)
    assert expected in caught.value.expected


def test_key_points_are_seen(tmp_path):
    (tmp_path / "data.yaml").write_text("names: [Mass]\nkpt_shape: [17, 3]\n")
    found, file = read_names_file(tmp_path, "data.yaml")
    assert found.points
    assert file.path == "data.yaml"
    with pytest.raises(SourceError, match=r"the file other\.yaml"):
        read_names_file(tmp_path, "other.yaml")
