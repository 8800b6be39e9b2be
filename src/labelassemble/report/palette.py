"""The report's colours, each for light and for dark paper, and which line stands for which run."""

from collections.abc import Sequence
from typing import NamedTuple

INK, MUTED, GRID = "#16212c", "#5b6875", "#d5dce3"
POSITIVE, NEGATIVE, UNCERTAIN, UNKNOWN = "#d55e00", "#0072b2", "#e0b000", "#ccd3da"
STATE_COLOURS = {
    "positive": POSITIVE,
    "negative": NEGATIVE,
    "uncertain": UNCERTAIN,
    "unknown": UNKNOWN,
}
BETTER, SAME, WORSE = "#00795f", "#66727e", "#b8430b"

DARK = {
    INK: "#e6ebf0",
    MUTED: "#9fabb7",
    GRID: "#36414b",
    POSITIVE: "#f0792b",
    NEGATIVE: "#3f9fdc",
    UNCERTAIN: "#f2cc45",
    UNKNOWN: "#424d58",
    BETTER: "#3ecba5",
    SAME: "#a7b3be",
    WORSE: "#ff9a63",
    "#8a4f9e": "#cf9be0",
    "#9a6a00": "#e3b04b",
    "#1f6fb5": "#6db6f2",
    "#b0417a": "#f08fc0",
}
"""Colour on light paper to the same colour on dark paper. Told apart by colour-blind readers."""

BETWEEN_COLOUR = ("#8a4f9e", "#9a6a00", "#1f6fb5", "#b0417a")
_RUNS = (NEGATIVE, WORSE, *BETWEEN_COLOUR)
"""Colours of the second and further groups of runs of one method."""
DASHES = ("none", "6 3", "2 2", "8 2 2 2", "12 3")
"""SVG dash patterns: lines are told apart in grey print too."""


class LineStyle(NamedTuple):
    """Colour (for light paper) and SVG dash pattern (``none``: solid) of one line."""

    colour: str
    dash: str

    @property
    def pattern(self) -> tuple[int, tuple[float, ...]] | str:
        """The dash as matplotlib wants it."""
        return "-" if self.dash == "none" else (0, tuple(float(part) for part in self.dash.split()))


def style_methods(methods: Sequence[str]) -> dict[str, LineStyle]:
    """Give every method a line: the last is the one to look at, the first what it is held against.

    >>> style_methods(["single", "label-assemble"])["label-assemble"]
    LineStyle(colour='#00795f', dash='none')
    """
    styles: dict[str, LineStyle] = {}
    for place, name in enumerate(methods):
        if place == len(methods) - 1:
            styles[name] = LineStyle(BETTER, DASHES[0])
        elif place == 0:
            styles[name] = LineStyle(SAME, DASHES[1])
        else:
            between = place - 1
            styles[name] = LineStyle(
                BETWEEN_COLOUR[between % len(BETWEEN_COLOUR)], DASHES[(2 + between) % len(DASHES)]
            )
    return styles


def style_runs(groups: Sequence[str], methods: dict[str, LineStyle]) -> dict[str, LineStyle]:
    """Give every group of runs its method's colour; further groups of one method have others.

    Six dashes of one grey cannot be told apart: such groups differ in colour and in dashes.

    Args:
        groups: names such as ``single-nih`` (run names without their seed).
        methods: what ``style_methods`` gave.
    """
    styles: dict[str, LineStyle] = {}
    taken: dict[str, int] = {}
    for name in groups:
        owners = [one for one in methods if name == one or name.startswith(f"{one}-")]
        owner = max(owners, key=len, default="")
        colour, dash = methods.get(owner, LineStyle(BETWEEN_COLOUR[0], DASHES[0]))
        place = taken.get(owner, 0)
        taken[owner] = place + 1
        if place:
            colour = _RUNS[(place - 1) % len(_RUNS)]
        styles[name] = LineStyle(colour, DASHES[(DASHES.index(dash) + place) % len(DASHES)])
    return styles
