"""Everything that the page's template shows, drawn and put in words."""

import re
from collections.abc import Mapping
from typing import Any

from labelassemble.report.cell_matrix import sources_of_cells
from labelassemble.report.content import ReportContent
from labelassemble.report.detection.page import lesion_section
from labelassemble.report.differences import compared_sources, list_differences
from labelassemble.report.embed_figure import embed_figure
from labelassemble.report.embed_image import Embedded, embed_image
from labelassemble.report.forest_plot import OUTCOME_COLOURS, draw_forest
from labelassemble.report.heat_map_panels import draw_heat_panels, image_side
from labelassemble.report.label_counts import count_source_labels
from labelassemble.report.label_matrix_plot import draw_label_matrix
from labelassemble.report.learning_curve_plot import (
    QUANTITIES,
    draw_learning_curves,
    has_curve,
)
from labelassemble.report.number_format import format_score, is_missing
from labelassemble.report.operating_rows import list_group_points, list_operating_points
from labelassemble.report.overview import Overview, overview_of_table
from labelassemble.report.palette import DASHES, STATE_COLOURS, LineStyle, style_methods, style_runs
from labelassemble.report.prototype_images import draw_prototypes
from labelassemble.report.reliability_plot import count_cells, draw_reliability
from labelassemble.report.roc_plot import draw_roc
from labelassemble.report.score_summary import EMPTY, ClassScores, scored_sources, summarise_scores
from labelassemble.report.settings_rows import list_settings
from labelassemble.report.short_answer import answer_shortly, confidence_of

METHOD_WORDS = {
    "single": "one network a source, on that source's own classes (no assembling)",
    "masked": "one network on all sources, one linear head, loss on known cells only (the default)",
    "unknown-as-negative": "one network on all sources, missing labels counted as absent",
    "med3d": "one network on all sources, a linear head a source",
    "dodnet": "one network on all sources, whose head a controller makes for each source",
    "medical-mae": "one vision transformer on all sources, as Xiao 2023 fine-tunes it",
    "swinchex": "one network on all sources, a perceptron a class (Taslimi 2022)",
    "rpsal": "one network on all sources, saliency of a pyramid (Hermoza 2020, first stage)",
    "xprotonet": "one network on all sources, prototypes that are training images (Kim 2021)",
    "ma-reconstructed": "the product of two networks' maps (Ma 2019, reconstructed)",
    "full": "one network with the labels that are hidden from the others",
    "label-assemble": "one network on all sources, class queries, and unknown cells that teach "
    "through pseudo labels and consistency (Kang 2023)",
}

_CALIBRATED = ", calibrated"


def describe_page(content: ReportContent) -> dict[str, Any]:
    """Draw every figure and gather every table; the template adds nothing but words and order."""
    overview = overview_of_table(content.table)
    methods = content.methods
    styles = style_methods(methods)
    source_titles = {one.name: one.title for one in overview.sources}
    return {
        "title": content.title,
        "answer": answer_shortly(content),
        "notes": list(content.notes),
        "confidence": confidence_of(content),
        "methods": methods,
        "method_words": {name: METHOD_WORDS.get(name, "") for name in methods},
        "styles": _style_calibrated(styles, methods),
        "overview": overview,
        "source_titles": source_titles,
        "class_titles": {name: content.title_of(name) for name in content.table.classes},
        "counts": count_source_labels(content.table).to_dicts(),
        "matrix": _draw_matrix(content, overview),
        "state_colours": STATE_COLOURS,
        "examples": _draw_examples(content, source_titles),
        **_draw_logs(content, styles),
        "roc": _draw_roc_panels(content, styles),
        "scores": summarise_scores(content),
        "scores_within": _list_scored_within(content),
        "min_patients": content.min_patients,
        "operating_points": list_operating_points(content),
        "group_points": list_group_points(content),
        **_name_rule(content),
        **_draw_wrong_predictions(content),
        "calibration": _list_calibration(content),
        "reliability": _draw_reliability(content, _style_calibrated(styles, methods)),
        **_draw_differences(content),
        "lesions": content.lesions and lesion_section(content.lesions, styles, content.title_of),
        **draw_heat_panels(content),
        "prototypes": draw_prototypes(content.prototypes, image_side(len(content.prototypes))),
        "settings": list_settings(content.settings),
        "versions": dict(content.versions),
        "seeds": content.results["seed"].unique(maintain_order=True).to_list(),
    }


def _style_calibrated(styles: dict[str, LineStyle], methods: list[str]) -> dict[str, LineStyle]:
    """Give the last method's calibrated probabilities a line beside its own."""
    last = {f"{name}{_CALIBRATED}": LineStyle(styles[name].colour, DASHES[2]) for name in methods}
    return styles | dict(list(last.items())[-1:])


def _draw_matrix(content: ReportContent, overview: Overview) -> Embedded:
    titles = {one.name: one.title for one in overview.sources} | dict(content.titles)
    looked = "; ".join(
        f"{one.title}: {len(one.classes)} of {len(content.table.classes)} classes looked for"
        for one in overview.sources
    )
    return embed_figure(
        draw_label_matrix(count_source_labels(content.table), titles),
        f"Label matrix, classes by sources. {looked}. The numbers stand in the table below it.",
    )


def _draw_examples(
    content: ReportContent, titles: dict[str, str]
) -> list[tuple[str, list[tuple[Embedded, str]]]]:
    side = image_side(len(content.examples))
    shown = []
    named = [one.source for one in content.examples]
    for source in dict.fromkeys([*sources_of_cells(content.table), *named]):
        records = [
            (
                embed_image(
                    one.image,
                    f"Example image of {titles.get(source, source)}: {one.caption or 'no labels'}",
                    side,
                ),
                one.caption,
            )
            for one in content.examples
            if one.source == source
        ]
        if records:
            shown.append((titles.get(source, source), records))
    return shown


def _draw_logs(content: ReportContent, methods: dict[str, LineStyle]) -> dict[str, Any]:
    groups = {name: re.sub(r"-seed\d+$", "", name) for name in content.logs}
    by_group = style_runs(list(dict.fromkeys(groups.values())), methods)
    styles = {name: by_group[group] for name, group in groups.items()}
    panels = []
    for quantity, words in QUANTITIES.items():
        runs = [name for name, log in content.logs.items() if has_curve(log, quantity)]
        if runs:
            figure = draw_learning_curves(content.logs, quantity, styles)
            alt = f"{words} over the epochs, {len(runs)} runs: {', '.join(runs)}"
            panels.append((words, embed_figure(figure, alt)))
    return {"learning": panels, "run_styles": by_group}


def _draw_roc_panels(
    content: ReportContent, styles: dict[str, LineStyle]
) -> list[tuple[str, Embedded, list[tuple[str, str]]]]:
    """Per class: its title, the panel, and the AUROC of each method drawn."""
    panels = []
    for row in summarise_scores(content):
        curves = {
            method: by_class[row.name]
            for method, by_class in content.roc_curves.items()
            if method in styles and row.name in by_class and len(by_class[row.name][0])
        }
        if curves:
            legend = [(method, _auroc(row, method)) for method in styles if method in curves]
            alt = f"ROC curves of {row.title}: " + ", ".join(
                f"{method} {score}" for method, score in legend
            )
            panels.append((row.title, embed_figure(draw_roc(curves, styles), alt), legend))
    return panels


def _list_scored_within(content: ReportContent) -> list[tuple[str, list[ClassScores]]]:
    """The rows with a score, source by source; none with one test source: it is the pooled one."""
    within = [
        (name, [row for row in summarise_scores(content, name) if row.is_scored])
        for name in scored_sources(content)
    ]
    held = [(name, rows) for name, rows in within if rows]
    return held if len(held) > 1 else []


def _list_calibration(content: ReportContent) -> list[tuple[str, int, str, list[tuple[str, str]]]]:
    """Per class: its title, patients, a note, and each method's Brier score and error.

    Both before and, behind an arrow, after calibration.
    """
    if content.calibration is None:
        return []
    rows = {(row["class"], row["method"]): row for row in content.calibration.to_dicts()}
    listed = []
    for name in content.table.classes:
        own = [rows[name, method] for method in content.methods if (name, method) in rows]
        if any(not is_missing(row["brier_error"]) for row in own):
            errors = [
                (_before_after(row, "brier_error"), _before_after(row, "calibration_error"))
                for row in own
            ]
            listed.append((content.title_of(name), own[0]["n_patients"], own[0]["note"], errors))
    return listed


def _before_after(row: Mapping[str, Any], name: str) -> str:
    after = row.get(f"{name}_calibrated")
    before = format_score(row[name])
    return before if is_missing(after) else f"{before} → {format_score(after)}"


def _name_rule(content: ReportContent) -> dict[str, object]:
    """How thresholds were chosen."""
    evaluation = content.settings.get("evaluation")
    said = evaluation if isinstance(evaluation, Mapping) else {}
    rule = said.get("threshold_rule")
    names = {"threshold_rule": rule, "threshold_reached": said.get(rule or "")}
    return names | {"call_patients": said.get("call_patients", 20)}


def _draw_reliability(
    content: ReportContent, styles: dict[str, LineStyle]
) -> tuple[Embedded, list[tuple[str, str]]] | None:
    """The plot, and beside each method's line how many predictions a dot holds."""
    bins = {name: content.reliability[name] for name in styles if name in content.reliability}
    if not bins:
        return None
    for method, after in content.reliability_calibrated.items():
        if f"{method}{_CALIBRATED}" in styles:
            bins[f"{method}{_CALIBRATED}"] = after
    legend = [(method, count_cells(bins[method])) for method in bins]
    alt = "Share of positives over mean probability: " + "; ".join(
        f"{method} "
        + ", ".join(
            f"{format_score(probability, 2)} {format_score(rate, 2)}"
            for probability, rate in zip(bins[method][0], bins[method][1], strict=True)
        )
        for method in bins
    )
    return embed_figure(draw_reliability(bins, styles), alt), legend


def _draw_wrong_predictions(content: ReportContent) -> dict[str, Any]:
    """Images of false positives, then of false negatives."""
    side = image_side(len(content.wrong_predictions))
    groups = []
    for present, words in ((False, "False positives"), (True, "False negatives")):
        own = [one for one in content.wrong_predictions if one.present is present]
        kind = words.lower().removesuffix("s")
        records = [
            (embed_image(one.image, f"A {kind}: {one.class_title}", side), one) for one in own
        ]
        if records:
            groups.append((words, records))
    return {"wrong_predictions": groups}


def _auroc(row: ClassScores, method: str) -> str:
    score = row.methods[method].auroc
    return EMPTY.text if score.mean is None else score.text.partition(" ")[0]


def _draw_differences(content: ReportContent) -> dict[str, Any]:
    methods = content.methods
    rows = list_differences(content)
    forest = None
    if rows and len(methods) > 1:
        alt = f"Forest plot of {methods[-1]} minus {methods[0]} in AUROC: " + "; ".join(
            f"{one.title} {one.text}" for one in rows
        )
        forest = embed_figure(draw_forest(rows, methods[0], methods[-1]), alt)
    within = [
        (name, [one for one in list_differences(content, name) if one.difference is not None])
        for name in compared_sources(content)
    ]
    within = [(name, own) for name, own in within if own]
    return {
        "forest": forest,
        "differences": rows,
        "differences_within": within if len(within) > 1 else [],
        "outcome_colours": {str(outcome): colour for outcome, colour in OUTCOME_COLOURS.items()},
    }
