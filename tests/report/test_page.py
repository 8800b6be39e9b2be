import dataclasses

import polars as pl

from labelassemble.report.content import ExampleImage
from labelassemble.report.page import describe_page


def test_curves_without_a_score_or_without_points_do_not_break(simulate_content):
    content = simulate_content(unscored=("hernia",))
    curves = {name: dict(by_class) for name, by_class in content.roc_curves.items()}
    curves["single"]["hernia"] = curves["single"]["mass"]
    curves["single"]["effusion"] = (content.roc_curves["single"]["mass"][0][:0],) * 2
    curves["never scored"] = curves["single"]
    panels = describe_page(dataclasses.replace(content, roc_curves=curves))["roc"]
    legends = {title: legend for title, _, legend in panels}
    assert [method for method, _ in legends["Effusion"]] == ["label-assemble"]
    assert legends["Hernia"] == [("single", "–")]
    assert [method for method, _ in legends["Mass"]] == ["single", "label-assemble"]


def test_a_class_without_any_curve_has_no_panel(simulate_content):
    page = describe_page(simulate_content(unscored=("hernia",)))
    assert [title for title, _, _ in page["roc"]] == ["Effusion", "Mass"]


def test_runs_of_several_seeds_are_one_line_in_the_legend(simulate_content):
    page = describe_page(simulate_content(seeds=(0, 1, 2)))
    assert list(page["run_styles"]) == ["single-north", "label-assemble"]


def test_quantities_that_nobody_logged_have_no_panel(simulate_content):
    content = simulate_content(methods=("masked",))
    words = [title for title, _ in describe_page(content)["learning"]]
    assert words == ["L_bce: known cells", "Mean AUROC in validation"]


def test_examples_of_a_source_that_the_table_does_not_hold_are_shown(simulate_content):
    content = simulate_content()
    image = content.examples[0].image
    foreign = dataclasses.replace(content, examples=[ExampleImage(image, "elsewhere", "")])
    assert [source for source, _ in describe_page(foreign)["examples"]] == ["elsewhere"]


def test_many_images_are_shown_smaller(simulate_content):
    few = describe_page(simulate_content(size=400, heat_maps=2, drawn=False))["heat_maps"][0][
        "overlay"
    ]
    some = describe_page(simulate_content(size=400, heat_maps=12, drawn=False))["heat_maps"][0][
        "overlay"
    ]
    many = describe_page(simulate_content(size=400, heat_maps=30, drawn=False))["heat_maps"][0][
        "overlay"
    ]
    assert [few.width, some.width, many.width] == [320, 224, 128]


def test_differences_need_two_methods_in_the_results(simulate_content):
    content = simulate_content(drawn=False)
    one = content.results.filter(pl.col("method") == "single")
    assert describe_page(dataclasses.replace(content, results=one))["forest"] is None
