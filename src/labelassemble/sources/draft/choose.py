"""The likeliest first manifest for a folder, whatever lies in it."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError, some, unknown_name
from labelassemble.sources.draft.beside_table import find_box_table, find_lists
from labelassemble.sources.draft.folder_draft import draft_folder
from labelassemble.sources.draft.image_column import last_stem
from labelassemble.sources.draft.join_guess import join_guesses
from labelassemble.sources.draft.label_files import guess_label_files, leave_read
from labelassemble.sources.draft.labels_found import Find
from labelassemble.sources.draft.passed_over import list_passed_over
from labelassemble.sources.draft.peek import Peek
from labelassemble.sources.draft.place_images import choose_image_folder
from labelassemble.sources.draft.set_aside import set_aside
from labelassemble.sources.draft.source_draft import SourceDraft
from labelassemble.sources.draft.survey import Survey, plain_name
from labelassemble.sources.draft.table_draft import (
    ENOUGH,
    all_images_of,
    draft_table,
    guess_table,
    stems_of,
)
from labelassemble.sources.draft.table_group import TableGuess, group_tables, images_of
from labelassemble.sources.write_toml import Line

_LINES = 3_000


class Chosen(NamedTuple):
    """A first manifest, and what else there was.

    Attributes:
        draft: what was chosen.
        others: what else could be read as a source, in words, the likeliest first.
        passed: which files are not used and why, a line a reason.
    """

    draft: SourceDraft
    others: tuple[str, ...]
    passed: tuple[str, ...] = ()


def choose_draft(survey: Survey, find: Find, table: str | None = None) -> Chosen:
    """Make the likeliest first manifest for a folder.

    Args:
        survey: what lies in the folder.
        find: what the vocabulary knows.
        table: path of the table that is meant; none: the likeliest.

    Raises:
        SourceError: no such table, or nothing in the folder that could be a source.
    """
    boxes = None if table else guess_label_files(survey)
    survey = leave_read(survey, boxes)
    names = [table] if table else list(survey.tables)
    if table and table not in survey.tables:
        packed = [name for name in survey.tables if name.startswith(table)]
        if len(packed) != 1:
            raise SourceError(
                f"a table {table} in {survey.folder}",
                unknown_name("table", table, survey.tables),
                "Name one of these",
            )
        names = packed
    fingerprints = [guess_table(survey, name, find, _LINES) for name in survey.tables]
    guesses = [one for one in fingerprints if isinstance(one, TableGuess)]
    lists = [one for one in fingerprints if isinstance(one, Peek) and one.table.width == 1]
    guesses.sort(key=lambda one: -one.score)
    reasons = {} if table else dict(set_aside(guesses))
    guesses = [one for one in guesses if one.name not in reasons]
    beside = {one.name: _has_labels_beside(survey, one, guesses) for one in guesses}
    guesses.sort(key=lambda one: beside[one.name])
    groups = group_tables(survey, guesses)
    wanted = [group for group in groups if any(one.name in names for one in group)]
    if table:
        wanted = [[one for one in group if one.name in names] for group in wanted]
        if not wanted:
            raise SourceError(
                f"a table of images at {table}",
                "none of its columns seems to name an image",
                "Name another table, or write the manifest by hand",
            )
    joined = None
    if not table and not (wanted and wanted[0][0].roles.files and _is_labelled(wanted[0][0])):
        joined = join_guesses(survey, guesses, find)
    if joined:
        file, _ = joined.joined[0]
        wanted = [[joined]]
        groups = [group for group in groups if not {plain_name(one.name) for one in group} & {file}]
    drafts = [] if table else draft_folder(survey, find, boxes)
    best = wanted[0] if wanted else []
    if best and (not drafts or best[0].score >= drafts[0].score):
        draft, used = _draft_best(survey, best, guesses, lists, find)
        others = [one.what for one in drafts if one.score > 20]
    elif drafts:
        draft = drafts[0]
        others = [one.what for one in drafts[1:] if one.score > 20]
        best, used = [], ""
    else:
        raise SourceError(
            f"images, tables or label files in {survey.folder}",
            f"nothing that could be a source{_count_kinds(survey)}",
            "Name the folder that holds the images, or unpack what no file can be reached in "
            "(7z, rar, and npz, HDF5 or archives within archives)",
        )
    taken = {used, *(one.name for one in best)}
    others = [_describe(group) for group in groups if group[0].name not in taken] + others
    read = _list_read(draft)
    grouped = {one.name for group in groups for one in group}
    bare = {one.file for one in lists if _lists_images(survey, one)}
    for name in survey.tables:
        if name not in grouped and plain_name(name) not in read:
            listed = plain_name(name) in bare
            why = "it names images, and holds no labels" if listed else "no column names an image"
            reasons.setdefault(name, why)
    told = read | {plain_name(name) for name in grouped}
    says = [*draft.asides, *others, draft.what]
    masks = any("mask" in one for one in says)
    return Chosen(draft, tuple(others), list_passed_over(survey, told, reasons, masks))


def _lists_images(survey: Survey, peek: Peek) -> bool:
    """Whether a file of one column names images that are there."""
    named = last_stem(peek.table.to_series()).is_in(stems_of(survey))
    return float(named.mean() or 0) > 0.5  # type: ignore[arg-type]


def _list_read(draft: SourceDraft) -> set[str]:
    """Files that a draft reads, as its manifest names them."""
    lines = [line for table in draft.tables.values() for line in table.values()]
    lines += list(draft.labels.labels.values()) if draft.labels else []
    read: set[str] = set()
    for line in lines:
        named = line.value.values() if isinstance(line.value, Mapping) else line.value
        several = (named,) if isinstance(named, str | int | None) else named
        read |= {one for one in several if isinstance(one, str)}
    return read


def _count_kinds(survey: Survey) -> str:
    """How many files of which kinds there are instead."""
    kinds = Counter(
        f".{name.rpartition('.')[2].lower()}" if "." in name.rpartition("/")[2] else "no extension"
        for name in survey.files
    )
    if not kinds:
        return ""
    said = some((f"{count:,} {kind}" for kind, count in kinds.most_common()), 5)
    return f"; its files: {said}"


def _draft_best(
    survey: Survey,
    group: list[TableGuess],
    guesses: list[TableGuess],
    lists: list[Peek],
    find: Find,
) -> tuple[SourceDraft, str]:
    """A first manifest from tables, and the name of the table of boxes that it takes too."""
    whole = [] if group[0].joined else [guess_table(survey, one.name, find) for one in group]
    read = [one for one in whole if isinstance(one, TableGuess)]
    if len(read) < len(group):
        read = group
    draft = draft_table(survey, read, find)
    tables = {key: dict(lines) for key, lines in draft.tables.items()}
    asides = list(draft.asides)
    images = pl.concat([images_of(one) for one in read]).unique()
    if "split" not in tables:
        found, told = find_lists(_read_lists(survey, lists, find), images)
        asides += told
        if found:
            tables["split.lists"] = dict(found)
    encoding = draft.labels.labels["encoding"].value if draft.labels else ""
    boxes = find_box_table(guesses, read) if encoding != "box_rows" else None
    if boxes:
        tables["boxes"] = boxes[0]
    if folder := _images_folder(survey, read):
        tables["images"] = folder
    if draft.labels:
        asides += draft.labels.asides
    return draft._replace(tables=tables, asides=tuple(asides)), boxes[1] if boxes else ""


def _is_labelled(guess: TableGuess) -> bool:
    return bool(guess.labels) and guess.labels[0].score >= ENOUGH


def _has_labels_beside(survey: Survey, one: TableGuess, guesses: list[TableGuess]) -> bool:
    """Whether a table of boxes has another one beside it that labels all of its images.

    The boxes then say where, and the other table says what.
    """
    if not one.labels or one.labels[0].labels["encoding"].value != "box_rows":
        return False
    images = images_of(one)
    labelled = (other for other in guesses if other.labels and other.labels[0].score >= ENOUGH)
    for other in labelled:
        if other.labels[0].labels["encoding"].value != "box_rows":
            there = all_images_of(survey, other)
            if len(there) >= len(images) and images.is_in(there.implode()).all():
                return True
    return False


def _read_lists(survey: Survey, lists: list[Peek], find: Find) -> list[Peek]:
    """Lists, whole."""
    files = {one.file for one in lists}
    names = [name for name in survey.tables if plain_name(name) in files]
    found = [guess_table(survey, name, find) for name in names]
    return [one for one in found if isinstance(one, Peek) and one.table.width == 1]


def _images_folder(survey: Survey, read: list[TableGuess]) -> dict[str, Line]:
    """Where the images lie; nothing where there are none, or where no other files are near."""
    if not any(one.roles.files for one in read):
        return {}
    images = survey.volumes if len(survey.volumes) > len(survey.images) else survey.images
    return choose_image_folder(images, survey.files) or {}


def _describe(group: list[TableGuess]) -> str:
    what = group[0].labels[0].what if group[0].labels else "no column seems to hold labels"
    return f"{some(one.name for one in group)}: {what}"
