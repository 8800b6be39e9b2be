"""Whether another built-in manifest fits better what was read with one: relatives look alike."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from labelassemble.sources.draft.known_folders import fit_folder
from labelassemble.sources.draft.known_sources import KnownSource, find_known
from labelassemble.sources.fit_columns import fit_columns
from labelassemble.sources.fit_names import name_patterns
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.manifest import Manifest


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
