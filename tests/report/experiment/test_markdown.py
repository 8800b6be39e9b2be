import dataclasses
import re

import polars as pl

from labelassemble.report.experiment.arm_differences import list_arm_differences, list_pairs
from labelassemble.report.experiment.arm_scores import list_arms, seed_score, summarise_arms
from labelassemble.report.experiment.markdown import experiment_markdown


def read_tables(text):
    """Every table as its rows of cells; fails where a row has more or fewer than its head."""
    tables = []
    for block in text.split("\n\n"):
        if block.startswith("|"):
            rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]
            assert {len(row) for row in rows} == {len(rows[0])}
            assert all(re.fullmatch(r" (---|--:) ", cell) for cell in rows[1])
            tables.append([[cell.strip() for cell in row] for row in rows])
    return tables


def test_tables_hold_the_numbers_of_the_frames(content):
    text = experiment_markdown(content)
    tables = read_tables(text)
    cells = {cell for table in tables for row in table for cell in row}
    for row in summarise_arms(content):
        for arm in list_arms(content):
            assert seed_score(row, arm).text in cells
    for pair in list_pairs(content):
        for one in list_arm_differences(content, pair):
            assert one.value_text in cells
            assert (one.patients_text or "–") in cells
            assert one.p_text in cells
            assert (one.seeds_text or "–") in cells
    assert "not scored: no known positive" in cells
    assert not re.search(r"\b(nan|NaN|None)\b", text)
    assert text.endswith("\n")


def test_images_are_shown_where_they_are(content):
    text = experiment_markdown(content, ["figure_1.png", "figure_2.png"])
    assert "![Gain and similarity of classes](figure_1.png)" in text
    assert "![How many labelled images are needed](figure_2.png)" in text
    assert "![" not in experiment_markdown(content)


def test_words_of_the_data_break_no_table(content):
    bad = "<script>|x|\n\n# y & z"
    hostile = dataclasses.replace(
        content,
        title=bad,
        scores=content.scores.with_columns(pl.col("class").replace("edema", bad)),
        papers=((bad, bad, bad),),
        cautions=(bad,),
    )
    text = experiment_markdown(hostile)
    assert "<script" not in text
    assert len(read_tables(text)) == len(read_tables(experiment_markdown(content)))
    assert "&lt;script>" in text
    assert not re.search(r"^# y", text, re.MULTILINE)


def test_little_is_written_of_little(content, simulate_experiment):
    empty = dataclasses.replace(
        content, scores=content.scores.clear(), differences=content.differences.clear(), figures=()
    )
    text = experiment_markdown(empty)
    assert "No mean was given." in text
    assert "Nothing was compared." in text
    one = simulate_experiment(arms=("full",), sources=(), seeds=(0,), papers=(), with_seeds=False)
    assert "Within" not in experiment_markdown(one)
