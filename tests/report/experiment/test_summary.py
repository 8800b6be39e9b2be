import dataclasses

from labelassemble.report.experiment.arm_differences import list_main_differences
from labelassemble.report.experiment.arm_scores import (
    find_mean,
    list_arms,
    seed_score,
    summarise_arms,
)
from labelassemble.report.experiment.summary import summarise_experiment


def test_arms_and_differences_stand_in_columns(content):
    lines = summarise_experiment(content).splitlines()
    assert lines[: 1 + len(content.answer)] == [content.title, *content.answer]
    mean = find_mean(summarise_arms(content))
    places = set()
    for arm in list_arms(content):
        line = next(one for one in lines if one.split("  ")[0] == arm)
        score = seed_score(mean, arm)
        assert line.split("  ", 1)[1].split() == [
            *score.text.split(), "±", score.deviation_text, "6", "of", "7"
        ]  # fmt: skip
        places.add(line.index(score.text))
    assert len(places) == 1
    for one in list_main_differences(content):
        line = next(line for line in lines if line.startswith(one.title))
        for word in (one.value_text, one.seeds_text, one.p_seeds_corrected_text, str(one.outcome)):
            assert word in line
    assert max(map(len, lines)) < 160
    assert "nan" not in "\n".join(lines)


def test_columns_without_entries_are_excluded(simulate_experiment):
    one = simulate_experiment(arms=("masked", "full"), seeds=(0,), with_seeds=False)
    text = summarise_experiment(one)
    assert "sd of seeds" not in text
    assert "patients and seeds" not in text


def test_what_was_not_scored_is_said(content):
    empty = dataclasses.replace(
        content, scores=content.scores.clear(), differences=content.differences.clear()
    )
    assert "difference  " not in summarise_experiment(empty)
    scores = content.scores.filter(content.scores["method"] != "full")
    text = summarise_experiment(dataclasses.replace(content, scores=scores))
    assert "not scored" in text
