"""Which files of a folder are the tables that a manifest reads, by their names and columns."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from labelassemble.sources.find_files import read_bytes
from labelassemble.sources.fit_columns import Fit, fit_columns
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.match_names import match_alike, match_file

Match = Callable[[str, str], bool]
"""Whether the path of a file is what a name or pattern means."""

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

    By the names of the manifest in the folder itself, else in one folder below, else by names that
    differ in case or as a second download is called, else by columns.

    Args:
        manifest: how the source is written; it has a table of files.
        seen: the folder.
    """
    layout = manifest.table
    assert layout is not None
    assert layout.file is not None
    for match in (match_file, match_alike):
        fitting = list[Placed]()
        for above, names in _find_roots(layout.file, seen, match).items():
            placed = _join(manifest, seen, above, names, match)
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


def _find_roots(
    files: tuple[str, ...], seen: FolderSeen, match: Match
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Folder to the names of a manifest that have files there, the nearest first."""
    roots = dict[str, dict[str, tuple[str, ...]]]()
    exact = dict[str, str]()
    for file in files:
        # A file that is called just so comes before what a pattern finds.
        here = next((file + end for end in _NEVER if file + end in seen.tables), None)
        if here is not None:
            exact[file] = here
            roots.setdefault("", {})[file] = (here,)
    for name in seen.tables:
        parts = name.split("/")
        for depth in range(len(parts)):
            above = "".join(f"{part}/" for part in parts[:depth])
            for file in files:
                if (not depth and file in exact) or not match("/".join(parts[depth:]), file):
                    continue
                found = roots.setdefault(above, {})
                found[file] = tuple(dict.fromkeys((*found.get(file, ()), name)))
    return dict(sorted(roots.items(), key=lambda one: (one[0].count("/"), one[0])))


def _join(
    manifest: Manifest,
    seen: FolderSeen,
    above: str,
    found: Mapping[str, tuple[str, ...]],
    match: Match,
) -> Placed | None:
    """Columns of the tables in one folder, and of those that are joined there."""
    layout = manifest.table
    assert layout is not None
    assert layout.file is not None
    names, copies, rivals = dict[str, tuple[str, ...]](), list[str](), list[str]()
    for file in layout.file:
        names[file], same, other = drop_copies(found.get(file, ()), seen)
        copies += same
        rivals += other
    headers = [layout.header or seen.tables.get(one, ()) for of in names.values() for one in of]
    # Every file of rows must have what is read; what all have is compared.
    columns = set.intersection(*(set(one) for one in headers)) if headers else set[str]()
    for file in (file for join in layout.join for file in join.file):
        there = find_below(file, above, seen.tables, match)
        there, same, other = drop_copies(there, seen)
        copies += same
        names[file] = () if other else there
        for name in names[file][:1]:
            columns |= set(seen.tables[name])
    # What is found by the manifest's own names stays as it is written, patterns above all.
    for old, new in names.items():
        if new and not copies and all(match_file(one, old) for one in new):
            names[old] = (old,)
    fit = fit_columns(manifest, tuple(sorted(columns)))
    return Placed(names, above, fit, tuple(rivals), tuple(copies))


def find_below(
    file: str, above: str, names: Iterable[str], match: Match = match_file
) -> tuple[str, ...]:
    """Find the files that a name or pattern means: below a folder, else the only ones anywhere.

    Args:
        file: as the manifest writes it.
        above: the folder, ending in ``/``; blank: the source's.
        names: files there are.
        match: how names are compared.
    """
    names = list(names)
    there = [n for n in names if n.startswith(above) and match(n.removeprefix(above), file)]
    if there:
        return tuple(there)
    tail = file.replace("**/", "").rpartition("/")[2]
    there = [n for n in names if match(n.rpartition("/")[2], tail)]
    return tuple(there) if len({one.rpartition("/")[2] for one in there}) == 1 else ()


def drop_copies(
    names: Sequence[str], seen: FolderSeen
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Keep one of files that are called the same in several folders and hold the same.

    Args:
        names: of files.
        seen: the folder.

    Returns:
        Those that are kept, the nearest; their copies; and files that are called the same and hold
        something else.
    """
    kept, copies, rivals = dict[str, str](), list[str](), list[str]()
    for name in sorted(names, key=lambda one: (one.count("/"), one)):
        first = kept.setdefault(name.rpartition("/")[2], name)
        if first is name:
            continue
        if same_content(seen, [name], [first]):
            copies.append(name)
        else:
            rivals += [first, name]
    return (
        tuple(one for one in names if one in kept.values()),
        tuple(copies),
        tuple(dict.fromkeys(rivals)),
    )


def _choose(fitting: list[Placed], seen: FolderSeen) -> Placed:
    """Of several folders the one with all tables, the nearest of copies, or none."""
    most = max(sum(map(bool, one.names.values())) for one in fitting)
    fitting = [one for one in fitting if sum(map(bool, one.names.values())) == most]
    first = fitting[0]
    parts = [{file for file, of in one.names.items() if of} for one in fitting]
    if len(fitting) > 1 and len(set().union(*parts)) == sum(map(len, parts)):
        # Each table lies in a folder of its own: together they are the source.
        names = {file: of for one in fitting for file, of in one.names.items() if of}
        above = os.path.commonpath([f"/{one.above}" for one in fitting]).strip("/")
        return first._replace(names={**first.names, **names}, above=f"{above}/" if above else "")
    copies, rivals = list[str](), list[str]()
    for one in fitting[1:]:
        same = same_content(seen, _files(one), _files(first))
        (copies if same else rivals).extend(_files(one)[:1])
    if rivals:
        return first._replace(rivals=(_files(first)[0], *rivals))
    return first._replace(copies=(*first.copies, *copies))


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
    copies = tuple(one for one in fitting[1:] if same_content(seen, [one], [first]))
    left = [one for one in fitting if one not in copies]
    names: dict[str, tuple[str, ...]] = dict.fromkeys(layout.file, ())
    if len(left) > 1 or (len(layout.file) > 1 and manifest.split.files):
        parts = _tell_parts(manifest, left)
        if parts is None:
            return Placed(names, above, fits[first], rivals=tuple(left), by_content=True)
        names |= parts
        if not set(parts) <= set(layout.file):
            # One pattern means the files of all parts.
            names[layout.file[0]] = tuple(left)
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


def same_content(seen: FolderSeen, one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether files hold the same as others, each beside its own.

    Args:
        seen: the folder.
        one: names of files.
        other: those that they are compared with.
    """
    return [_digest(seen, name) for name in one] == [_digest(seen, name) for name in other]


def _digest(seen: FolderSeen, name: str) -> str:
    return hashlib.sha256(read_bytes(seen.path(name))).hexdigest()
