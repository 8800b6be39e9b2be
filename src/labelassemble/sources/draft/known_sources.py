"""Built-in manifests that fit a folder: their files are there, with their columns and names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from labelassemble.errors import ImageError, some
from labelassemble.files.open_file import open_file
from labelassemble.sources.draft.known_folders import fit_folder
from labelassemble.sources.draft.survey import plain_name
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.fit_columns import Fit, fit_columns
from labelassemble.sources.fit_names import name_patterns
from labelassemble.sources.folder_seen import FolderSeen, see_folder
from labelassemble.sources.forms import Form, find_form, list_forms
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.place_tables import Placed
from labelassemble.sources.unsettled import explain_fit

_NEAR = 0.5
_FEW = 3
"""A table of fewer columns that goes by another name is nobody's without a doubt."""


class KnownSource(NamedTuple):
    """A built-in manifest that fits a folder, or nearly.

    Attributes:
        name: of the manifest.
        said: by what it is reported, or why it is not it, in words.
        columns: how many of the columns of its table are there.
        tables: the tables of rows that are taken.
        files: all label files that are read: tables, those joined to them, boxes.
        number: where no table tells it, how many files do.
        form: what the form is called in which it is there; blank: nothing is known of it.
        seen: what else was seen of it; blank: nothing.
        hint: a file whose path only this source has; blank: there is none.
    """

    name: str
    said: str
    columns: int = 0
    tables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    number: int = 0
    form: str = ""
    seen: str = ""
    hint: str = ""


def find_known_sources(
    folder: Path, manifests: Mapping[str, Manifest], table: str | None = None
) -> tuple[str, ...]:
    """Name the manifests that fit a folder, those with the most columns first.

    Args:
        folder: the source's folder.
        manifests: those to try, by name.
        table: path of the table that is meant; then only those that read it.
    """
    plain = plain_name(table) if table is not None else None
    return tuple(
        one.name
        for one in find_known(see_folder(folder), manifests)
        if plain is None or any(plain_name(name) == plain for name in one.tables)
    )


def find_known(seen: FolderSeen, manifests: Mapping[str, Manifest]) -> list[KnownSource]:
    """Give the manifests that fit a folder and what tells them, the most columns first.

    Args:
        seen: the folder.
        manifests: those to try, by name.
    """
    found = [known for name, one in manifests.items() if (known := _fit(name, one, seen))]
    found = [one._replace(hint=_find_hint(manifests[one.name], seen)) for one in found]
    return sorted(found, key=lambda one: (-one.columns, -one.number, not one.hint))


def find_near(
    seen: FolderSeen, manifests: Mapping[str, Manifest], but: Sequence[str] = ()
) -> list[KnownSource]:
    """Give manifests much of which is in a folder, and what tells against them.

    Args:
        seen: the folder.
        manifests: those to try, by name.
        but: names that are not asked.
    """
    near = []
    for name, manifest in manifests.items():
        if name in but or isinstance(manifest.labels, Unlabelled):
            continue
        if manifest.table is None or not manifest.table.file:
            fit = fit_folder(manifest, seen)
            if fit is not None and not fit.fits:
                near.append(KnownSource(name, fit.said, number=fit.number))
            continue
        fits = [
            (table, found)
            for table, columns in seen.tables.items()
            if (found := fit_columns(manifest, columns)).found
        ]
        if not fits:
            continue
        table, best = max(fits, key=lambda one: _share(one[1]))
        if _share(best) >= _NEAR and len(best.found) >= _FEW and not best.fits:
            said = f"{explain_fit(best)}, table {table}"
            near.append(KnownSource(name, said, len(best.found), (table,)))
    return sorted(near, key=lambda one: (-one.columns, -one.number))


def _share(fit: Fit) -> float:
    return len(fit.found) / max(len(fit.wanted), 1)


def _fit(name: str, manifest: Manifest, seen: FolderSeen) -> KnownSource | None:
    if isinstance(manifest.labels, Unlabelled):
        return None
    if manifest.table is None or manifest.table.file is None:
        forms = [(one.form, fit_folder(one, seen)) for one in list_forms(manifest)]
        fitting = [(form, fit) for form, fit in forms if fit is not None and fit.fits]
        if not fitting:
            return _fit_tables(name, manifest, seen)
        form, best = max(fitting, key=lambda one: one[1].number)
        form = form or name_form(manifest, best.files or seen.names)
        return KnownSource(
            name, best.said, files=best.files, number=best.number, form=form, seen=best.seen
        )
    return _fit_tables(name, manifest, seen)


def _fit_tables(name: str, manifest: Manifest, seen: FolderSeen) -> KnownSource | None:
    """The same of a manifest that has a table, be it in one of its variants alone."""
    found = find_form(manifest, seen)
    if found is None or found.placed is None:
        return None
    return _describe(name, manifest, found, found.placed, seen)


def _describe(
    name: str, manifest: Manifest, form: Form, placed: Placed, seen: FolderSeen
) -> KnownSource | None:
    files = form.manifest.table.file if form.manifest.table else ()
    tables = [one for file in files or () for one in placed.names[file]]
    shown = [one for file in tables for one in _spell(file, seen)] or list(placed.rivals)
    told = not placed.by_content and (not placed.fit.renamed or _are_named(manifest, seen))
    few = not told and len(placed.fit.wanted) < _FEW
    if few or placed.rivals or not _headless_fits(form.manifest, shown, seen):
        return None
    what = "table" if len(shown) == 1 else "tables"
    read = [one for found in placed.names.values() for file in found for one in _spell(file, seen)]
    beside = form.manifest.boxes.file if form.manifest.boxes else ()
    read += [one for file in beside for one in seen.tables if match_glob(one, f"**/{_bare(file)}")]
    return KnownSource(
        name,
        f"{placed.fit}, {what} {some(shown, 3)}",
        len(placed.fit.found),
        tuple(shown),
        tuple(dict.fromkeys(read)),
        form=form.manifest.form or name_form(manifest, read),
    )


def _are_named(manifest: Manifest, seen: FolderSeen) -> bool:
    """Whether most images are called as only this source's and its relatives' are."""
    pattern = manifest.recognise.names if manifest.recognise else None
    stems = [PurePosixPath(one).stem for one in seen.images]
    fitting = sum(re.fullmatch(pattern, one) is not None for one in stems) if pattern else 0
    return fitting > len(stems) / 2


def _find_hint(manifest: Manifest, seen: FolderSeen) -> str:
    patterns = manifest.recognise.hints if manifest.recognise else ()
    found = (one for one in seen.others for glob in patterns if match_glob(one, glob))
    return next(found, "")


def name_form(manifest: Manifest, files: Sequence[str]) -> str:
    """Give what the form of a source is called that has these files; blank: no one knows.

    Args:
        manifest: as published; its `recognise.forms` say it.
        files: paths below the folder.
    """
    forms = manifest.recognise.forms if manifest.recognise else {}
    for pattern, called in forms.items():
        if any(match_glob(one, pattern) for one in files):
            return called
    return ""


def _bare(file: str) -> str:
    return file.removeprefix("**/")


def _spell(file: str, seen: FolderSeen) -> list[str]:
    return [name for name in seen.tables if match_glob(name, file)] or [file]


def _headless_fits(manifest: Manifest, tables: Sequence[str], seen: FolderSeen) -> bool:
    """Whether tables without a header have as many cells a line as the manifest says."""
    layout = manifest.table
    if layout is None or not layout.header:
        return True
    sign = layout.separator or ","
    for name in tables:
        try:
            with open_file(seen.path(name)) as file:
                cells = file.readline().decode("utf-8").strip().split(sign)
        except (ImageError, OSError, UnicodeDecodeError):
            return False
        if len(cells) != len(layout.header):
            return False
    return bool(tables)


def find_better(
    name: str, folder: Path, files: Iterable[str], manifests: Mapping[str, Manifest]
) -> KnownSource | None:
    """Find the manifest that fits better than the one that files were read with; none: none does.

    Columns that both read count for neither: those that only one of them reads tell.

    Args:
        name: of the manifest with which they were read.
        folder: the source's folder.
        files: paths of what was read below it: its tables, or its images where names are rows.
        manifests: all of them, by name.
    """
    own = manifests[name]
    seen = FolderSeen(folder, tuple(sorted(set(files))))
    by_names = bool(name_patterns(own))
    if own.table is None and not by_names:
        return None
    others = {
        one: of
        for one, of in manifests.items()
        if one != name and bool(name_patterns(of)) == by_names
    }
    found = find_known(seen, others)
    if by_names:
        here = fit_folder(own, seen)
        better = [one for one in found if here is None or one.number > here.number]
        return better[0] if better else None
    for one in found:
        columns = tuple({column for table in seen.tables for column in seen.tables[table]})
        mine, theirs = fit_columns(own, columns), fit_columns(manifests[one.name], columns)
        only_mine = set(mine.found) - set(theirs.found)
        only_theirs = set(theirs.found) - set(mine.found)
        if len(only_theirs) > len(only_mine) or (mine.lost and not theirs.lost) or mine.alien:
            return one
    return None
