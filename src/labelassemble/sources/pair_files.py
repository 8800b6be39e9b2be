"""Label files and the images that they speak of: one of the same name, in a folder beside."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from unicodedata import normalize

import polars as pl

from labelassemble.errors import some
from labelassemble.sources.strip_suffix import strip_suffix

_ENDING = re.compile(r"\.[^./]+?(\.gz|\.zip)?$")


class LabelName(NamedTuple):
    """A label file.

    Attributes:
        place: its path, with ``/``.
        image: the name of its image as it says it; blank: it says nothing.
    """

    place: str
    image: str = ""


class FilePair(NamedTuple):
    """The image of a label file.

    Attributes:
        image: its name; none: it is not there, or not certain.
        doubt: why several fit; blank: there is no doubt.
        other: the image of another name that the file says is its own; blank: none.
    """

    image: str | None
    doubt: str = ""
    other: str = ""


def pair_files(files: Sequence[LabelName], images: pl.Series) -> list[FilePair]:
    """Find the image of each label file.

    It has the file's name but for extensions; where none has, the one that the file names itself.
    A folder that tells images apart (``train``) and occurs among label files too has to be the
    same on both sides; of several that are left, the one with the most folders in common is meant.

    Args:
        files: the label files.
        images: paths of the images.

    >>> images = pl.Series(["images/train/a.png", "images/val/a.png"])
    >>> files = [LabelName("labels/val/a.txt"), LabelName("labels/val/b.txt")]
    >>> [pair.image for pair in pair_files(files, images)]
    ['images/val/a.png', None]
    """
    stems = _stems(images)
    known = _Records(images.to_list(), stems, [one.place for one in files])
    own = _stems([_ENDING.sub("", one.place) for one in files])
    told = _stems([one.image.replace("\\", "/") for one in files])
    return [
        known.find(one.place, mine, its) for one, mine, its in zip(files, own, told, strict=True)
    ]


class _Records:
    """Images by their names without folders and extensions."""

    def __init__(self, images: list[str], stems: list[str], files: list[str]) -> None:
        self.by_stem: Mapping[str, list[str]] = _group(stems, images)
        self.by_letters: Mapping[str, list[str]] = _group((one.lower() for one in stems), images)
        self.steps = {name: _steps(name) for name in images}
        self.of_images = frozenset().union(*self.steps.values())
        self.of_files = frozenset().union(*map(_steps, files))

    def find(self, place: str, stem: str, told: str) -> FilePair:
        fitting = self._fit(place, stem) or self._fit(place, told)
        if not fitting:
            return FilePair(None)
        here = _steps(place)
        most = max(len(here & self.steps[one]) for one in fitting)
        best = [one for one in fitting if len(here & self.steps[one]) == most]
        if len(best) > 1:
            return FilePair(None, f"several images fit it: {some(sorted(best), 3)}")
        other = self.by_stem.get(told, ()) if told else ()
        return FilePair(best[0], "", "" if best[0] in other or not other else other[0])

    def _fit(self, place: str, stem: str) -> list[str]:
        if not stem:
            return []
        found = self.by_stem.get(stem) or self.by_letters.get(stem.lower(), [])
        here = _steps(place)
        return [
            one
            for one in found
            if here & self.of_images <= self.steps[one] and self.steps[one] & self.of_files <= here
        ]


def _steps(name: str) -> frozenset[str]:
    """The folders that a file lies in, in small letters."""
    return frozenset(name.lower().split("/")[:-1])


def _stems(names: Iterable[str]) -> list[str]:
    composed = [normalize("NFC", one) for one in names]
    frame = pl.DataFrame({"name": composed}, schema={"name": pl.String})
    return frame.select(strip_suffix("name").str.split("/").list.last()).to_series().to_list()


def _group(keys: Iterable[str], values: Sequence[str]) -> dict[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for key, value in zip(keys, values, strict=True):
        found[key].append(value)
    return dict(found)
