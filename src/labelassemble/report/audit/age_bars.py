"""Ages on the images of one source as bars, beside those of all sources as a line."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from labelassemble.report.audit.persons import BIN_YEARS

WIDTH, HEIGHT = 220.0, 90.0
"""Of the bars' frame, in pixels."""


class AgeBars(NamedTuple):
    """One source's ages, in pixels from the frame's upper left corner.

    Attributes:
        source: the source.
        bars: (left, top, width, height, words) of each age group that holds images.
        line: corners of the line of all sources, as an SVG path.
        years: (pixel, text) of the marks of the axis.
        top: share in [0, 1] at the top of the frame, the same for all sources.
        words: all of it in words.
    """

    source: str
    bars: list[tuple[float, float, float, float, str]]
    line: str
    years: list[tuple[float, str]]
    top: float
    words: str


def draw_ages(
    source: str,
    ages: Int[np.ndarray, " bins"],
    everyone: Int[np.ndarray, " bins"],
    top: float,
    words: str,
) -> AgeBars:
    """Place the share of images in each age group.

    Args:
        source: the source.
        ages: its images by age group.
        everyone: images of all sources by age group.
        top: share at the top of the frame, in (0, 1].
        words: says in words what is shown.
    """
    step = WIDTH / len(ages)
    shares, line = ages / max(1, ages.sum()), everyone / max(1, everyone.sum())
    bars = []
    for place, (share, count) in enumerate(zip(shares.tolist(), ages.tolist(), strict=True)):
        if count:
            height = HEIGHT * min(1.0, share / top)
            years = f"{place * BIN_YEARS} years and more"
            if place < len(ages) - 1:
                years = f"{place * BIN_YEARS} to {(place + 1) * BIN_YEARS - 1} years"
            bars.append(
                (
                    round(place * step + 0.07 * step, 2),
                    round(HEIGHT - height, 2),
                    round(0.86 * step, 2),
                    round(height, 2),
                    f"{years}: {count:,} images, {100 * share:.1f} %",
                )
            )
    levels = [round(HEIGHT * (1 - min(1.0, share / top)), 2) for share in line.tolist()]
    steps = [
        f"H{round((place + 1) * step, 2)}V{following}"
        for place, following in enumerate([*levels[1:], HEIGHT])
    ]
    path = f"M0 {levels[0]}" + "".join(steps)
    marks = [(round(year / BIN_YEARS * step, 1), str(year)) for year in range(0, 101, 20)]
    return AgeBars(source, bars, path, marks, top, words)
