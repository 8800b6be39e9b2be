"""Learning curves: one panel a quantity, one line a run."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from labelassemble.report.palette import LineStyle
from labelassemble.report.panel import make_panel

QUANTITIES = {
    "bce_loss": "L_bce: known cells",
    "pseudo_loss": "L_pseudo: unknown cells, weak view",
    "consist_loss": "L_consist: unknown cells, strong view",
    "validation_auroc_score": "Mean AUROC in validation",
}
"""Columns of a log that are drawn, and what they are."""


def has_curve(log: pl.DataFrame, quantity: str) -> bool:
    """True where a run logged the quantity and it was not 0 throughout (a term not in use)."""
    if "epoch" not in log.columns or quantity not in log.columns:
        return False
    values = _read_values(log[quantity])
    return bool((np.isfinite(values) & (values != 0)).any())


def draw_learning_curves(
    logs: Mapping[str, pl.DataFrame], quantity: str, styles: Mapping[str, LineStyle]
) -> Figure:
    """Draw one quantity over the epochs; a dot marks the best validation score of each run.

    Args:
        logs: run name to log; runs without the quantity are passed over.
        quantity: a key of ``QUANTITIES``.
        styles: run name to line.
    """
    figure, axes = make_panel(4.4, 2.7)
    for name, log in logs.items():
        if not has_curve(log, quantity):
            continue
        epoch, value = _read_values(log["epoch"]), _read_values(log[quantity])
        seen = np.isfinite(epoch) & np.isfinite(value)
        epoch, value = epoch[seen], value[seen]
        style = styles[name]
        axes.plot(
            epoch,
            value,
            color=style.colour,
            linestyle=style.pattern,
            linewidth=1.3,
            marker="o" if len(epoch) == 1 else "",
            markersize=4,
        )
        if quantity.endswith("_score"):
            best = int(np.argmax(value))
            axes.plot(epoch[best], value[best], "o", color=style.colour, markersize=4.5)
    if not quantity.endswith("_score"):
        axes.set_ylim(bottom=0)
    axes.set_xlabel("Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    return figure


def _read_values(column: pl.Series) -> np.ndarray:
    """Float64 values; null and what is no number become NaN."""
    return column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
