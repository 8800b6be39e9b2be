"""One line of a benchmark's table: measurements of ours and of the plain way, taken in turn."""

import math
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple


class Row(NamedTuple):
    """Measurements in pairs: the first of ours was taken beside the first of the plain way.

    Args:
        what: was measured.
        note: what the plain way is; of a row that was not measured, why.
        unit: of the measurements. More is better where it ends in ``/s``, less everywhere else.
        ours: at least three measurements; none where it was not measured.
        plain: as many.
    """

    what: str
    note: str
    unit: str = ""
    ours: Sequence[float] = ()
    plain: Sequence[float] = ()

    @property
    def ratios(self) -> list[float]:
        """How many times better ours is than plain, pair by pair; pairs with a 0 have no ratio."""
        pairs = zip(self.ours, self.plain, strict=True)
        better = ((a, b) if self.unit.endswith("/s") else (b, a) for a, b in pairs)
        return [over / under for over, under in better if over > 0 and under > 0]

    def as_dict(self) -> dict[str, Any]:
        """What a file keeps: the measurements and what is told of them."""
        kept: dict[str, Any] = {"what": self.what, "note": self.note}
        if self.ours:
            kept |= {"unit": self.unit, "ours": list(self.ours), "plain": list(self.plain)}
            kept["ratio"] = statistics.median(self.ratios) if self.ratios else None
        return kept

    def __str__(self) -> str:
        if not self.ours:
            return f"{self.what}: {self.note}"
        return (
            f"{self.what}: ours {tell_spread(self.ours)}, plain {tell_spread(self.plain)} "
            f"{self.unit}, ratio {tell_spread(self.ratios)}; {self.note}"
        )


def tell_spread(values: Sequence[float]) -> str:
    """Median [least, most] with three figures; a dash where there is none.

    >>> tell_spread([3.14159, 2, 1234567])
    '3.14 [2, 1,230,000]'
    """
    if not values:
        return "–"
    middle, least, most = map(_figures, (statistics.median(values), min(values), max(values)))
    return f"{middle} [{least}, {most}]"


def _figures(value: float) -> str:
    if not value or not math.isfinite(value):
        return f"{value:g}"
    places = 2 - math.floor(math.log10(abs(value)))
    text = f"{round(value, places):,.{max(0, places)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
