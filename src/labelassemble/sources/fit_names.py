"""How many files of a folder are called as a manifest's images and masks are."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from labelassemble.sources.compile_pattern import Expression, compile_pattern
from labelassemble.sources.encodings.every_image import EveryImage
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.loose_names import loosen_names
from labelassemble.sources.manifest import Manifest

_MASKS = re.compile(r"(?i)/masks?/|_mask[^/]*$")
_MANY = 600
_TRIED = 150
_FEW = 20
_HALF = 0.5
_KEPT = 500
_WORDS = re.compile(r"(term|class)\w*")


class NameFit(NamedTuple):
    """What of a folder's files is called as a manifest's are.

    Attributes:
        asked: files that may be its images, by their folder, pattern or extension.
        named: those whose paths are as its images'.
        masked: those of them whose mask is there; none: it has no masks.
        words: words for classes in their paths, with the number of files.
        repeated: files that are called by that word and a number, as ``COVID/COVID-12.png``.
        image: path of an image that has its mask, from the folder that `images.folder` names.
        below: that folder, as it lies here; ends in ``/``.
        groups: what the patterns found in the paths of some of them, with the path as ``image``.
    """

    asked: int
    named: int
    masked: int | None
    words: Counter[str]
    repeated: int
    image: str
    below: str
    groups: tuple[dict[str, str], ...] = ()


def name_patterns(manifest: Manifest) -> tuple[str, ...]:
    """Give the patterns of whole paths that a manifest's images have; none: it has none."""
    if manifest.recognise is not None:
        manifest = loosen_names(manifest)
    if manifest.table is not None:
        return (manifest.table.names,) if manifest.table.names is not None else ()
    if isinstance(manifest.labels, FolderNames):
        return manifest.labels.patterns
    if isinstance(manifest.labels, EveryImage) and manifest.recognise and manifest.recognise.names:
        return (manifest.recognise.names,)
    return (manifest.labels.case,) if isinstance(manifest.labels, MaskValues) else ()


def fit_names(manifest: Manifest, seen: FolderSeen) -> NameFit:
    """Compare the names of a folder's files with those that a manifest asks for.

    Of many files a part is tried first: where few of them fit, the others are not looked at.

    Args:
        manifest: with patterns of paths.
        seen: the folder.
    """
    if len(seen.names) > _MANY:
        part = _fit(manifest, seen.every(len(seen.names) // _TRIED))
        if part.asked > _FEW and part.named < _HALF * part.asked:
            return part._replace(named=0)
    return _fit(manifest, seen)


def _fit(manifest: Manifest, seen: FolderSeen) -> NameFit:
    below, names = list_images(manifest, seen)
    if manifest.table is not None:
        # Files that table.names does not match are left out: masks that are called so, or lie
        # in a folder of their class, may be among them.
        names = [one for one in names if not _MASKS.search(one)]
    expressions = [compile_pattern(one) for one in name_patterns(manifest)]
    named, masked, words, repeated, image = 0, 0, Counter[str](), 0, ""
    labels = manifest.labels
    masks = (*(labels.mask or ()), *labels.masks.values()) if isinstance(labels, MaskValues) else ()
    there: _Names | None = None
    kept = list[dict[str, str]]()
    for name in names:
        found = _match(expressions, name)
        if found is None:
            continue
        named += 1
        groups = found.groupdict(default="")
        if len(kept) < _KEPT:
            kept.append({**groups, "image": name})
        called = [of for key, of in groups.items() if of and _WORDS.fullmatch(key)]
        words.update(called)
        stem = name.rpartition("/")[2]
        repeated += any(re.match(rf"{re.escape(of)}[ _-]*\(?\d", stem) for of in called)
        if masks and there is None:
            there = _Names(one.removeprefix(below) for one in seen.names)
        if there and any(path.format(**groups) in there for path in masks):
            masked, image = masked + 1, image or name
    return NameFit(
        len(names), named, masked if masks else None, words, repeated, image, below, tuple(kept)
    )


def list_images(manifest: Manifest, seen: FolderSeen) -> tuple[str, Sequence[str]]:
    """List what may be a manifest's images: in its folder if that is there, else anywhere.

    Returns:
        The folder that paths are seen from, ending in ``/``, and the paths.
    """
    folder = manifest.images.folder.strip("/")
    start = f"{folder}/" if folder not in ("", ".") else ""
    glob = manifest.images.glob
    # Volumes are among the others, which are few where there are hundreds of thousands of images.
    volumes = glob is not None and glob.endswith((".nii", ".nii.gz", ".nii*", ".mha"))
    below, names = "", seen.others if volumes else seen.names if glob else seen.images
    if start:
        places = Counter(
            one[: at + len(start)] for one in names if (at := f"/{one}".find(f"/{start}")) >= 0
        )
        if places:
            below = max(places, key=lambda one: (places[one], -len(one)))
            names = tuple(one[len(below) :] for one in names if one.startswith(below))
    return below, [one for one in names if match_glob(one, glob)] if glob else names


def _match(expressions: Sequence[Expression], name: str) -> re.Match[str] | None:
    return next((found for one in expressions if (found := one.fullmatch(name))), None)


class _Names:
    """Paths that can be asked whether one is there that a pattern matches."""

    def __init__(self, names: Iterable[str]) -> None:
        self._sorted = sorted(names)
        self._names = set(self._sorted)

    def __contains__(self, path: str) -> bool:
        begin = re.split(r"[*?]", path, maxsplit=1)[0]
        if begin == path:
            return path in self._names
        at = bisect_left(self._sorted, begin)
        while at < len(self._sorted) and self._sorted[at].startswith(begin):
            if match_glob(self._sorted[at], path):
                return True
            at += 1
        return False
