"""Columns of numbers and of yes and no: a column a finding, boxes, run lengths."""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.draft.known_words import (
    LABEL_NAMES,
    OTHER_NAMES,
    VALUES,
    name_words,
    read_value,
    says_nothing_found,
)
from labelassemble.sources.draft.labels_found import Find, LabelsFound, plain_lines, sort_words
from labelassemble.sources.encodings.finding_columns import same_value
from labelassemble.sources.write_toml import Line

_LEFT, _TOP = "x|left|x1|x0|xmin", "y|top|y1|y0|ymin"
_BOXES: Sequence[tuple[str, Sequence[str]]] = (
    ("corners", (_LEFT, _TOP, "xmax|x2|right", "ymax|y2|bottom")),
    ("corners", ("x0|x1", "y0|y1", "x1|x2", "y1|y2")),
    ("corner_size", (_LEFT, _TOP, "w|width", "h|height")),
    ("centre_size", ("xcent(er|re)|cx|cent(er|re)x", "ycent(er|re)|cy|cent(er|re)y",
                     "w|width", "h|height")),
)  # fmt: skip
"""Formats of boxes, and what the names of their four columns match."""
_SIDES = (256, 299, 320, 384, 448, 480, 512, 640, 768, 1024, 1536, 2048, 3072, 4096)


def guess_finding_columns(
    table: pl.DataFrame, taken: set[str], find: Find
) -> Iterator[LabelsFound]:
    """Guess which columns say yes or no to one finding each."""
    values: dict[str, set[str]] = {}
    for name in table.columns:
        if name in taken:
            continue
        different = table[name].unique().head(30).to_list()
        if all(read_value(value) is not None for value in different) and any(
            read_value(value) in ("positive", "negative") for value in different
        ):
            values[name] = {value for value in different if value}
    if not values:
        return
    named = [name for name in values if find(name)]
    columns = _choose_columns(table, values, find)
    if not columns:
        return
    found = sorted({value for name in columns for value in values[name]})
    meaning = {value: VALUES[same_value(value)] for value in _once(found)}
    readings = set(meaning.values())
    asides = []
    blank = sum(int((table[name] == "").sum()) for name in columns)
    if blank:
        text = f"{blank:,} cells are blank: unknown, unless you say otherwise in labels.values"
        only = "; as nothing says negative, blank may well mean it" * ("negative" not in readings)
        asides.append(text + only)
    rest = [name for name in values if name not in columns]
    if rest:
        asides.append(f"columns of yes and no that were not taken: {', '.join(rest)}")
    labelled = bool(set(name_words(columns[0])) & set(LABEL_NAMES))
    # Columns say what was looked for and not found; a list beside them does not.
    score = 30.0 + 10 * min(len(named), 4) + 4 * min(len(columns), 5) * bool(named)
    score += 10 * (len(named) > 1)
    if not named:
        score += 20.0 + 5 * min(len(columns), 8) if len(columns) > 1 else 12.0 + 3 * labelled
    score += 15 * bool({same_value(value) for value in found} & {"positive", "present", "pos"})
    yield LabelsFound(
        what=f"{plural(len(columns), 'column says', 'columns say')} yes or no to a finding each: "
        + some(columns, 6),
        score=score,
        labels={
            "encoding": Line("finding_columns", "guessed from their values: check"),
            "columns": Line(tuple(columns)),
            "values": Line(meaning, "check each"),
        },
        words={
            name: _count_positive(table[name]) for name in columns if not says_nothing_found(name)
        },
        own_scope=True,
        none={
            name: f"guessed: {said}; its blank neighbours are negative"
            for name in columns
            if (said := says_nothing_found(name)) and len(columns) > 1
        },
        asides=tuple(asides),
    )


def _choose_columns(table: pl.DataFrame, values: Mapping[str, set[str]], find: Find) -> list[str]:
    """Which columns of yes and no hold findings: those between and beside the known ones, or all
    that are not called like something else."""
    known = {name for name in values if find(name) or says_nothing_found(name)}
    plain = [
        name for name in values if name in known or not set(name_words(name)) & set(OTHER_NAMES)
    ]
    if not any(find(name) for name in known):
        words = [name for name in plain if name not in known]
        labelled = [name for name in words if set(name_words(name)) & set(LABEL_NAMES)]
        return labelled if labelled and (len(labelled) > 1 or len(plain) < 4) else plain
    # What stands between two findings is one too, and so is what follows on without a gap.
    places = {name: table.columns.index(name) for name in plain}
    first = min(places[name] for name in known)
    last = max(places[name] for name in known)
    taken = set(places.values())
    while first - 1 in taken:
        first -= 1
    while last + 1 in taken:
        last += 1
    return [name for name in plain if first <= places[name] <= last]


def find_boxes(table: pl.DataFrame, taken: set[str]) -> tuple[str, tuple[str, ...]] | None:
    """Find four columns that hold boxes: their format, and their names."""
    plain = {
        name: re.sub(r"[^a-z0-9]", "", name.lower()).removeprefix("bbox") or name
        for name in table.columns
        if name not in taken
    }
    for form, patterns in _BOXES:
        columns = [
            next((name for name, short in plain.items() if re.fullmatch(pattern, short)), None)
            for pattern in patterns
        ]
        found = tuple(name for name in columns if name is not None)
        if len(set(found)) == 4 and all(_is_numeric(table[name]) for name in found):
            return form, found
    return None


def guess_boxes(
    table: pl.DataFrame, image: str, taken: set[str], words: Sequence[LabelsFound]
) -> Iterator[LabelsFound]:
    """Guess which columns hold boxes, and which one says what they show.

    Args:
        table: all text.
        image: the column that names the image.
        taken: columns that hold something else.
        words: what was guessed of columns of words.
    """
    boxes = find_boxes(table, taken)
    if boxes is None:
        return
    form, columns = boxes
    values = {"box": columns, "format": form}
    comments = {"format": "guessed from their names: check", "box": ""}
    frame = Line(None, "frame = [1024, 1024]: pixels that the numbers refer to, if not the image's")
    said = [
        one for one in words if one.labels["encoding"].value in ("class_column", "finding_rows")
    ]
    said = [one for one in said if _is_named(table[one.labels["column"].value])]
    boxed = table[columns[0]] != ""
    lines = {key: Line(value, comments[key]) for key, value in values.items()}
    if said:
        best = max(said, key=lambda one: one.score)
        column = best.labels["column"].value
        counts = dict(table[column].value_counts(name="count").iter_rows())
        terms, none, silent = sort_words(counts)
        bare = set(table[column].unique()) - set(table[column].filter(boxed).unique())
        terms = {
            word: text + ("; never with a box" if word in bare else "")
            for word, text in terms.items()
        }
        yield LabelsFound(
            what=f"boxes, and column {column!r} says what they show",
            score=best.score + 25,
            labels={
                **plain_lines({"encoding": "box_rows", "column": column}, "guessed: check"),
                **lines,
                "frame": frame,
            },
            words=terms,
            none=none,
            silent=silent,
            asides=best.asides,
        )
        return
    flags = [
        name
        for name in table.columns
        if name not in {*columns, *taken, image} and not _is_named(table[name])
    ]
    term = flags[0] if flags else "finding"
    yield LabelsFound(
        what="boxes of one finding",
        # Several columns of yes and no beside boxes: these show more than one finding.
        score=60.0 if len(flags) < 2 else 42.0,
        labels={
            "encoding": Line("box_rows", "guessed: check"),
            "term": Line(term, "what do the boxes show? Say it here or in [terms]"),
            **lines,
            "frame": frame,
        },
        words={term: f"{table.filter(boxed)[image].n_unique():,} images with a box"},
        own_scope=True,
        asides=("Images without a box count as negative: is that so?",),
    )


def guess_run_lengths(table: pl.DataFrame, taken: set[str], term: str) -> Iterator[LabelsFound]:
    """Guess which column holds run-length masks.

    Args:
        table: all text.
        taken: columns that hold something else.
        term: what they show, as far as a name says it.
    """
    for name in table.columns:
        if name in taken:
            continue
        texts = table[name].filter(table[name] != "")
        runs = texts.filter(texts.str.contains(r"^\d+ \d+( \d+ \d+)*$"))
        others = texts.filter(~texts.str.contains(r"^\d+ \d+( \d+ \d+)*$"))
        if not len(runs) or others.n_unique() > 1:
            continue
        none = others[0] if len(others) else "-1"
        relative, highest = _measure_runs(runs)
        side = next((side for side in _SIDES if side * side >= highest), _SIDES[-1])
        yield LabelsFound(
            what=f"column {name!r} holds run-length masks",
            score=90.0,
            labels={
                "encoding": Line("run_length_rows", "guessed from pairs of numbers: check"),
                "term": Line(term, "what do the masks show? Say it here or in [terms]"),
                "column": Line(name),
                "none": Line(
                    none, f"guessed: on {len(others):,} rows alone" if len(others) else "not seen"
                ),
                "shape": Line((side, side), "guessed: the least square that holds all runs; check"),
                "relative": Line(
                    relative,
                    "guessed: starts fall, so they count from the run before; check"
                    if relative
                    else "guessed: starts always rise; check",
                ),
                "by": Line("column", "or row: along which pixels are counted; check"),
            },
            words={term: f"{len(runs):,} rows with a mask"},
            own_scope=True,
        )


def _measure_runs(texts: pl.Series) -> tuple[bool, int]:
    """Whether starts are relative, and how many pixels there must be."""
    numbers = [np.array(text.split(), dtype=np.int64) for text in texts]
    relative = any((np.diff(one[::2]) < 0).any() for one in numbers)
    ends = [int(one.sum()) if relative else int(one[-2] + one[-1]) for one in numbers]
    return relative, max(ends)


def _count_positive(cells: pl.Series) -> str:
    counts: Mapping[str, int] = dict(cells.value_counts(name="count").iter_rows())
    positive = sum(count for value, count in counts.items() if read_value(value) == "positive")
    return f"positive on {plural(positive, 'row')}"


def _is_named(cells: pl.Series) -> bool:
    """Whether a column holds words, rather than 1 for a box and 0 for none."""
    return not {same_value(value) for value in cells.unique().head(5)} <= {"", "0", "1"}


def _once(values: Sequence[str]) -> list[str]:
    """Values, each form once: 1 rather than both 1 and 1.0."""
    return list(
        {same_value(value): value for value in sorted(values, key=len, reverse=True)}.values()
    )


def _is_numeric(cells: pl.Series) -> bool:
    filled = cells.filter(cells != "")
    return len(filled) > 0 and filled.cast(pl.Float64, strict=False).null_count() == 0
