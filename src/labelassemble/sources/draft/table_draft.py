"""A first manifest from a table of labels."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import numpy as np
import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.dicom_headers import may_be_dicom
from labelassemble.sources.draft.box_string_column import guess_box_strings
from labelassemble.sources.draft.image_column import last_stem
from labelassemble.sources.draft.known_words import SPLIT_WORDS, name_words
from labelassemble.sources.draft.labels_found import Find, LabelsFound
from labelassemble.sources.draft.lone_class import name_lone_class
from labelassemble.sources.draft.names import find_patient_pattern
from labelassemble.sources.draft.number_columns import (
    guess_boxes,
    guess_finding_columns,
    guess_run_lengths,
)
from labelassemble.sources.draft.peek import Peek, peek_table
from labelassemble.sources.draft.redcap import (
    guess_checkboxes,
    is_redcap,
    read_choice,
    read_dictionary,
    tell_repeated,
)
from labelassemble.sources.draft.roles import Roles, guess_roles
from labelassemble.sources.draft.source_draft import SourceDraft
from labelassemble.sources.draft.study_table import StudyKey, find_study_key
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.draft.table_group import TableGuess, images_of, put_together
from labelassemble.sources.draft.word_columns import guess_word_columns
from labelassemble.sources.find_files import read_bytes
from labelassemble.sources.split_parts import parts_of
from labelassemble.sources.table_bytes import decode_table
from labelassemble.sources.table_text import parse_table
from labelassemble.sources.write_toml import Line

ENOUGH = 40.0
"""Score from which on a guess about labels is taken."""


def guess_table(
    survey: Survey, name: str, find: Find, lines: int | None = None
) -> TableGuess | Peek | None:
    """Guess what a file holds: a table of images, another one, or none.

    Args:
        survey: what lies in the folder.
        name: path of the file.
        find: what the vocabulary knows.
        lines: at most so many are read; none: all.
    """
    stems = stems_of(survey)
    peek = peek_table(survey.folder, name, stems, lines)
    if peek is None:
        return None
    return guess_columns(survey, name, peek, find) or peek


def guess_columns(survey: Survey, name: str, peek: Peek, find: Find) -> TableGuess | None:
    """Guess what the columns of a table hold; none: no column seems to name an image.

    Args:
        survey: what lies in the folder.
        name: path of its file.
        peek: the table.
        find: what the vocabulary knows.
    """
    images = [*survey.images, *survey.volumes]
    roles = guess_roles(peek.table, images) if peek.table.width > 1 else None
    study = None
    if peek.table.width > 1 and (roles is None or _few_files(roles, peek.table)):
        study = _find_study(survey, name, peek, images)
        if roles is None and study is not None:
            roles = guess_roles(peek.table, images, next(iter(study.key.values())))
    if roles is None:
        return None
    found = _guess_labels(survey, name, peek.table, roles, find)
    labels = tuple(sorted(found, key=lambda one: -one.score))
    score = (labels[0].score if labels else 0.0) + 3 * float(np.log10(peek.table.height + 1))
    if images:
        share = roles.files / peek.table[roles.image.column].n_unique()
        score += 40 if study is not None else 40 * share if roles.files else -20
    return TableGuess(name, peek, roles, labels, score)


def draft_table(survey: Survey, guesses: Sequence[TableGuess], find: Find) -> SourceDraft:
    """Make a first manifest from tables of the same columns.

    Args:
        survey: what lies in the folder.
        guesses: of the tables, read whole; the first one speaks for all.
        find: what the vocabulary knows.
    """
    first = guesses[0]
    roles, peek = first.roles, first.peek
    table = put_together(survey, guesses)
    if len(guesses) > 1:
        roles = guess_roles(table, [*survey.images, *survey.volumes]) or roles
        found = _guess_labels(survey, first.name, table, roles, find)
        labels = sorted(found, key=lambda one: -one.score)
    else:
        labels = list(first.labels)
    labels = [one for one in labels if one.words]
    best = labels[0] if labels and labels[0].score >= ENOUGH else None
    files = [guess.peek.file for guess in guesses]
    layout: dict[str, Line] = {"file": Line(files[0] if len(files) == 1 else tuple(files))}
    if peek.header:
        layout["header"] = Line(peek.header, "the file has no header: name its columns")
    if peek.separator:
        layout["separator"] = Line(peek.separator, "guessed: cuts all lines into as many cells")
    images = [*survey.images, *survey.volumes]
    few = _few_files(roles, table)
    study = find_study_key(table, survey.folder, images) if few else None
    if study is None:
        layout["image"] = Line(roles.image.column, _said(roles.image.why))
        layout |= _patient_lines(table, roles)
    else:  # Whose the images are stands in their headers.
        layout |= study.lines["table"]
    for key in ("view", "age", "sex", "reader"):
        role = getattr(roles, key)
        if role:
            layout[key] = Line(role.column, _said(role.why))
    if roles.sex and (odd := _odd_sexes(table[roles.sex.column])):
        layout["sex_values"] = Line(dict.fromkeys(odd, ""), "say F, M or nothing for each")
    tables: dict[str, dict[str, Line]] = {"table": layout}
    if study is not None:
        tables["headers"] = study.lines["headers"]
    if roles.split:
        words = table[roles.split.column].unique().sort().to_list()
        values = {word: SPLIT_WORDS.get(word.casefold(), "") for word in words if word}
        tables["split"] = {
            "column": Line(roles.split.column, _said(roles.split.why)),
            "values": Line(values),
        }
    elif parts := parts_of(files):
        tables["split"] = {"files": Line(parts, "guessed from the names of the files: check")}
    if first.joined:
        file, key = first.joined[0]
        tables["[table.join]"] = {
            "file": Line(file, "guessed: the labels stand there"),
            "on": Line(key, "guessed: both tables have it; check"),
            **({"separator": Line(first.sign)} if first.sign else {}),
        }
    asides = [*roles.asides]
    if best and is_redcap(table):
        named = list(study.key.values()) if study else [roles.image.column]
        columns = best.labels.get("columns", best.labels.get("column", Line(()))).value
        told = tell_repeated(table, named, [columns] if isinstance(columns, str) else list(columns))
        layout |= told.lines
        asides += told.asides
    if peek.problem:
        asides.append(f"{peek.file} cannot be read strictly: {peek.problem}")
    asides += [
        f"labels too, but not taken: {other.what}"
        for other in labels[1:4]
        if other.score >= ENOUGH and best and _column(other) != _column(best)
    ]
    asides += _filters(table, roles)
    rows = f"{table.height:,} rows" + ("" if peek.whole else " or more")
    return SourceDraft(
        what=f"{some(files)}: {rows}; {best.what if best else 'no column seems to hold labels'}",
        score=first.score,
        tables=tables,
        labels=best,
        asides=tuple(asides),
    )


def stems_of(survey: Survey) -> frozenset[str]:
    """Names of the images there are, without folder and extension."""
    names = pl.Series([*survey.images, *survey.volumes], dtype=pl.String)
    return frozenset(last_stem(names))


def all_images_of(survey: Survey, guess: TableGuess) -> pl.Series:
    """Name the images of a table of which perhaps only the beginning was read."""
    peek, column = guess.peek, guess.roles.image.column
    if not peek.whole:
        try:
            text = decode_table(read_bytes(survey.path(guess.name)), guess.name)
            sign = peek.separator or ("\t" if ".tsv" in PurePosixPath(peek.file).suffixes else ",")
            return parse_table(text, sign, [column], place=guess.name, header=peek.header)[
                column
            ].unique()
        except SourceError:
            pass
    return images_of(guess)


def _few_files(roles: Roles, table: pl.DataFrame) -> bool:
    """Whether the column that names images names hardly any of the files."""
    return roles.files < 0.2 * table[roles.image.column].n_unique()


def _find_study(survey: Survey, name: str, peek: Peek, images: Sequence[str]) -> StudyKey | None:
    """The key of a table of studies, of which perhaps only the beginning was read."""
    study = find_study_key(peek.table, survey.folder, images)
    if study is None and not peek.whole and any(map(may_be_dicom, images)):
        whole = peek_table(survey.folder, name)
        study = whole and find_study_key(whole.table, survey.folder, images)
    return study


def _guess_labels(
    survey: Survey, name: str, table: pl.DataFrame, roles: Roles, find: Find
) -> Iterator[LabelsFound]:
    taken, image = roles.columns, roles.image.column
    if is_redcap(table):
        dictionary = read_dictionary(survey.folder, survey.tables)
        boxes = guess_checkboxes(table, taken, find, dictionary)
        if boxes is not None:
            yield boxes
            taken = taken | {column for column in table.columns if read_choice(column, {})}
    reader = roles.reader.column if roles.reader else None
    words = list(guess_word_columns(table, image, reader, taken, find))
    yield from words
    yield from guess_box_strings(table, taken)
    for found in guess_finding_columns(table, taken, find):
        yield name_lone_class(found, survey.folder, name, survey.images, find)
    yield from guess_boxes(table, image, taken, words)
    parts = name_words(PurePosixPath(name).name)
    yield from guess_run_lengths(table, taken, next((one for one in parts if find(one)), "finding"))


def _patient_lines(table: pl.DataFrame, roles: Roles) -> dict[str, Line]:
    if roles.patient:
        return {"patient": Line(roles.patient.column, _said(roles.patient.why))}
    names = table[roles.image.column].unique().sort().to_list()
    if pattern := find_patient_pattern([name for name in names if name]):
        why = f"guessed: images' names give {pattern.why}; check"
        return {"patient_pattern": Line(pattern.pattern, why)}
    return {
        "patient": Line(
            None,
            'patient = "...": no column seems to name the patient; without it, two images of one '
            "patient may stand on both sides of a split",
        )
    }


def _column(labels: LabelsFound) -> object:
    """The column of words, if that is where labels stand."""
    return labels.labels["column"].value if "column" in labels.labels else labels.what


def _odd_sexes(values: pl.Series) -> list[str]:
    known = {"f", "female", "m", "male", "", "na", "n/a", "nan", "none", "null", "unknown", "u",
             "?", "-"}  # fmt: skip
    return [value for value in values.unique().sort() if value.casefold() not in known]


def _filters(table: pl.DataFrame, roles: Roles) -> list[str]:
    """Columns by whose values some rows may have to be left out."""
    found = []
    for name in table.columns:
        words = [word for word in table[name].unique().sort() if word]
        if "modality" in name_words(name) and name not in roles.columns and 1 < len(words) <= 20:
            found.append(
                f"{name} is {', '.join(words)}: table.keep.{name} = [...] takes some of them"
            )
    return found


def _said(why: str) -> str:
    return f"guessed from {why}: check"
