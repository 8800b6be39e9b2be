import dataclasses
import re

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import RunError
from labelassemble.report.experiment.arm_differences import list_arm_differences, list_pairs
from labelassemble.report.experiment.arm_scores import list_arms, seed_score, summarise_arms
from labelassemble.report.experiment.content import Scatter
from labelassemble.report.experiment.grid_plot import list_cells
from labelassemble.report.experiment.page import list_curve_values, list_points
from labelassemble.report.experiment.write_experiment import render_experiment, write_experiment
from labelassemble.report.number_format import format_count


@pytest.fixture(scope="module")
def html(content):
    return render_experiment(content)


@pytest.fixture(scope="module")
def page(html, read_html):
    return read_html(html)


def assert_quiet(html, reader):
    """Nothing is run, nothing is loaded, no number is missing without a word or a dash."""
    assert reader.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "form"})
    assert all(load.startswith("data:image/svg+xml;base64,") for load in reader.loads)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"\b(nan|NaN|None|inf)\b", reader.words)
    attributes = re.sub(r"base64,[^\"]*", "", html)
    assert not re.search(r"=\"[^\"]*\b(nan|NaN|None)\b", attributes)
    assert len(set(reader.ids)) == len(reader.ids)
    for link in reader.links:
        assert link.removeprefix("#") in reader.ids


def test_the_page_is_whole_and_loads_nothing(html, page):
    assert_quiet(html, page)
    assert len(page.images) >= 4
    assert all(len(image["alt"]) > 20 for image in page.images)


def test_every_score_of_the_frame_is_on_the_page(content, page):
    for source in ("all", "north", "south"):
        for row in summarise_arms(content, source):
            for arm in list_arms(content):
                score = seed_score(row, arm)
                if score.mean is None:
                    continue
                assert score.interval_text in page.words
                assert f" {score.text.partition(' ')[0]} " in page.words
                if row.name != "mean" or source == "all":
                    assert score.by_seed in page.words
            if row.n_positive is not None and row.name != "mean":
                assert f"{format_count(row.n_positive)} positive" in page.words
    assert re.search(r"Hernia 0 520 not scored: no known positive", page.words)


def test_every_difference_of_the_frame_is_on_the_page(content, page):
    for pair in list_pairs(content):
        for one in list_arm_differences(content, pair):
            if one.difference is None:
                assert f"not compared: {one.note}" in page.words
                continue
            assert f"{one.value_text} {one.scores_text} {one.seeds_text} " in page.words
            assert one.patients_text in page.words
            assert one.p_clustered_text in page.words
        for source in ("north", "south"):
            mean = list_arm_differences(content, pair, source)[-1]
            assert f"{mean.value_text} {mean.patients_text}" in page.words


def test_seeds_lead_and_patients_alone_are_called_so(page):
    heads = page.words.index("Over patients and seeds"), page.words.index("Over patients alone")
    assert heads == tuple(sorted(heads))


def test_every_number_of_the_figures_is_on_the_page(content, page):
    scatter, curves, grid = content.figures
    for row in list_points(scatter):
        assert " ".join(row) in page.words
    for name, values in list_curve_values(curves):
        assert " ".join([name, *values]) in page.words
    for name, cells in list_cells(grid):
        words = [f"{cell.value} {cell.interval}".strip() for cell in cells]
        assert " ".join([name, *words]) in page.words
    for one in content.figures:
        assert one.note in page.words


def test_what_must_be_said_is_said(content, page):
    for words in (
        content.title,
        content.question,
        *content.answer,
        *content.cautions,
        *(arm.title for arm in content.arms),
        content.command,
        "Better after correction (5 of 6)",
        "No difference shown, which is not the same as none (1 of 6)",
        "Pooled scores flatter where the source gives the class away",
        "Med3D, CheXpert, 75,310 labels .744 Kang 2023, Table 1 med3d",
        '"output": "…/out"',
        "polars 2.0",
        "Seeds: 0, 1, 2.",
        "Not a medical device",
    ):
        assert words in page.words
    assert "/home/somebody" not in page.words


def test_words_of_the_data_are_text(content, read_html):
    bad = "<script>alert('x')</script>"
    rename = {"method": {"masked": bad}, "class": {"edema": bad}, "note": {"": bad}}
    scores = content.scores.with_columns(
        pl.col(column).replace(words) for column, words in rename.items()
    )
    differences = content.differences.with_columns(
        pl.col("first").replace("masked", bad), pl.col("class").replace("edema", bad)
    )
    scatter = content.figures[0]
    hostile = dataclasses.replace(
        content,
        title=bad,
        question=bad,
        answer=(bad, bad),
        scores=scores,
        differences=differences,
        figures=(
            dataclasses.replace(scatter, names=(bad, *scatter.names[1:]), title=bad, note=bad),
        ),
        papers=((bad, bad, bad),),
        cautions=(bad,),
        settings={bad: bad},
        versions={bad: bad},
        command=bad,
        titles={"mean": bad},
    )
    html = render_experiment(hostile)
    assert "<script" not in html
    reader = read_html(html)
    assert_quiet(html, reader)
    assert reader.words.count(bad) > 20


@pytest.mark.parametrize(
    "options",
    [
        {"seeds": (5,), "with_seeds": False},
        {"arms": ("full",), "classes": ("edema",), "unscored": (), "sources": ()},
        {"arms": ("masked", "full"), "unscored": ("edema",), "classes": ("edema",)},
        {
            "arms": tuple(f"arm-with-quite-a-long-name-{n}" for n in range(10)),
            "classes": tuple(f"a_finding_with_quite_a_long_name_{n}" for n in range(26)),
            "seeds": (0,),
            "sources": (),
            "figures": (),
        },
        {"figures": (), "papers": (), "cautions": (), "versions": {}, "settings": {}, "answer": ()},
    ],
)
def test_unusual_experiments_are_shown(simulate_experiment, read_html, options):
    html = render_experiment(simulate_experiment(**options))
    assert_quiet(html, read_html(html))


def test_nothing_scored_and_nothing_compared_is_said(content, read_html):
    empty = dataclasses.replace(
        content, scores=content.scores.clear(), differences=content.differences.clear()
    )
    words = read_html(render_experiment(empty)).words
    assert "Nothing was scored." in words
    assert "Nothing was compared." in words


def test_points_without_numbers_are_named(content, read_html):
    none = np.full(2, np.nan)
    scatter = Scatter("t", "x", "y", ("one", "two"), none, none, none, none, "")
    words = read_html(render_experiment(dataclasses.replace(content, figures=(scatter,)))).words
    assert "Not drawn, as a number is missing: one, two." in words


def test_the_page_is_written_whole(content, html, tmp_path):
    path = tmp_path / "new" / "experiment.html"
    assert write_experiment(content, path) == path
    assert path.read_text(encoding="utf-8") == html
    assert [one.name for one in path.parent.iterdir()] == ["experiment.html"]


def test_a_place_that_is_none_is_an_error(content, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="a report to be written"):
        write_experiment(content, tmp_path / "file" / "experiment.html")
