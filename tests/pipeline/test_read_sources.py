from pathlib import Path

import pytest

from labelassemble.errors import SourceError
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.read_sources import read_sources
from labelassemble.settings import SourceSettings
from labelassemble.vocabulary.vocabulary import load_vocabulary

MANIFEST = """
name = "mine"
foo = 1
[table]
file = "labels.csv"
patient = "who"
age = "years"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass", "Edema"]
no_finding = ["Normal"]
[terms]
"Mass" = "masss"
"""
SOUND = MANIFEST.replace("foo = 1\n", "").replace('"masss"', '"mass"')
TABLE = """image,who,years,found
a.png,p,58,Mass
b.png,p,58
,p,58,Mass
c.png,p,old,Edema
d.png,p,58,Odema
e.png,p,58,Normal|Mass
f.png,p,58,Edema
f.png,p,58,Mass
"""


@pytest.fixture
def chest():
    return load_vocabulary("chest_radiograph")


def write(folder: Path, manifest=MANIFEST, table=TABLE, name="mine"):
    folder.mkdir(exist_ok=True)
    path = folder / "m.toml"
    path.write_text(manifest, encoding="utf-8")
    (folder / "labels.csv").write_text(table, encoding="utf-8")
    return SourceSettings(name=name, manifest=str(path), folder=folder, missing_images="keep")


def test_all_that_is_wrong_is_told_at_once_in_the_words_of_check(tmp_path, chest):
    source = write(tmp_path)
    checked = check_source(source.manifest, tmp_path, missing_images="keep")
    assert len(checked.problems) == 8
    with pytest.raises(SourceError) as caught:
        read_sources([source], chest)
    assert "8 problems" in caught.value.got
    for problem in checked.problems:
        assert str(problem) in str(caught.value)
    for part in ("foo", "line 3 has 3", "line 4", "'old'", "'Odema'", "beside a finding"):
        assert part in str(caught.value)
    for remark in checked.remarks:
        assert str(remark) not in str(caught.value)


def test_one_problem_is_told_as_what_was_expected_what_came_and_what_to_do(tmp_path, chest):
    source = write(tmp_path, SOUND, "image,who,years,found\na.png,p,58,Mass\nb.png,p,58,Odema\n")
    (problem,) = check_source(source.manifest, tmp_path, missing_images="keep").problems
    with pytest.raises(SourceError) as caught:
        read_sources([source], chest)
    assert caught.value.expected.endswith("(source mine)")
    assert str(problem) == f"{caught.value.got}. {caught.value.do}."


def test_problems_of_several_sources_are_told_together(tmp_path, chest):
    sound = "image,who,years,found\na.png,p,58,Mass\n"
    sources = [
        write(tmp_path / "one", SOUND, sound + "b.png,p,58,Odema\n", "one"),
        write(tmp_path / "two", SOUND, sound, "two"),
        write(tmp_path / "three", "name = ", sound, "three"),
    ]
    with pytest.raises(SourceError) as caught:
        read_sources(sources, chest)
    assert "one: the word 'Odema'" in caught.value.got
    assert "three: Expected TOML" in caught.value.got
    assert "two" not in caught.value.got
    assert [table.source for table in read_sources(sources[1:2], chest)] == ["two"]
