"""Which images and volumes are masks of others: by their names, and by what stands in them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from labelassemble.files.file_suffixes import VOLUME_SUFFIXES
from labelassemble.sources.draft.known_words import split_term
from labelassemble.sources.peek_mask import peek_mask

MASK_WORDS = (
    "mask", "masks", "label", "labels", "labelstr", "labelsts", "labelsval", "seg", "segs",
    "segmentation", "segmentations", "segmented", "annotation", "annotations", "gt", "gts",
    "groundtruth", "groundtruths", "ground", "truth", "manual", "contour", "contours", "roi",
)  # fmt: skip
"""Words in the names of folders and files that may hold masks rather than images."""

_END = re.compile(
    r"(?i)[_-](masks?|segs?|segmentations?|gt|groundtruth|label|roi|manual)([_-]?\d+)?$"
)
CHANNEL = re.compile(r"_\d{4}$")
"""nnU-Net's channel at the end of an image's stem."""

_PLAIN = {
    "image", "images", "img", "imgs", "im", "volume", "vol", "imaging", "ct", "scan", "scans", "x",
    "original", "orig", "input", "inputs", "imagestr", "imagests", "y", "data", "tr", "ts", "t1",
    "training", "flair", "t1ce", "t1c", "t1gd", "t2", "t1n", "t2w", "t2f", "adc", "dwi",
}  # fmt: skip
"""Words that name no case: of images, of parts, of channels."""
_OPENED = 3


def tell_masks(
    folder: Path, names: Sequence[str], inside: Mapping[str, str] | None = None
) -> frozenset[str]:
    """Tell which files are masks of others.

    A name makes a mask only where the file looks like one (few values), or where an image of the
    same name stands beside it. Without a word for masks in it, a folder holds masks where its files
    have few values, and those of the same names in another folder have many.

    Args:
        folder: where the files lie.
        names: images and volumes, as paths below it.
        inside: those that lie in another file, and the path by which each is read.
    """
    inside = inside or {}
    folders = [name.split("/")[:-1] for name in names]
    shared = _shared_steps(folders)
    called = {name for name in names if called_mask(name, shared)}
    # A word that all of the files have tells none of them from the others.
    if len(called) == len(names):
        called = {name for name in names if _ends_like_mask(name)}
        called = set() if len(called) == len(names) else called
    others = {pair_key(name) for name in names if name not in called} if called else set()
    masks: set[str] = set()
    for group in _group(called).values():
        paired = np.mean([pair_key(name) in others for name in group])
        if paired >= 0.5 or _have_few_values(folder, group, inside) is not False:
            masks.update(group)
    return frozenset(
        masks | _tell_unnamed(folder, [one for one in names if one not in masks], inside)
    )


def called_mask(name: str, shared: int = 0) -> bool:
    """Whether a path is called like a mask's: by a folder, or by the beginning or end of its name.

    Args:
        name: path, with ``/``.
        shared: how many of its first folders are the same for all files, and tell nothing.

    >>> called_mask("masks/a.png"), called_mask("a_mask_1.png"), called_mask("unmasked/a.png")
    (True, True, False)
    >>> called_mask("segmentation-7.nii"), called_mask("Segmented/x.png", 1)
    (True, False)
    """
    folders = name.split("/")[shared:-1]
    if any(set(split_term(one)) & set(MASK_WORDS) for one in folders):
        return True
    return _ends_like_mask(name)


def _ends_like_mask(name: str) -> bool:
    stem = strip_ending(name.rpartition("/")[2]).lower()
    begins = re.match(r"(mask|seg|segmentation|label|gt)[_-]?\d", stem)
    alone = "/" in name and re.fullmatch("segmentation|seg|label", stem)
    return bool(_END.search(stem) or begins or alone)


def strip_ending(file: str) -> str:
    """Take the extension of an image or volume off a name.

    >>> strip_ending("a.b.nii.gz"), strip_ending("a.PNG")
    ('a.b', 'a')
    """
    lower = file.lower()
    ending = next((one for one in VOLUME_SUFFIXES if lower.endswith(one)), None)
    return file[: -len(ending)] if ending else file.rpartition(".")[0] or file


def pair_key(name: str) -> tuple[str, ...]:
    """Give what an image and its mask have in common: the words of the name but those for masks.

    >>> pair_key("imagesTr/liver_01_0000.nii.gz") == pair_key("labelsTr/liver_01.nii.gz")
    True
    >>> pair_key("case_7/imaging.nii.gz"), pair_key("volume-3.nii"), pair_key("seg-3.nii")
    (('case', '7'), ('3',), ('3',))
    """
    *folders, file = name.split("/")
    stem = _END.sub("", strip_ending(file))
    # A channel follows the number of a case; 0001 alone is a number.
    if re.search(r"\d.*_\d{4}$|[a-zA-Z].*_0000$", stem) and name.lower().endswith(VOLUME_SUFFIXES):
        stem = CHANNEL.sub("", stem)
    for text in (stem, *reversed(folders)):
        words = tuple(word for word in re.split(r"[\W_]+|(?<=[a-z])(?=\d)", text.lower()) if word)
        words = tuple(word for word in words if word not in MASK_WORDS)
        if any(word not in _PLAIN for word in words):
            return words if len(words) == 1 else tuple(one for one in words if one not in _PLAIN)
    return (name,)


def _have_few_values(folder: Path, names: Sequence[str], inside: Mapping[str, str]) -> bool | None:
    """Whether most of some files do; none: no file could be opened."""
    places = np.linspace(0, len(names) - 1, min(len(names), _OPENED)).round().astype(int)
    some = [
        peek_mask(Path(inside.get(name, folder / name)))
        for name in (names[place] for place in places.tolist())
    ]
    said = [one.few for one in some if one is not None]
    return sum(said) > len(said) / 2 if said else None


def _group(names: Iterable[str]) -> Mapping[tuple[str, bool], list[str]]:
    """Files by the folder that they lie in, and by whether their own names say mask."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for name in sorted(names):
        groups.setdefault((name.rpartition("/")[0], _ends_like_mask(name)), []).append(name)
    return groups


def _tell_unnamed(folder: Path, names: Sequence[str], inside: Mapping[str, str]) -> set[str]:
    """Masks in folders that are not called so, beside a folder with the same names."""
    places: dict[str, set[str]] = {}
    for name in names:
        place, _, file = name.rpartition("/")
        places.setdefault(place, set()).add(strip_ending(file))
    again = Counter(stem for stems in places.values() for stem in stems)
    twice = {
        place: stems
        for place, stems in places.items()
        if len(stems) > 1 and np.mean([again[stem] > 1 for stem in stems]) > 0.9
    }
    if not 2 <= len(twice) <= 12:
        return set()
    few = {}
    for place in twice:
        together = [name for name in names if name.rpartition("/")[0] == place]
        few[place] = _have_few_values(folder, together, inside)
    rich = [twice[place] for place, said in few.items() if said is False]
    masks = {
        place
        for place, said in few.items()
        if said and any(len(twice[place] & stems) > 0.9 * len(twice[place]) for stems in rich)
    }
    return {name for name in names if name.rpartition("/")[0] in masks}


def _shared_steps(folders: Sequence[Sequence[str]]) -> int:
    """How many first folders are the same for all."""
    shared = 0
    for steps in zip(*folders, strict=False):
        if len(set(steps)) > 1:
            break
        shared += 1
    return shared
