"""Points with names and intervals, and the line that fits them best."""

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from labelassemble.report.experiment.axis_format import shorten_name, write_ticks
from labelassemble.report.experiment.content import Scatter
from labelassemble.report.experiment.label_places import place_labels
from labelassemble.report.palette import BETTER, INK, MUTED, NEGATIVE
from labelassemble.report.panel import make_panel

_FAR = 11.0
"""A name farther than this from its point, in pixels, gets a line to it."""


def draw_scatter(scatter: Scatter) -> Figure:
    """Draw the points that have both numbers, their intervals, and the least-squares line.

    Args:
        scatter: what to draw; a point whose x or y is nan is left out.
    """
    figure, axes = make_panel(7.6, 4.6, left=0.68, bottom=0.5, right=0.2, top=0.15)
    drawn = has_point(scatter)
    x, y = scatter.x[drawn], scatter.y[drawn]
    below, above = y - scatter.low[drawn], scatter.high[drawn] - y
    barred = np.isfinite(below) & np.isfinite(above)
    axes.errorbar(
        x[barred],
        y[barred],
        np.maximum([below[barred], above[barred]], 0),
        fmt="none",
        ecolor=MUTED,
        elinewidth=0.9,
        capsize=2,
    )
    axes.plot(x, y, "o", color=NEGATIVE, markersize=6)
    if x.size:
        axes.margins(0.12, 0.1)
    along = np.zeros((0, 2))
    if (line := fit_line(x, y)) is not None:
        places = np.linspace(x.min(), x.max(), 60)
        along = np.stack([places, line[0] * places + line[1]], axis=1)
        axes.plot(*along.T, color=BETTER, linewidth=1.4, dashes=(5, 3))
    low, high = axes.get_ylim()
    if low < 0 < high:
        axes.axhline(0, color=INK, linewidth=0.7)
    axes.set_xlabel(scatter.x_title, parse_math=False)
    axes.set_ylabel(scatter.y_title, parse_math=False)
    write_ticks(axes)
    names = [shorten_name(name) for name, one in zip(scatter.names, drawn, strict=True) if one]
    bars = np.stack([x, scatter.low[drawn], x, scatter.high[drawn]], axis=1)[barred]
    _write_names(figure, axes, names, np.stack([x, y], axis=1), _list_taken(axes, bars, along))
    return figure


def has_point(scatter: Scatter) -> Bool[np.ndarray, " points"]:
    """Where both numbers are there."""
    return np.asarray(np.isfinite(scatter.x) & np.isfinite(scatter.y))


def fit_line(
    x: Float[np.ndarray, " points"], y: Float[np.ndarray, " points"]
) -> tuple[float, float] | None:
    """Slope and height at 0 of the least-squares line; None with fewer than three points."""
    spread = x - x.mean() if x.size else x
    if x.size < 3 or not (spread**2).sum() > 0:
        return None
    slope = float((spread * (y - y.mean())).sum() / (spread**2).sum())
    return slope, float(y.mean() - slope * x.mean())


def _list_taken(
    axes: Axes, bars: Float[np.ndarray, "bars 4"], along: Float[np.ndarray, "places 2"]
) -> Float[np.ndarray, "boxes 4"]:
    """What names keep clear of, in pixels: intervals, the line in pieces, and the axis at 0."""
    ends = axes.transData.transform(bars.reshape(-1, 2)).reshape(-1, 4)
    pieces = np.tile(axes.transData.transform(along), 2)
    left, _, right, _ = axes.get_window_extent().extents
    zero = axes.transData.transform((0.0, 0.0))[1]
    return np.concatenate(
        [
            ends + np.array([-2.0, 0.0, 2.0, 0.0]),
            pieces + np.array([-3.0, -2.0, 3.0, 2.0]),
            np.array([[left, zero - 1, right, zero + 1]], dtype=np.float64),
        ]
    )


def _write_names(
    figure: Figure,
    axes: Axes,
    names: list[str],
    points: Float[np.ndarray, "points 2"],
    taken: Float[np.ndarray, "boxes 4"],
) -> None:
    if not names:
        return
    written = [
        axes.annotate(
            name, xy, xytext=(0, 0), textcoords="offset points", fontsize=8, color=INK,
            parse_math=False, annotation_clip=False,
        )
        for name, xy in zip(names, points, strict=True)
    ]  # fmt: skip
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    extents = [one.get_window_extent(renderer) for one in written]
    size = np.array([[one.width, one.height] for one in extents], dtype=np.float64)
    point = axes.transData.transform(points)
    frame = np.asarray(axes.get_window_extent(renderer).extents, dtype=np.float64)
    corner = place_labels(point, size, taken, frame)
    nearest = np.clip(point, corner, corner + size)
    offsets = (corner - point) * 72 / figure.dpi
    for one, offset in zip(written, offsets, strict=True):
        one.set_position(tuple(offset))
    to_data = axes.transData.inverted()
    for ends in np.stack([point, nearest], axis=1):
        if np.hypot(*(ends[1] - ends[0])) > _FAR:
            axes.plot(*to_data.transform(ends).T, color=MUTED, linewidth=0.6, zorder=1)
