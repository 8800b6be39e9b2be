"""Which files of a folder are the tables that a manifest reads, by their names and columns."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from labelassemble.sources.fit_columns import Fit, fit_columns
from labelassemble.sources.folder_seen import FolderSeen, is_submission
from labelassemble.sources.image_files import match_glob
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.optional_files import any_there

_NEVER = ("", ".gz", ".zip")
_PARTS = {"train": ("train",), "validate": ("val", "dev"), "test": ("test",)}


class Placed(NamedTuple):
    """Where the tables of a source are.

    Attributes:
        names: name in the manifest to the files that are meant.
        above: path of the folder that they lie in, below the source's folder; ends in ``/``.
        fit: how well the columns are those that the manifest reads.
        rivals: tables that fit as well, and are no copies: then nothing is taken.
        copies: tables that are the same as one that is taken.
        by_content: whether a table was found by its columns, not by its name.
    """

    names: dict[str, tuple[str, ...]]
    above: str
    fit: Fit
    rivals: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    by_content: bool = False


def place_tables(manifest: Manifest, seen: FolderSeen) -> Placed | None:
    """Find the tables whose rows are images, and those that are joined to them; none: not there.

    By the names of the manifest in the folder itself, else in one folder below, else by columns.

    Args:
        manifest: how the source is written; it has a table of files.
        seen: the folder.
    """
    layout = manifest.table
    assert layout is not None
    assert layout.file is not None
    roots = _find_roots(layout.file, seen)
    fitting = list[Placed]()
    for above, names in roots.items():
        placed = _join(manifest, seen, above, names)
        if placed is not None and placed.fit.fits:
            fitting.append(placed)
    here = next((one for one in fitting if not one.above), None)
    if here is not None:
        return here
    if fitting:
        return _choose(fitting, seen)
    if layout.header or layout.join:
        return None
    return _by_columns(manifest, seen)


def _find_roots(files: tuple[str, ...], seen: FolderSeen) -> dict[str, dict[str, tuple[str, ...]]]:
    """Folder to the names of a manifest that have files there, the nearest first."""
    roots = dict[str, dict[str, tuple[str, ...]]]()
    for file in files:
        # A file that is called just so comes before what a pattern finds.
        if any(f"{file}{packed}" in seen.tables for packed in _NEVER):
            roots.setdefault("", {})[file] = (file,)
    for name in seen.tables:
        parts = name.split("/")
        for depth in range(len(parts)):
            above = "".join(f"{part}/" for part in parts[:depth])
            for file in files:
                if match_glob("/".join(parts[depth:]), file):
                    found = roots.setdefault(above, {})
                    found[file] = tuple(dict.fromkeys((*found.get(file, ()), name)))
    return dict(sorted(roots.items(), key=lambda one: (one[0].count("/"), one[0])))


def _join(
    manifest: Manifest, seen: FolderSeen, above: str, found: Mapping[str, tuple[str, ...]]
) -> Placed | None:
    """Columns of the tables in one folder, and of those that are joined there."""
    layout = manifest.table
    assert layout is not None
    assert layout.file is not None
    files = [name for one in found.values() for name in one]
    headers = [layout.header or seen.tables.get(name, ()) for name in files]
    names = {file: found.get(file, ()) for file in layout.file}
    # Every file of rows must have what is read; what all have is compared.
    columns = set.intersection(*(set(one) for one in headers)) if headers else set[str]()
    for file in (file for join in layout.join for file in join.file):
        there = [n for n in seen.tables if match_glob(n.removeprefix(above), file)]
        if not there:
            tail = file.replace("**/", "").rpartition("/")[2]
            there = [n for n in seen.tables if match_glob(n.rpartition("/")[2], tail)]
            there = there[:1] if len(there) == 1 else []
        names[file] = tuple(there)
        for name in there[:1]:
            columns |= set(seen.tables[name])
    # What is found by the manifest's own names stays as it is written, patterns above all.
    for old, new in names.items():
        if new and all(match_glob(one, old) for one in new):
            names[old] = (old,)
    return Placed(names, above, fit_columns(manifest, tuple(sorted(columns))))


def _choose(fitting: list[Placed], seen: FolderSeen) -> Placed:
    """Of several folders the one with all tables, the nearest of copies, or none."""
    most = max(sum(map(bool, one.names.values())) for one in fitting)
    fitting = [one for one in fitting if sum(map(bool, one.names.values())) == most]
    first = fitting[0]
    copies, rivals = list[str](), list[str]()
    for one in fitting[1:]:
        same = _same(seen, _files(one), _files(first))
        (copies if same else rivals).extend(_files(one)[:1])
    if rivals:
        return first._replace(rivals=(_files(first)[0], *rivals))
    return first._replace(copies=tuple(copies))


def _files(placed: Placed) -> list[str]:
    return [name for found in placed.names.values() for name in found]


def _by_columns(manifest: Manifest, seen: FolderSeen) -> Placed | None:
    layout = manifest.table
    assert layout is not None
    assert layout.file is not None
    fits = {name: fit_columns(manifest, columns) for name, columns in seen.tables.items()}
    fitting = sorted((n for n in fits if fits[n].fits), key=lambda name: (name.count("/"), name))
    if not fitting:
        return None
    first = fitting[0]
    above = first.rpartition("/")[0] + "/" if "/" in first else ""
    copies = tuple(one for one in fitting[1:] if _same(seen, [one], [first]))
    left = [one for one in fitting if one not in copies]
    names: dict[str, tuple[str, ...]] = dict.fromkeys(layout.file, ())
    if len(left) > 1 or (len(layout.file) > 1 and manifest.split.files):
        parts = _tell_parts(manifest, left)
        if parts is None:
            return Placed(names, above, fits[first], rivals=tuple(left), by_content=True)
        names |= parts
    else:
        names[layout.file[0]] = (first,)
    return Placed(names, above, fits[first], copies=copies, by_content=True)


def _tell_parts(manifest: Manifest, tables: list[str]) -> dict[str, tuple[str, ...]] | None:
    """Which table is which part of the published split, by their names; none: they do not tell."""
    found = dict[str, tuple[str, ...]]()
    for name in tables:
        low = name.rpartition("/")[2].lower()
        fitting = [
            file
            for file, part in manifest.split.files.items()
            if any(word in low for word in _PARTS[part])
        ]
        if len(fitting) != 1 or fitting[0] in found:
            return None
        found[fitting[0]] = (name,)
    return found


def _same(seen: FolderSeen, one: Iterable[str], other: Iterable[str]) -> bool:
    return [_digest(seen, name) for name in one] == [_digest(seen, name) for name in other]


def _digest(seen: FolderSeen, name: str) -> str:
    return hashlib.sha256((seen.folder / name).read_bytes()).hexdigest()


def place_beside(
    file: str, wanted: Iterable[str], above: str, seen: FolderSeen
) -> tuple[str, ...] | None:
    """Find a file that stands beside the labels: boxes, a list; none: it is not there.

    Args:
        file: its name or pattern in the manifest.
        wanted: columns that it must have; none: a list.
        above: the folder that the labels lie in.
        seen: the folder.
    """
    if any_there(seen.folder, (file,)):
        return (file,)
    found = [n for n in seen.others if match_glob(n.removeprefix(above), file)]
    if not found:
        tail = file.replace("**/", "").rpartition("/")[2]
        found = [n for n in seen.others if match_glob(n.rpartition("/")[2], tail)]
    columns = set(wanted)
    if not found and columns:
        found = [name for name, header in seen.tables.items() if columns <= set(header)]
    if (not columns and file.count("*") == 0) or (len(found) > 1 and "*" not in file):
        found = found[:1] if len({_digest(seen, one) for one in found}) == 1 else []
    return tuple(one for one in found if not is_submission(one)) or None
