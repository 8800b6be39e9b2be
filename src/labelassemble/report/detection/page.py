"""Everything that the page shows of lesions, drawn and put in words."""

from collections.abc import Callable, Mapping
from typing import Any

from labelassemble.report.detection.content import LesionContent
from labelassemble.report.detection.froc_plot import draw_froc
from labelassemble.report.detection.lesion_rows import LesionTable, list_lesion_tables
from labelassemble.report.embed_figure import embed_figure
from labelassemble.report.embed_image import Embedded
from labelassemble.report.palette import LineStyle

Panel = tuple[str, Embedded, list[tuple[str, str]]]
"""A class in words, its curves, and what stands beside each method's line."""


def lesion_section(
    content: LesionContent, styles: Mapping[str, LineStyle], title_of: Callable[[str], str]
) -> dict[str, Any]:
    """Draw the curves and list the tables.

    Args:
        content: how lesions were found.
        styles: method to line; also the order of the methods.
        title_of: a class in words.
    """
    tables = list_lesion_tables(content, list(styles), title_of)
    return {
        "panels": _draw_panels(content, styles, title_of, tables[0]),
        "tables": tables,
        "compared": content.differences is not None,
    }


def _draw_panels(
    content: LesionContent,
    styles: Mapping[str, LineStyle],
    title_of: Callable[[str], str],
    froc: LesionTable,
) -> list[Panel]:
    scores = {row.title: dict(zip(styles, row.scores, strict=True)) for row in froc.rows}
    names = dict.fromkeys(name for by_class in content.curves.values() for name in by_class)
    panels = []
    for name in names:
        curves = {
            method: content.curves[method][name]
            for method in styles
            if name in content.curves.get(method, {})
        }
        title = title_of(name)
        if curves:
            legend = [(method, scores[title][method].partition(" ")[0]) for method in curves]
            words = ", ".join(f"{method} {score}" for method, score in legend)
            figure = embed_figure(draw_froc(curves, styles), f"FROC curves of {title}: {words}")
            panels.append((title, figure, legend))
    return panels
