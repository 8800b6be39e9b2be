"""Where the images of a source lie in the folder at hand, and which of them are not its own."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from labelassemble.errors import SourceError, plural, some
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.doubled_folders import (
    TRIED,
    find_again,
    find_doubled,
    find_partial,
    find_twins,
    same_file,
    same_files,
)
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.find_strangers import find_strangers
from labelassemble.sources.fit_names import name_patterns
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.glob_pattern import lies_in, match_glob
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.regular_expression import NAMED

_ENDING = re.compile(r"\.[A-Za-z]+$")


def place_images(manifest: Manifest, above: str, seen: FolderSeen, problems: Problems) -> Manifest:
    """Say where the images lie: where the manifest says, there below the table, or anywhere.

    Copies of them, and folders of other sources, are named as such.

    Args:
        manifest: how the source is written.
        above: the folder below which its tables were found, ending in ``/``.
        seen: the folder.
        problems: takes what was taken for what.

    Raises:
        SourceError: volumes of the same names with other masks in two folders.
    """
    folder, glob = manifest.images.folder, manifest.images.glob
    update: dict[str, object] = {}
    if folder not in (".", "") and not seen.has_folder(folder):
        update["folder"] = _find_folder(folder, above, seen)
        problems.remark(
            f"the folder {folder} is not there: images are looked for in "
            + (str(update["folder"]) if update["folder"] != "." else "all folders"),
            "Nothing has to be done where they are found",
        )
    place = str(update.get("folder", folder))
    start = "" if place in (".", "") else f"{place.strip('/')}/"
    names = [
        name.removeprefix(start)
        for name in seen.names
        if name.startswith(start) and not name.startswith("../")
    ]
    images = _pick(names, glob)
    if glob and not images and (root := _find_root(names, glob)):
        update["folder"], start = start + root, start + root
        names = [name.removeprefix(root) for name in names if name.startswith(root)]
        images = _pick(names, glob)
        problems.remark(f"images are looked for in {start}", "Name another folder if they are not")
    if glob and not images and (other := _other_ending(names, glob)):
        problems.remark(
            f"no image is called as {glob} asks: {other} is read",
            "Nothing has to be done where these are the images",
        )
        update["glob"], images = other, _pick(names, other)
    passed = lies_in((*manifest.images.copies, *manifest.images.others))
    own = [one for one in images if not passed(one)]
    update |= _set_copies_aside(manifest, own, start, seen, problems)
    if isinstance(manifest.labels, FolderNames):
        strange = find_strangers(images, manifest.labels.patterns)
        if strange:
            update["others"] = (*manifest.images.others, *strange)
            problems.remark(
                f"{plural(len(strange), 'folder')} without any image of the source, such as "
                f"{some(strange, 3)}",
                "Nothing, if other data lie there",
                count=len(strange),
            )
    placed = manifest.images.model_copy(update=update) if update else manifest.images
    return manifest.model_copy(update={"images": placed, "recognise": None, "variants": ()})


def _pick(names: Sequence[str], glob: str | None) -> list[str]:
    if glob:
        return [name for name in names if match_glob(name, glob)]
    return [name for name in names if name.lower().endswith(IMAGE_SUFFIXES)]


def _find_root(names: Sequence[str], glob: str) -> str:
    """The nearest folder below which a pattern finds images; blank: there is none."""
    depth = glob.count("/") + 1
    found = (name.split("/") for name in names if match_glob(name, f"**/{glob}"))
    if "**" in glob:
        return ""
    roots = {"".join(f"{part}/" for part in parts[:-depth]) for parts in found}
    return min(roots, key=lambda one: (one.count("/"), one), default="")


def _other_ending(names: Sequence[str], glob: str) -> str | None:
    """The pattern with the extension of an image that most files have which it fits otherwise."""
    if not _ENDING.search(glob) or not glob.lower().endswith(IMAGE_SUFFIXES):
        return None
    tries = [_ENDING.sub(ending, glob) for ending in IMAGE_SUFFIXES]
    counts = {one: len(_pick(names, one)) for one in tries}
    best = max(tries, key=lambda one: counts[one])
    return best if counts[best] else None


def _find_folder(folder: str, above: str, seen: FolderSeen) -> str:
    """A folder of this name below the table's, else the only one anywhere; else all folders."""
    if above and seen.has_folder(f"{above}{folder}"):
        return f"{above}{folder}"
    asked = f"/{folder.casefold()}/"
    found = {
        name[: place + len(folder) + 1].strip("/")
        for name in seen.names
        if (place := f"/{name}".casefold().find(asked)) >= 0
    }
    found = {one.removesuffix("/") for one in found}
    return found.pop() if len(found) == 1 else "."


def _set_copies_aside(
    manifest: Manifest, images: Sequence[str], start: str, seen: FolderSeen, problems: Problems
) -> dict[str, object]:
    """The key that keeps copies out, where there are any, and what is said of them."""

    def find(name: str) -> Path:
        return seen.path(start + name)

    doubled = find_doubled(images)
    other = [
        folder
        for folder, first in doubled.items()
        if first is not None
        and not same_files(find, f"{first}/" if first else "", f"{folder}/", _below(images, folder))
    ]
    left = _leave(images, doubled)
    twins = _find_twins(manifest, left, start, seen)
    same = [one for one in doubled if one not in other] + twins
    masks = isinstance(manifest.labels, MaskValues)
    # Where folders are a part of images' names, files of one name are several images.
    apart = masks or manifest.images.named is not None
    files, alike = ([], 0) if apart else _find_copied(manifest, _leave(left, twins), find)
    if same:
        problems.remark(
            f"{some(same, 3)} holds images a second time: one copy of each is taken",
            "Delete it if it is not needed",
        )
    if other:
        problems.remark(
            f"{some(other, 3)} holds files of the same names as others, with other content: the "
            "others are read",
            "Are they smaller, or changed? Where they are meant, name that folder",
        )
    if files:
        problems.remark(
            f"{plural(len(files), 'image file')} a second time, beside others: one copy of each "
            "is taken",
            "Delete the others if they are not needed",
            count=len(files),
            example=files[0],
        )
    if alike:
        problems.remark(
            f"{plural(alike, 'image file')} of the same names as others that say the same, in "
            "another folder and with other content: each is read",
            "Is that the source in another size? Then name the one folder that is meant",
            count=alike,
        )
    copies = (*doubled, *twins, *files)
    return {"copies": (*manifest.images.copies, *copies)} if copies else {}


def _below(names: Sequence[str], folder: str) -> list[str]:
    return [one for one in names if one.startswith(f"{folder}/")]


def _leave(names: Sequence[str], folders: Iterable[str]) -> list[str]:
    """Paths that lie in none of some folders."""
    inside = tuple(f"{one}/" for one in folders)
    return [one for one in names if not one.startswith(inside)]


def _find_twins(
    manifest: Manifest, images: Sequence[str], start: str, seen: FolderSeen
) -> list[str]:
    """Folders of the names and the content of others.

    Masks must be the same too: of two sets that number their volumes alike, nobody can say which
    is meant.
    """
    copies, vain = list[str](), 0
    masks = isinstance(manifest.labels, MaskValues)
    for first, other in find_twins(images):
        pair = (f"{first}/" if first else "", f"{other}/")
        inside = _below(images, other)
        if masks:
            inside = [
                name.removeprefix(start) for name in seen.names if name.startswith(start + pair[1])
            ]
        if same_files(lambda name: seen.path(start + name), *pair, inside):
            both = [(name, pair[0] + name[len(pair[1]) :]) for name in inside]
            if masks or _say_the_same(manifest, both):
                copies.append(other)
        elif masks:
            raise SourceError(
                f"one set of {manifest.title or manifest.name} in {seen.folder}",
                f"volumes of the same names, with other content or masks, in {first or '.'} and in "
                f"{other}",
                "Name the one that is meant as the folder of the source",
            )
        else:
            vain += 1
        if vain == TRIED:
            break
    return copies


def _find_copied(
    manifest: Manifest, images: Sequence[str], find: Callable[[str], Path]
) -> tuple[list[str], int]:
    """Files of the names and content of others, where their folders hold more than copies.

    And how many of other content have names that say the same, patient and part of the split too.
    """
    again = {one: of for one, of in find_again(images).items() if same_file(find(one), find(of))}
    found, alike = dict[str, None](dict.fromkeys(again)), set[str]()
    patterns = [compile_pattern(one) for one in name_patterns(manifest)]
    for first, other, names in find_partial([one for one in images if one not in found]):
        files = [one for one in names if one not in found]
        pair = (f"{first}/" if first else "", f"{other}/")
        both = [(name, pair[0] + name[len(pair[1]) :]) for name in files]
        same = same_files(find, *pair, files)
        if same and _say_the_same(manifest, both):
            found |= dict.fromkeys(files)
        elif not same and _say_the_same(manifest, both, ()):
            alike |= {one for one in files if any(of.fullmatch(one) for of in patterns)}
    return sorted(found), len(alike)


def _say_the_same(
    manifest: Manifest, pairs: Sequence[tuple[str, str]], but: Collection[str] = NAMED
) -> bool:
    """Whether paths from which classes are read say the same in both folders.

    What else stands in them, such as the part of the split, may differ.
    """
    patterns = [compile_pattern(one) for one in name_patterns(manifest)]

    def take_words(name: str) -> dict[str, str]:
        match = next((found for one in patterns if (found := one.fullmatch(name))), None)
        groups = match.groupdict("") if match else {}
        return {key: of for key, of in groups.items() if key not in but}

    # A copy whose own path says nothing says nothing else.
    return all(take_words(one) in ({}, take_words(other)) for one, other in pairs)
