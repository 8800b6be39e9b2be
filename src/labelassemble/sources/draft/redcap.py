"""REDCap's exports: a column for each choice of a checkbox, forms that come several times."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.draft.known_words import (
    LABEL_NAMES,
    name_words,
    read_value,
    says_nothing_found,
)
from labelassemble.sources.draft.labels_found import Find, LabelsFound
from labelassemble.sources.draft.peek import peek_table
from labelassemble.sources.write_toml import Line

_RAW = re.compile(r"(?s)(\w+?)___(\w+)")
"""``findings___mass``: field and code, as raw exports write them."""
_LABELLED = re.compile(r"(?s)(.+?)\s*\(choice=(.+)\)")
"""``Findings (choice=Mass)``, as exports with labels write them."""
_FIELD = ("Variable / Field Name", "field_name")
_CHOICES = ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations")
"""Columns of a data dictionary, as the web page and the API write it."""
INSTRUMENT: Final = ("redcap_repeat_instrument", "Repeat Instrument")
INSTANCE: Final = ("redcap_repeat_instance", "Repeat Instance")
EVENT: Final = ("redcap_event_name", "Event Name")


class _Choice(NamedTuple):
    """One choice of a checkbox: of which field, and what it is called."""

    field: str
    name: str


@lru_cache(maxsize=4)
def read_dictionary(folder: Path, tables: tuple[str, ...]) -> Mapping[tuple[str, str], str]:
    """Read what codes mean from the data dictionary that lies beside an export.

    Args:
        folder: of the source.
        tables: files below it that may be tables.

    Returns:
        Field and code, as columns write it, to the choice's label; nothing where there is none.
    """
    for name in tables:
        if not name.lower().endswith((".csv", ".tsv", ".txt")):
            continue
        peek = peek_table(folder, name, (), None)
        if peek is None:
            continue
        columns = [
            next((one for one in known if one in peek.table.columns), None)
            for known in (_FIELD, _CHOICES)
        ]
        if columns[0] is None or columns[1] is None:
            continue
        found: dict[tuple[str, str], str] = {}
        for field, text in peek.table.select(columns[0], columns[1]).iter_rows():
            for part in re.split(r"\s*\|\s*", text):
                code, comma, label = part.partition(",")
                if comma and label.strip():
                    found[field, re.sub(r"\W", "_", code.strip().lower())] = label.strip()
        return found
    return {}


def read_choice(column: str, dictionary: Mapping[tuple[str, str], str]) -> _Choice | None:
    """Take the name of a checkbox's column apart; None for any other column.

    >>> read_choice("findings___mass", {}), read_choice("Findings (choice=Mass)", {})
    (_Choice(field='findings', name='mass'), _Choice(field='Findings', name='Mass'))
    >>> read_choice("findings___1", {("findings", "1"): "Mass"})
    _Choice(field='findings', name='Mass')
    >>> read_choice("record_id", {}) is None
    True
    """
    if match := _RAW.fullmatch(column):
        said = dictionary.get((match[1], match[2]), match[2].strip("_").replace("_", " "))
        return _Choice(match[1], said)
    match = _LABELLED.fullmatch(column)
    return _Choice(match[1], match[2].strip()) if match else None


def guess_checkboxes(
    table: pl.DataFrame,
    taken: set[str],
    find: Find,
    dictionary: Mapping[tuple[str, str], str],
) -> LabelsFound | None:
    """Guess which checkboxes hold findings: fields of whose choices the vocabulary knows some.

    Args:
        table: all text.
        taken: columns with another role.
        find: what the vocabulary knows.
        dictionary: as ``read_dictionary`` gives it.
    """
    boxes = {
        column: choice
        for column in table.columns
        if column not in taken and (choice := read_choice(column, dictionary)) is not None
        if all(read_value(value) is not None for value in table[column].unique())
    }
    if not boxes:
        return None
    known = {one.field for one in boxes.values() if find(one.name)}
    fields = known or {
        one.field for one in boxes.values() if set(name_words(one.field)) & set(LABEL_NAMES)
    }
    columns = [column for column, one in boxes.items() if one.field in fields]
    if not columns:
        return None
    called = {column: boxes[column].name for column in columns}
    values = sorted({value for name in columns for value in table[name].unique() if value})
    none = {
        column: f"guessed: {said}"
        for column, name in called.items()
        if (said := says_nothing_found(name, list(called.values()))) and len(columns) > 1
    }
    asides = []
    if bare := [name for name in called.values() if name.isdigit()]:
        asides.append(
            f"codes {some(bare, 5)} of {some(sorted(fields), 3)} have no words: put REDCap's data "
            "dictionary (CSV) into the folder, or say in [terms] what they mean"
        )
    if rest := sorted({one.field for one in boxes.values()} - fields):
        asides.append(f"checkboxes that were not taken: {some(rest, 6)}")
    counts = {name: int(table[name].is_in(_ticked(values)).sum()) for name in columns}
    return LabelsFound(
        what=f"{plural(len(columns), 'choice')} of REDCap's checkbox {some(sorted(fields), 3)}: "
        + some(called.values(), 6),
        score=70.0 + 5 * min(len(columns), 8),
        labels={
            "encoding": Line("finding_columns", "guessed from REDCap's names of columns: check"),
            "columns": Line(tuple(columns)),
            "values": Line({value: read_value(value) for value in values}, "check each"),
        },
        words={
            name: f"{called[name]!r}, {plural(counts[name], 'row')}"
            for name in columns
            if name not in none
        },
        own_scope=True,
        none=none,
        asides=tuple(asides),
        called=called,
    )


class RepeatedRows(NamedTuple):
    """What is to be said of rows that are not one a record.

    Attributes:
        lines: of the manifest's ``[table]``.
        asides: remarks for the reader of the draft.
    """

    lines: dict[str, Line]
    asides: list[str]


def tell_repeated(table: pl.DataFrame, key: Sequence[str], labels: Sequence[str]) -> RepeatedRows:
    """Say which rows hold the labels, where forms come several times, and what a 0 may be.

    Args:
        table: all text.
        key: columns that name the image or study.
        labels: columns that hold labels.
    """
    lines: dict[str, Line] = {}
    asides: list[str] = []
    instrument, instance, event = (
        next((one for one in known if one in table.columns), None)
        for known in (INSTRUMENT, INSTANCE, EVENT)
    )
    if instrument is not None and (table[instrument] != "").any():
        said = pl.any_horizontal(pl.col(name) != "" for name in labels)
        named = pl.all_horizontal(pl.col(name) != "" for name in key)
        forms = [
            set(table.filter(those)[instrument].unique()) for those in (said & named, named, said)
        ]
        every = set(table[instrument].unique())
        told = some([one or "(the record itself)" for one in sorted(every)], 4)
        if forms[0] and forms[0] != every:
            lines["keep"] = Line(
                {instrument: tuple(sorted(forms[0]))},
                f"rows are of {told}; those with labels are kept",
            )
        elif not forms[0]:
            asides.append(
                f"rows are of repeated forms ({told}): {some(key)} and the labels stand in "
                "different rows. Export one form with the record's fields beside it, or join them"
            )
        again = table.filter(said & named).select(pl.struct(*key).is_duplicated().any()).item()
        if again and instance is not None:
            asides.append(
                f"a form comes several times for one {some(key)}: if these are readers, "
                f'table.reader = "{instance}"'
            )
    if event is not None and table[event].n_unique() > 1:
        words = some(table[event].unique().sort(), 4)
        asides.append(f"rows are of several events ({words}): table.keep.{event} = [...]")
    done = [name for name in table.columns if name.lower().endswith("_complete")]
    for name in done:
        states = table[name].replace({"Complete": "2"}).unique()
        if "2" in states and len(set(states) - {"", "2"}):
            asides.append(
                f"REDCap writes 0 for a box of a form that nobody filled in: table.keep.{name} = "
                '["2"] keeps the forms that are complete'
            )
    return RepeatedRows(lines, asides)


def is_redcap(table: pl.DataFrame) -> bool:
    """Whether a table looks like an export of REDCap."""
    known = {*INSTRUMENT, *INSTANCE, *EVENT}
    return bool(known & set(table.columns)) or any(
        read_choice(name, {}) or name.lower().endswith("_complete") for name in table.columns
    )


def _ticked(values: Sequence[str]) -> list[str]:
    return [value for value in values if read_value(value) == "positive"]
