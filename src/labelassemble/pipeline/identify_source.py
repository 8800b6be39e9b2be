"""A folder in, the built-in source that it is out: by its tables' columns and its files' names."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelassemble.errors import SourceError, as_word, plural, some
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.draft.known_sources import KnownSource, find_near
from labelassemble.sources.draft.sets_beside import FoundSet, find_sets
from labelassemble.sources.draft.tell_apart import tell_apart
from labelassemble.sources.folder_seen import see_folder
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_manifests


@dataclass(frozen=True)
class Identified:
    """What a folder is."""

    folder: Path
    """The folder."""
    sets: tuple[FoundSet, ...]
    """The sources that lie in it, each with its own folder."""
    near: tuple[KnownSource, ...]
    """Built-in manifests that are near, and why each is not it."""
    manifests: Mapping[str, Manifest]
    """The built-in manifests."""
    tables: Mapping[str, tuple[str, ...]]
    """Tables that were seen, with their columns."""
    images: int
    """How many images lie in it."""
    volumes: int
    """How many volumes lie in it."""

    @property
    def fitting(self) -> tuple[KnownSource, ...]:
        """All manifests that fit, set by set, the likeliest first."""
        return tuple(one for found in self.sets for one in found.fitting)


def identify_source(folder: Path) -> Identified:
    """Say which built-in source a folder is, or which ones lie in it. No image is opened.

    Args:
        folder: where a source may lie.

    Raises:
        SourceError: no such folder.
    """
    if not is_folder_or_archive(folder):
        raise SourceError(
            f"a folder at {folder}",
            "a file" if folder.exists() else "no such folder",
            "Name the folder of the source, or its zip or tar archive",
        )
    seen = see_folder(folder)
    manifests = builtin_manifests()
    sets = find_sets(seen, manifests)
    told = [one.name for found in sets for one in (*found.fitting, *found.less)]
    near = find_near(seen, manifests, told) if len(sets) < 2 else []
    lower = [name.lower() for name in seen.names]
    return Identified(
        folder,
        tuple(sets),
        tuple(near),
        manifests,
        seen.tables,
        sum(name.endswith(IMAGE_SUFFIXES) for name in lower),
        sum(name.endswith(VOLUME_SUFFIXES) for name in lower),
    )


def describe_identified(found: Identified) -> str:
    """Say which source a folder is, the runner-up, and why that is not it; else what was seen.

    Args:
        found: as `identify_source` gives it.
    """
    lines = list[str]()
    if len(found.sets) > 1:
        lines.append(f"{plural(len(found.sets), 'source lies', 'sources lie')} in {found.folder}:")
    for one in found.sets:
        lines += _describe_set(one, found)
    if not found.sets:
        lines.append(f"{found.folder} is no built-in source, going by names and columns.")
        seen = [plural(found.images, "image"), plural(found.volumes, "volume")]
        lines.append(f"Seen: {plural(len(found.tables), 'table')}, {', '.join(seen)}.")
        for name, columns in list(found.tables.items())[:8]:
            lines.append(f"  {name}: {some([one for one in columns if one], 8) or 'no header'}")
    others = [f"{one.name}: {one.said}" for one in found.near]
    if others and not any(one.less for one in found.sets):
        lines.append("Not it: " + others[0])
    if not found.sets:
        lines.append(
            "To write a manifest for it, which extends a built-in one where only names were "
            f"changed: labelassemble draft {as_word(found.folder)}"
        )
    return "\n".join(lines)


def _describe_set(one: FoundSet, found: Identified) -> list[str]:
    """Say which source lies in a folder; where two fit as well, in what they differ."""
    folder = found.folder / one.place
    place = f"{one.place or 'the folder itself'}: " if len(found.sets) > 1 else ""
    first = one.fitting[0]
    if len(one.fitting) == 1:
        hint = f", and {first.hint}" if first.hint and one.less else ""
        lines = [
            f"{place}{name_source(first, found)}: {first.said}{hint}; use built-in {first.name}"
        ]
        lines += [f"  Seen: {first.seen}"] if first.seen else []
        lines.append(f"  labelassemble check {first.name} {as_word(folder)}")
        lines += [f"Not it: {other.name}: {_say_less(other, first)}" for other in one.less[:1]]
        return lines
    lines = [f"{place}{plural(len(one.fitting), 'built-in source')} fit; nothing tells which:"]
    lines += [f"  {of.name} ({name_source(of, found)}): {of.said}" for of in one.fitting]
    columns = [column for table in first.tables for column in found.tables.get(table, ())]
    for other in one.fitting[1:]:
        differ = tell_apart(found.manifests[first.name], found.manifests[other.name], columns)
        lines.append(f"  They differ: {differ or 'in nothing that a folder shows'}")
    lines.append(f"Name the one that it is: labelassemble check NAME {folder}")
    return lines


def _say_less(other: KnownSource, first: KnownSource) -> str:
    """Why a manifest that fits too is not the one."""
    if (other.columns, other.number) == (first.columns, first.number):
        return f"{other.said} too, but {first.hint} is {first.name}'s"
    return f"{other.said}, which is less"


def name_source(known: KnownSource, found: Identified) -> str:
    """Name a source as people write it, with its form: NIH ChestX-ray14 as on Kaggle."""
    title = found.manifests[known.name].title or known.name
    return f"{title} {known.form}".strip()
