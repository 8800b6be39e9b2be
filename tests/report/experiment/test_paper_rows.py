import dataclasses

import pytest

from labelassemble.report.experiment.arm_scores import find_mean, seed_score, summarise_arms
from labelassemble.report.experiment.paper_rows import find_arm, list_papers


@pytest.mark.parametrize(
    ("what", "arm"),
    [
        ("Label-Assemble, CheXpert", "label-assemble"),
        ("ours: masked", "masked"),
        ("masked-both-views", ""),
        ("masked against full", ""),
        ("unmasked", ""),
        ("a.b", ""),
    ],
)
def test_an_arm_is_named_as_a_whole_word(what, arm):
    assert find_arm(what, ["masked", "full", "label-assemble", "a+b"]) == arm


def test_our_score_stands_beside_theirs(content):
    mean = find_mean(summarise_arms(content))
    rows = list_papers(content, mean)
    assert [row[:3] for row in rows] == list(content.papers)
    assert [row.arm for row in rows] == ["single", "med3d", "label-assemble", ""]
    assert rows[1].ours == seed_score(mean, "med3d").text
    assert rows[3].ours == ""
    assert all(row.ours == "" for row in list_papers(content, None))


def test_what_is_no_auroc_stands_beside_its_like(content):
    mean = find_mean(summarise_arms(content))
    reached = dataclasses.replace(content, reached={"med3d": ".459 [.244, .627]"})
    ours = {row.arm: row.ours for row in list_papers(reached, mean)}
    assert ours == {"med3d": ".459 [.244, .627]", "": ""}
