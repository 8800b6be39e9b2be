"""Which column of a table holds words and boxes in one cell, as a PredictionString does."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import polars as pl

from labelassemble.sources.draft.labels_found import LabelsFound, sort_words
from labelassemble.sources.statements.box_strings import read_string
from labelassemble.sources.write_toml import Line

NOWHERE: Final = ("0", "0", "1", "1")
"""The box of a word that has no place."""

_ALIKE = r"^\S+( [0-9.]+){5}( \S+( [0-9.]+){5})*$"


def guess_box_strings(table: pl.DataFrame, taken: set[str]) -> Iterator[LabelsFound]:
    """Guess which columns hold words and boxes.

    Args:
        table: all text.
        taken: columns that hold something else.
    """
    for name in table.columns:
        cells = table[name].filter(table[name] != "") if name not in taken else table[name].clear()
        if cells.is_empty() or not cells.str.contains(_ALIKE).all():
            continue
        read = [read_string(cell) for cell in cells]
        if any(one.wrong for one in read):
            continue
        counts = Counter(word for one in read for word in set(one.words))
        placed = {
            word
            for one in read
            for word, box in zip(one.words, one.boxes, strict=True)
            if tuple(f"{float(side):g}" for side in box) != NOWHERE
        }
        nowhere = {word: count for word, count in counts.items() if word not in placed}
        terms, none, silent = sort_words(
            {word: count for word, count in counts.items() if word in placed}
        )
        if not terms:  # Every cell says the same: a form for a contest's predictions.
            continue
        none |= {
            word: f"{count:,} rows; guessed: its box is always 0 0 1 1"
            for word, count in nowhere.items()
        }
        numbered = all(word.isdecimal() for word in counts)
        names = "names = [...]: what the class numbers mean, from 0 on" if numbered else ""
        yield LabelsFound(
            what=f"column {name!r} holds words and boxes",
            score=92.0,
            labels={
                "encoding": Line("box_strings", "guessed: a word, a confidence, four numbers"),
                "cell": Line(name),
                "format": Line("corners", "guessed: as Kaggle writes them; check"),
                **({"names": Line(None, names)} if names else {}),
            },
            words=terms,
            none=none,
            silent=(*silent, "") if len(cells) < table.height else silent,
        )
