"""Colours of differences in a grid: brown for worse, teal for better, paler the nearer to 0."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.report.number_format import format_difference


class Shade(NamedTuple):
    """One colour, for light and for dark paper."""

    light: str
    dark: str


WORSE_SHADES = (
    Shade("#f7ead9", "#35281b"),
    Shade("#edcfa6", "#543a1d"),
    Shade("#dfac70", "#754c1b"),
    Shade("#cc8743", "#8f5a19"),
)
BETTER_SHADES = (
    Shade("#def1ec", "#17302c"),
    Shade("#b2ddd2", "#15463e"),
    Shade("#7bc5b5", "#135b50"),
    Shade("#3fa893", "#107263"),
)
"""From the palest to the darkest. Brown and teal are told apart by colour-blind readers; the ink on
every one of them has a contrast above 4.5."""

_STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


class ColourScale(NamedTuple):
    """``step``, twice, four and eight times of it are where the colour changes."""

    step: float

    def level(self, value: float) -> int:
        """From -4 (far below 0) to 4; 0 for what is nearer to 0 than the first step.

        >>> [ColourScale(0.01).level(value) for value in (-0.2, -0.01, 0.005, 0.03, 0.08)]
        [-4, -1, 0, 2, 4]
        """
        reached = sum(abs(value) >= edge - 1e-12 for edge in self.edges)
        return reached if value > 0 else -reached

    def shade(self, value: float) -> Shade | None:
        """The colour of a difference; None for paper."""
        level = self.level(value)
        if level == 0:
            return None
        return (BETTER_SHADES if level > 0 else WORSE_SHADES)[abs(level) - 1]

    @property
    def edges(self) -> tuple[float, ...]:
        """Sizes at which the colour changes."""
        return tuple(self.step * times for times in (1, 2, 4, 8))

    @property
    def key(self) -> list[tuple[Shade | None, str]]:
        """Every colour from worst to best, and what it stands for."""
        worse = [(WORSE_SHADES[at], f"from {_write(-self.edges[at])}") for at in (3, 2, 1, 0)]
        better = [(BETTER_SHADES[at], f"from {_write(self.edges[at])}") for at in (0, 1, 2, 3)]
        return [*worse, (None, "nearer to 0"), *better]


def choose_colours(value: Float[np.ndarray, "rows columns"]) -> ColourScale:
    """Take the finest scale on which the largest difference is not far beyond the last step."""
    sizes = np.abs(value[np.isfinite(value)])
    largest = float(sizes.max()) if sizes.size else 0.0
    return ColourScale(next((step for step in _STEPS if largest <= step * 12), _STEPS[-1]))


def _write(value: float) -> str:
    digits = 3 if abs(value) < 0.01 else 2
    return format_difference(value, digits)
