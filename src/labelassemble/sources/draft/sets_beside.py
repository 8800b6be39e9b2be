"""Several sources that lie side by side in one folder, each with the folder that it lies in."""

from collections.abc import Mapping
from typing import NamedTuple

from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.sources.draft.known_sources import KnownSource, find_known
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.manifest import Manifest

_DEEP = 3
_MANY = 60
_HELD = (*IMAGE_SUFFIXES, *VOLUME_SUFFIXES, ".npz")


class FoundSet(NamedTuple):
    """A source within a folder.

    Attributes:
        place: path of the folder that it lies in, ending in ``/``; blank: the folder itself.
        fitting: manifests that fit it, the likeliest first: several where nothing tells which.
        less: manifests that fit it too, by fewer columns or files.
    """

    place: str
    fitting: tuple[KnownSource, ...]
    less: tuple[KnownSource, ...] = ()


def find_sets(seen: FolderSeen, manifests: Mapping[str, Manifest]) -> list[FoundSet]:
    """Find the sources in a folder and in those below it; one that lies in it whole stands alone.

    Args:
        seen: the folder.
        manifests: those to try, by name.
    """
    return _find(seen, manifests, "", _DEEP)


def _find(
    seen: FolderSeen, manifests: Mapping[str, Manifest], place: str, deep: int
) -> list[FoundSet]:
    folders = sorted({one.partition("/")[0] for one in seen.names if "/" in one})
    here = _group(find_known(seen, manifests), place)
    inside = list[FoundSet]()
    if deep and len(folders) <= _MANY:
        for folder in folders:
            below = seen.below(f"{folder}/")
            inside += _find(below, manifests, f"{place}{folder}/", deep - 1)
    sets = [one for one in here if not _is_told(one, inside)]
    for one in inside:
        name = one.fitting[0].name
        again = [other for other in inside if other.fitting[0].name == name]
        whole = next((other for other in here if other.fitting[0].name == name), None)
        if whole is None:
            sets.append(one)
        elif len(again) == 1:
            # A table that lies deeper than its images is read from the folder of both.
            holds = any(
                name.startswith(one.place.removeprefix(place)) and name.lower().endswith(_HELD)
                for name in seen.names
            )
            sets.append(one if holds else whole)
    if len({one.fitting[0].name for one in sets}) < 2 and here:
        return here
    return list(dict.fromkeys(sets))


def _is_told(one: FoundSet, inside: list[FoundSet]) -> bool:
    """Whether a source that was seen from above lies in one folder below."""
    names = [other.fitting[0].name for other in inside]
    return names.count(one.fitting[0].name) == 1


def _group(found: list[KnownSource], place: str) -> list[FoundSet]:
    """Put manifests together that read the same files: one of them is it.

    What reads a file that none before it reads is another source, beside the first.
    """
    sets = list[FoundSet]()
    read = set[str]()
    for one in found:
        at = next((at for at, other in enumerate(sets) if _meet(one, other.fitting[0])), None)
        if at is None or set(one.files) - read:
            sets.append(FoundSet(place, (one,)))
        else:
            other = sets[at]
            first = other.fitting[0]
            even = (one.columns, one.number) == (first.columns, first.number)
            even = even and bool(one.hint) == bool(first.hint)
            sets[at] = (
                other._replace(fitting=(*other.fitting, one))
                if even
                else other._replace(less=(*other.less, one))
            )
        read |= set(one.files)
    return sets


def _meet(one: KnownSource, other: KnownSource) -> bool:
    """Whether two manifests read the same: a file, or names of images both."""
    return bool(set(one.files) & set(other.files)) or not (one.files or other.files)
