import numpy as np
import pytest

from labelassemble_phantoms.finding_model import FINDINGS
from labelassemble_phantoms.label_files import (
    ANNOTATED,
    FINDING_WORDS,
    SimulatedImage,
    label_table,
    truth_table,
)


@pytest.fixture
def records():
    opinions = dict.fromkeys(FINDINGS, "negative")
    ill = opinions | {"effusion": "positive", "mass": "positive", "atelectasis": "uncertain"}
    asked = dict.fromkeys(ANNOTATED["east"], True)
    severity = np.linspace(0, 1, 8)
    return [
        SimulatedImage(
            image="X00000_000.png",
            hospital="east",
            patient="X00000",
            age=40,
            sex="F",
            view="PA",
            habitus=24.06,
            severity=severity,
            labels=severity > 0.2,
            opinions=said,
            asked=asked | {"edema": said is opinions},
        )
        for said in (opinions, ill)
    ]


def test_every_class_is_annotated_and_some_by_two():
    counts = {name: sum(name in each for each in ANNOTATED.values()) for name in FINDINGS}
    assert min(counts.values()) == 1
    assert [name for name in FINDINGS if counts[name] == 2] == [
        "atelectasis",
        "effusion",
        "pneumothorax",
    ]
    assert len(set(ANNOTATED.values())) == 3


def test_north_lists_its_own_findings(records):
    table = label_table("north", records)
    assert table["Finding Labels"].to_list() == ["No Finding", "Effusion|Mass"]
    assert table["Patient Gender"].to_list() == ["F", "F"]


def test_east_writes_numbers_and_leaves_blank_what_it_did_not_look_for(records):
    table = label_table("east", records)
    assert table["Atelectasis"].to_list() == [0, -1]
    assert table["Edema"].to_list() == [0, None]
    assert table["Effusion"].to_list() == [0, 1]
    assert "Mass" not in table.columns
    assert table["Path"][0] == "images/X00000_000.png"


def test_west_says_yes_or_no(records):
    table = label_table("west", records)
    assert [FINDING_WORDS[name] in table.columns for name in FINDINGS].count(True) == 3
    assert table["Consolidation"].to_list() == ["NO", "NO"]
    assert table["image_id"][0] == "X00000_000"


def test_the_reference_holds_the_truth_not_the_opinion(records):
    table = label_table("reference", records)
    assert table["Effusion"].to_list() == [1, 1]
    assert table["Atelectasis"].to_list() == [0, 0]
    assert table["hospital"].to_list() == ["east", "east"]


def test_the_truth_table_says_everything(records):
    table = truth_table("reference", records)
    assert table["folder"].to_list() == ["reference"] * 2
    assert table["effusion"][0] == 1
    assert table["effusion_severity"][0] == pytest.approx(4 / 7, abs=1e-4)
    assert table["habitus"][0] == 24.1
