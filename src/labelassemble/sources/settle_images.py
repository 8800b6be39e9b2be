"""Where the images of a source lie in the folder at hand, and which of them are not its own."""

import re
from collections.abc import Sequence

from labelassemble.errors import SourceError, some
from labelassemble.sources.doubled_folders import find_doubled, find_twins, same_files
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.image_files import IMAGE_SUFFIXES, lies_in, match_glob
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems, plural

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
    copies = _find_copies(manifest, [one for one in images if not passed(one)], start, seen)
    if copies:
        update["copies"] = (*manifest.images.copies, *copies)
        problems.remark(
            f"{some(copies, 3)} holds images a second time: one copy of each is taken",
            "Delete it if it is not needed",
        )
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


def _find_copies(
    manifest: Manifest, images: Sequence[str], start: str, seen: FolderSeen
) -> tuple[str, ...]:
    """Folders that hold images a second time.

    Masks must be the same too: of two sets that number their volumes alike, nobody can say which
    is meant.
    """
    copies = list(find_doubled(images))
    left = [one for one in images if not one.startswith(tuple(f"{of}/" for of in copies))]
    for first, other in find_twins(left):
        pair = (f"{first}/" if first else "", f"{other}/")
        inside = [one for one in left if one.startswith(pair[1])]
        masks = isinstance(manifest.labels, MaskValues)
        if masks:
            inside = [
                name.removeprefix(start) for name in seen.names if name.startswith(start + pair[1])
            ]
        if same_files(lambda name: seen.path(start + name), *pair, inside):
            copies.append(other)
        elif masks:
            raise SourceError(
                f"one set of {manifest.title or manifest.name} in {seen.folder}",
                f"volumes of the same names, with other content or masks, in {first or '.'} and in "
                f"{other}",
                "Name the one that is meant as the folder of the source",
            )
    return tuple(copies)


def find_strangers(names: Sequence[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """Find the folders beside a source's own in which nothing is named as its images are.

    Within the folders that the source itself has, a name that fits no pattern is none of these.

    Args:
        names: paths of images.
        patterns: regular expressions that match whole paths of its images, with named groups.

    >>> find_strangers(["a/ill/1.png", "b/x.png", "a/ill/y.png"], ["(?:.*/)?(?P<term>ill)/1.png"])
    ('b',)
    """
    expressions = [re.compile(one) for one in patterns]
    own, roots, rest = set[str](), set[str](), list[str]()
    for name in names:
        match = next((found for one in expressions if (found := one.fullmatch(name))), None)
        if match is None:
            rest.append(name)
            continue
        starts = [match.start(group) for group in match.re.groupindex if match.start(group) >= 0]
        roots.add(name[: min(starts, default=0)].rpartition("/")[0])
        parts = name.split("/")
        own.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    strange = set[str]()
    for name in rest if own or roots else ():
        parts = name.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder not in own:
                # Beside the source's own first folder, or above it.
                if any(folder.rpartition("/")[0] in _ancestors(root) for root in roots):
                    strange.add(folder)
                break
    return tuple(sorted(strange))


def _ancestors(folder: str) -> set[str]:
    parts = folder.split("/")
    return {"", *("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))}
