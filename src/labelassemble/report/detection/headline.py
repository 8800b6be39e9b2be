"""Which measure the short prediction speaks of: of lesions the FROC score, else AUROC."""

from dataclasses import replace

import polars as pl

from labelassemble.report.content import REPORTED_COLUMNS, ReportContent

FROC_WORDS = "FROC score: mean sensitivity for lesions at 1/8 to 8 false positives a scan."


def headline_measure(content: ReportContent) -> str:
    """Name the measure."""
    return "AUROC" if content.lesions is None else "FROC score"


def headline_content(content: ReportContent) -> ReportContent:
    """Put what was found of lesions where scores and differences of images stand."""
    if content.lesions is None:
        return content
    columns = [
        pl.col(name.replace("auroc", "froc")).alias(name) if name.startswith("auroc") else name
        for name in REPORTED_COLUMNS
    ]
    differences = content.lesions.differences
    return replace(
        content,
        results=content.lesions.scores.select(columns),
        comparisons=None
        if differences is None
        else differences.filter(pl.col("measure") == "froc"),
    )
