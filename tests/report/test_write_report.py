import dataclasses
import re

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import RunError
from labelassemble.report.content import ExampleImage, WrongPrediction
from labelassemble.report.score_summary import summarise_scores
from labelassemble.report.write_report import render_report, write_report

SHARES = ("sensitivity", "specificity")


@pytest.fixture(scope="module")
def read(read_html):
    return lambda content: read_html(render_report(content))


@pytest.fixture(scope="module")
def page(simulate_content, read):
    return read(simulate_content(seeds=(0, 1), unscored=("hernia",)))


def test_the_page_loads_nothing_and_runs_nothing(page):
    assert page.loads
    assert all(load.startswith("data:image/") for load in page.loads)
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "form"})


def test_style_loads_nothing(simulate_content):
    style = re.search(
        r"<style>(.*?)</style>", render_report(simulate_content(drawn=False)), re.DOTALL
    )[1]
    assert "url(" not in style
    assert "@import" not in style


def test_links_lead_to_sections_or_citations(page):
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        assert link.removeprefix("#") in page.ids or link.startswith("https://")
    assert "https://arxiv.org/abs/2109.12265" in page.links
    assert "https://example.org/north" in page.links


def test_every_image_says_what_it_shows(page):
    assert len(page.images) > 10
    for image in page.images:
        assert len(image["alt"]) > 10
        assert int(image["width"]) > 0
        assert int(image["height"]) > 0


def test_numbers_are_those_given(page, simulate_content):
    content = simulate_content(seeds=(0, 1), unscored=("hernia",))
    for row in summarise_scores(content):
        assert row.title in page.words
        for method in row.methods.values():
            if row.is_scored:
                assert method.auroc.text in page.words
                assert method.average_precision.text in page.words
    for row in content.comparisons.filter(pl.col("class") == "mass").iter_rows(named=True):
        assert f"{abs(row['difference']):.3f}"[1:] in page.words


def test_a_class_that_was_not_scored_is_shown_with_the_reason(page):
    assert re.search(r"Hernia .{0,30} not scored: no known positive", page.words)


def test_what_must_be_said_is_said(page):
    for words in (
        "A score across sources flatters where the source predicts the label.",
        "Not a medical device",
        "Kang et al., Label-Assemble",
        "Zhu et al.",
        "Splitting each source as it asks would have leaked 11 images.",
        "No leak",
        "CC BY 4.0",
        "torch 2.13.0",
        "losses.temperature",
    ):
        assert words in page.words
    assert "/home/somebody" not in page.words


def test_words_of_the_data_are_text(simulate_content, read):
    bad = "<script>alert('x')</script>"
    content = simulate_content(
        scopes={"north": ("effusion",), bad: ("mass",)},
        classes=("effusion", "mass"),
        titles={"effusion": bad, "mass": '"><img src=x>'},
        source_titles={"north": bad},
    )
    image = content.examples[0].image
    content = dataclasses.replace(
        content,
        title=bad,
        notes=[bad],
        settings={bad: bad},
        versions={bad: bad},
        examples=[ExampleImage(image, bad, bad)],
        logs={f"{bad}-seed0": next(iter(content.logs.values()))},
    )
    html = render_report(content)
    assert "<script" not in html
    assert "<img src=x" not in html
    assert bad in read(content).words


@pytest.mark.parametrize(
    "options",
    [
        {"scopes": {"only": ("effusion",)}, "classes": ("effusion",), "heat_maps": 0},
        {"methods": ("label-assemble",)},
        {"methods": ("single", "masked", "label-assemble"), "seeds": (0, 1, 2)},
        {"within": False, "epochs": 1},
        {
            "classes": tuple(f"a_finding_with_quite_a_long_name_{n}" for n in range(34)),
            "records": 12,
            "within": False,
            "heat_maps": 0,
        },
    ],
)
def test_every_kind_of_content_makes_a_page(simulate_content, options, read):
    content = simulate_content(**options)
    page = read(content)
    assert sum(len(load) for load in page.loads) < 5_000_000
    for name in content.table.classes:
        assert content.title_of(name) in page.words
    assert ("Only one method was scored" in page.words) == (len(content.methods) == 1)
    assert ("No conflicts" in page.words) == (content.table.conflicts.height == 0)
    assert ("No heat maps" in page.words) == (not content.heat_maps)


def test_a_table_alone_makes_a_page(simulate_content, read):
    content = simulate_content(drawn=False)
    bare = dataclasses.replace(
        content,
        results=content.results.clear(),
        comparisons=None,
        logs={},
        roc_curves={},
        examples=[],
        heat_maps=[],
        notes=[],
        settings={},
        versions={},
        table=dataclasses.replace(
            content.table,
            conflicts=content.table.conflicts.clear(),
            excluded=content.table.excluded.clear(),
            manifest={},
        ),
    )
    words = read(bare).words
    assert "No network was scored yet." in words
    assert "No training log was given." in words
    assert "No curves were given." in words
    for name in content.table.classes:
        assert content.title_of(name) in words


def test_a_leak_is_shouted(simulate_content, read):
    content = simulate_content(drawn=False)
    records = content.table.records.with_columns(group=pl.lit(1, pl.Int64))
    leaking = dataclasses.replace(
        content, table=dataclasses.replace(content.table, records=records)
    )
    assert "Leak: 1 person in more than one of train, validate and test" in read(leaking).words


def test_long_lists_are_cut_and_say_so(simulate_content, read):
    content = simulate_content(drawn=False)
    many = pl.DataFrame(
        [("north", f"{n}.png", f"reason {n:03d}", 1) for n in range(60)],
        schema=content.table.excluded.schema,
        orient="row",
    )
    table = dataclasses.replace(content.table, excluded=many)
    words = read(dataclasses.replace(content, table=table)).words
    assert "reason 039" in words
    assert "reason 040" not in words
    assert "And 20 reasons more" in words


def test_the_same_content_gives_the_same_bytes(simulate_content, tmp_path):
    paths = [
        write_report(simulate_content(), tmp_path / name / "report.html") for name in ("a", "b")
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_leaves_nothing(simulate_content, tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(RunError, match="report to be written"):
        write_report(simulate_content(drawn=False), tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="Choose another folder"):
        write_report(simulate_content(drawn=False), tmp_path / "file" / "report.html")


def test_what_cannot_be_shown_is_refused_before_anything_is_written(simulate_content, tmp_path):
    content = simulate_content(drawn=False)
    bad = dataclasses.replace(content, results=content.results.drop("auroc_score"))
    with pytest.raises(RunError, match="auroc_score"):
        write_report(bad, tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_nothing_empty_has_a_section_or_a_link(simulate_content, read):
    """What is not there is reported in a line at the end."""
    content = simulate_content(drawn=False, within=False)
    blank = dataclasses.replace(content, comparisons=None, logs={}, roc_curves={}, heat_maps=())
    page = read(blank)
    assert {"roc", "differences", "learning", "maps"}.isdisjoint(page.ids)
    assert "Not on this page: " in page.words


def test_single_sources_stand_in_one_table_of_what_was_scored(simulate_content):
    html = render_report(simulate_content())
    assert html.count("<summary>Within single sources") <= 2
    assert "Within Hospital" not in html


def test_too_few_patients_are_told_beside_the_score(simulate_content, read):
    content = simulate_content(within=False)
    few = pl.col("class") == "mass"
    note = pl.when(few).then(pl.lit("too few (4 positive patients)")).otherwise("note")
    blank = [
        pl.when(few).then(None).otherwise(end).alias(end)
        for end in ("auroc_low", "auroc_high", "average_precision_low", "average_precision_high")
    ]
    results = content.results.with_columns(note.alias("note"), *blank)
    unsaid = [pl.when(few).then(None).otherwise(end).alias(end) for end in ("low", "high", "p")]
    compared = content.comparisons.with_columns(*unsaid)
    if "note" in compared.columns:
        compared = compared.with_columns(note.alias("note"))
    words = read(dataclasses.replace(content, results=results, comparisons=compared)).words
    assert "too few (4 positive patients)" in words
    assert "no interval" in words


def test_thresholds_and_wrong_predictions_stand_on_the_page(simulate_content, read):
    content = simulate_content(drawn=False)
    plain = read(content)
    assert {"thresholds", "wrong"}.isdisjoint(plain.ids)
    numbers = {f"n_{kind}": 9 for kind in ("true_positive", "positive")}
    numbers |= {f"n_{kind}": 95 for kind in ("true_negative", "negative")}
    shares = {f"{name}_{end}": 0.5 for name in SHARES for end in ("score", "low", "high")}
    told = {"class": "mass", "method": "single", "threshold": 0.413, **numbers, **shares}
    told |= {"group": "all", "note": ""}
    last = [
        told | {"method": "label-assemble", "group": group, "n_positive": count}
        for group, count in (("all", 21), ("source north", 12), ("age 40 to 64", 8))
    ]
    few = "too few (3 negative validation patients)"
    none = dict.fromkeys(told) | {"class": "hernia", "method": "single", "group": "all"}
    points = pl.DataFrame([told, none | {"note": few}, *last], infer_schema_length=None)
    image = content.heat_maps[0].image
    wrong = [
        WrongPrediction(image, "Mass", 0.97, 0.413, False, "north, evidence: report"),
        WrongPrediction(image, "Hernia", 0.02, 0.5, True, "south, evidence: radiologist"),
    ]
    page = read(dataclasses.replace(content, operating_points=points, wrong_predictions=wrong))
    assert {"thresholds", "wrong"} <= set(page.ids)
    assert "Mass single .413 9 of 9 .500 [.500, .500] 95 of 95" in page.words
    assert re.search(rf"Hernia single {re.escape(few)}", page.words)
    groups = page.words.partition("Sources and groups of patients")[2]
    assert "all images 9 of 21" in groups
    assert groups.index("source north 9 of 12") < groups.index("age 40 to 64 9 of 8")
    assert "probability .970, called present from .413 on. Truth: absent" in page.words
    assert "(south, evidence: radiologist)" in page.words
    assert page.words.index("False positives") < page.words.index("False negatives")


def test_reliability_stands_beside_calibration(simulate_content, read):
    content = simulate_content(drawn=False)
    row = {"class": "mass", "n_patients": 50, "brier_error": 0.12, "calibration_error": 0.03}
    row |= {"brier_error_calibrated": 0.11, "calibration_error_calibrated": None}
    bins = (np.array([0.1, 0.6]), np.array([0.2, 0.5]), np.array([40, 41]))
    last = content.methods[-1]
    content = dataclasses.replace(
        content,
        calibration=pl.DataFrame(
            [row | {"method": method, "note": ""} for method in content.methods]
        ),
        reliability={"single": bins},
        reliability_calibrated={last: bins, "single": bins},
    )
    page = read(content)
    assert "single: 2 dots of 40 to 41 predictions" in page.words
    assert f"{last}, calibrated: 2 dots of 40 to 41 predictions" in page.words
    assert "single, calibrated" not in page.words
    assert "Mass 50 .120 → .110 .030 .120 → .110 .030" in page.words
    assert any("single .10 .20, .60 .50" in image["alt"] for image in page.images)
