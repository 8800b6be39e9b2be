import polars as pl
import pytest
from pydantic import ValidationError

from labelassemble.errors import SourceError
from labelassemble.sources.assessments import NEGATIVE, POSITIVE
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.folder_names import read_folder_names, state_folder_names


def make(*patterns):
    return FolderNames(encoding="folder_names", patterns=patterns)


def test_the_first_pattern_that_matches_the_whole_name_counts():
    labels = make(r"(?P<term>a)/(?P<patient>\d+)\.png", r"(?P<term>[ab])/(?P<view>..)-.*")
    rows = read_folder_names(pl.Series(["a/12.png", "b/PA-12.png"]), labels)
    assert rows.facts["patient"].to_list() == ["12", ""]
    assert rows.facts["view"].to_list() == ["", "PA"]
    assert rows.cells["words"].to_list() == ["a", "b"]


def test_a_group_that_takes_no_part_gives_no_word():
    labels = make(r"(?P<term>sick)(?:_(?P<term_cause>virus))?\.png")
    rows = read_folder_names(pl.Series(["sick.png", "sick_virus.png"]), labels)
    scope = Scope(terms=("sick", "virus"))
    said = state_folder_names(rows, labels, scope)
    assert said.state.tolist() == [[POSITIVE, NEGATIVE], [POSITIVE, POSITIVE]]
    assert said.reasons[said.reason[0, 0]].text == "file name: listed"


def test_a_name_that_matches_nothing_is_refused():
    with pytest.raises(SourceError) as caught:
        read_folder_names(pl.Series(["1.png", "a1.png", "b1.png"]), make(r"(?P<term>\d)\.png"))
    assert caught.value.got == (
        "2 image files of 3 that no pattern of labels.patterns matches, such as a1.png, b1.png"
    )


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"(?P<patient>\d+)", "no group"),
        (r"(?P<term>a)(?P<person>b)", "the group 'person' is none of patient"),
        (r"(?P<term>a", "not a regular expression"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(pattern, message):
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        make(pattern)


def test_one_person_of_kermany_is_one_patient_wherever_it_stands():
    labels = load_manifest("kermany_pneumonia").labels
    names = [
        "chest_xray/train/PNEUMONIA/person7_bacteria_24.jpeg",
        "test/PNEUMONIA/person7_virus_12.jpg",
        "test/NORMAL/IM-0115-0001.jpeg",
        "train/NORMAL/NORMAL2-IM-0115-0001-0002.jpeg",
        "val/NORMAL/NORMAL2-IM-1427-0001.jpeg",
    ]
    facts = read_folder_names(pl.Series(names), labels).facts
    assert facts["patient"].to_list() == ["person7", "person7", "IM-0115", "IM-0115", "IM-1427"]
    assert facts["split"].to_list() == ["train", "test", "test", "train", "val"]
