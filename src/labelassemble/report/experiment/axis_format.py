"""Numbers of any size as the figures of an experiment write them."""

from functools import partial

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from labelassemble.report.number_format import MINUS, format_score, is_missing

_LONGEST = 30
"""Names in a figure are cut to this many characters; the table below it has the whole ones."""


def format_value(value: float | None) -> str:
    """Write a number with about three digits that count; None and NaN are a dash.

    >>> [format_value(value) for value in (0.8034, -0.05, 12.34, 15000.0, float("nan"))]
    ['.803', '−.050', '12.3', '15,000', '–']
    """
    if value is None or is_missing(value) or abs(value) < 10:
        return format_score(value)
    text = f"{abs(value):,.0f}" if abs(value) >= 1000 else f"{abs(value):.1f}"
    return text if value > 0 else f"{MINUS}{text}"


def format_tick(value: float, digits: int) -> str:
    """Write a number at an axis.

    >>> format_tick(0.05, 2), format_tick(-0.1, 1), format_tick(0.0, 2), format_tick(15000.0, 0)
    ('.05', '−.1', '0', '15,000')
    """
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return "0"
    return f"{MINUS if value < 0 else ''}{text.removeprefix('0')}"


def shorten_name(text: str) -> str:
    """Cut a name that is too long for a figure.

    >>> shorten_name("a" * 40)
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa…'
    """
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def write_ticks(axes: Axes, x: bool = True) -> None:
    """Give the axes few ticks, written as the report writes numbers; call it when all is drawn."""
    for axis in (axes.xaxis, axes.yaxis) if x else (axes.yaxis,):
        axis.set_major_locator(MaxNLocator(nbins=6))
        # All ticks of an axis have as many digits as the one that needs the most.
        digits = max(
            len(f"{tick:.8f}".rstrip("0").partition(".")[2]) for tick in axis.get_majorticklocs()
        )
        axis.set_major_formatter(FuncFormatter(partial(_write_tick, digits)))


def _write_tick(digits: int, value: float, place: int | None) -> str:
    return format_tick(value, digits)
