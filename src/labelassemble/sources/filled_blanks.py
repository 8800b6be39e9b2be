"""Blank cells that a copy of a source filled: what nobody looked for reads as absent there."""

import numpy as np
import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.encodings.finding_columns import FindingColumns, same_value
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.readings import find_members
from labelassemble.sources.rows import Rows

_LEFT = 0.25
"""A column with less than this part of its blank cells was filled, or its rows were picked."""
_EACH, _ALL = 50, 20
"""So many blank cells have to be expected before their absence says anything: in each of two
columns, for rows may be picked because one says something on them; or in all of them together."""


def note_filled_blanks(rows: Rows, manifest: Manifest, problems: Problems) -> None:
    """Note columns that were published with blank cells and have hardly any here.

    Args:
        rows: as written.
        manifest: says which share of each column is blank as published, and of which rows.
        problems: takes it.
    """
    published, labels = manifest.published, manifest.labels
    if published is None or not isinstance(labels, FindingColumns):
        return
    own = np.ones(rows.facts.height, dtype=bool)
    for subset in manifest.subsets:
        if subset.evidence not in (None, manifest.evidence):
            own &= ~find_members(rows, subset)
    count = int(own.sum())
    asked = {name: of for name, of in published.blank.items() if name in rows.cells.columns}
    stating = {same_value(value) for value, what in labels.values.items() if what != "unknown"}
    blank = {
        name: 1 - _count_stated(rows.cells[name].filter(pl.Series(own)), stating) / max(count, 1)
        for name in asked
    }
    filled = [name for name in asked if blank[name] < _LEFT * asked[name]]
    many = [name for name in filled if asked[name] * count >= _EACH]
    every = len(filled) == len(asked) and sum(asked.values()) * count >= _ALL
    if len(many) < 2 and not every:
        return
    first = max(filled, key=lambda name: asked[name])
    problems.note(
        f"blank cells in columns {some(map(repr, filled), 5)}, as published",
        f"{plural(len(filled), 'column')} whose blank cells were filled in this copy: {first!r} is "
        f"blank on {blank[first]:.0%} of {plural(count, 'row')}, as published on "
        f"{asked[first]:.0%}; what nobody looked for reads as looked for",
        "Take the table as published; or, where somebody did look for all of it, say so in a "
        f'manifest of your own: extends = "{manifest.extends or manifest.name}" and '
        "published.blank = {}",
        count=len(filled),
    )


def _count_stated(cells: pl.Series, stating: set[str]) -> int:
    counts = cells.value_counts()
    values, times = counts.get_columns()
    return sum(n for one, n in zip(values, times, strict=True) if same_value(one) in stating)
