"""A folder in, the built-in source that it is out: by its tables' columns and its files' names."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelassemble.errors import SourceError, plural, some
from labelassemble.sources.draft.known_sources import Known, find_known, find_near
from labelassemble.sources.folder_seen import see_folder
from labelassemble.sources.image_files import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.sources.manifest_file import builtin_manifests


@dataclass(frozen=True)
class Identified:
    """What a folder is."""

    folder: Path
    """The folder."""
    fitting: tuple[Known, ...]
    """Built-in manifests that fit, the likeliest first."""
    near: tuple[Known, ...]
    """Others that are near, and why each is not it."""
    titles: dict[str, str]
    """Names of built-in sources as people write them."""
    tables: Mapping[str, tuple[str, ...]]
    """Tables that were seen, with their columns."""
    images: int
    """How many pictures lie in it."""
    volumes: int
    """How many volumes lie in it."""


def identify_source(folder: Path) -> Identified:
    """Say which built-in source a folder is. No image is opened.

    Args:
        folder: where a source may lie.

    Raises:
        SourceError: no such folder.
    """
    if not folder.is_dir():
        raise SourceError(
            f"a folder at {folder}",
            "a file" if folder.exists() else "no such folder",
            "Name the folder of the source; an archive has to be unpacked: labelassemble unpack",
        )
    seen = see_folder(folder)
    manifests = builtin_manifests()
    fitting = find_known(seen, manifests)
    near = find_near(seen, manifests, [one.name for one in fitting])
    lower = [name.lower() for name in seen.names]
    return Identified(
        folder,
        tuple(fitting),
        tuple(near),
        {name: one.title or name for name, one in manifests.items()},
        seen.tables,
        sum(name.endswith(IMAGE_SUFFIXES) for name in lower),
        sum(name.endswith(VOLUME_SUFFIXES) for name in lower),
    )


def describe_identified(found: Identified) -> str:
    """Say which source a folder is, the runner-up, and why that is not it; else what was seen.

    Args:
        found: as `identify_source` gives it.
    """
    lines = []
    if len(found.fitting) == 1 or _leads(found.fitting):
        first = found.fitting[0]
        lines.append(f"{found.titles[first.name]}: {first.said}; use built-in {first.name}")
        lines.append(f"  labelassemble check {first.name} {found.folder}")
        others = [f"{one.name}: {one.said}, which is less" for one in found.fitting[1:]]
    elif found.fitting:
        lines.append(f"{plural(len(found.fitting), 'built-in source')} fit; nothing tells which:")
        lines += [f"  {one.name} ({found.titles[one.name]}): {one.said}" for one in found.fitting]
        lines.append("Name the one that it is: labelassemble check NAME " + str(found.folder))
        others = []
    else:
        lines.append(f"{found.folder} is no built-in source.")
        seen = [plural(found.images, "picture"), plural(found.volumes, "volume")]
        lines.append(f"Seen: {plural(len(found.tables), 'table')}, {', '.join(seen)}.")
        for name, columns in list(found.tables.items())[:8]:
            lines.append(f"  {name}: {some([one for one in columns if one], 8) or 'no header'}")
        others = []
    others += [f"{one.name}: {one.said}" for one in found.near]
    if others:
        lines.append("Not it: " + others[0])
    if not found.fitting:
        lines.append(f"To write a manifest for it: labelassemble draft {found.folder}")
    return "\n".join(lines)


def _leads(fitting: tuple[Known, ...]) -> bool:
    """Whether the first has more columns than any other."""
    return len(fitting) > 1 and fitting[0].columns > fitting[1].columns
