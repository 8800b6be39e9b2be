"""Where the masks of images lie: patterns of a manifest in, the files that are there out."""

import os
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from labelassemble.errors import SourceError
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.rows import Rows
from labelassemble.sources.walk_folder import is_passed_over

WORD_AT_END = re.compile(r"[^.}/*?]*[A-Za-z][^.}/*?]*(?P<ends>\.[\w.]+)")
"""What stands behind the last group or folder of a pattern: a word, then the extension."""

STAR = re.compile(r"(\*|\?)")

_SIGNS = {"*": ".*", "?": "."}


class ImageMasks(NamedTuple):
    """The masks of one image, or of one term in it.

    Attributes:
        files: those that are there; what any of them draws is drawn.
        elsewhere: those in folders that the manifest names later; they do not count.
    """

    files: tuple[Path, ...]
    elsewhere: tuple[Path, ...] = ()


class MaskFolders:
    """Finds masks; each folder of masks is listed once.

    Hidden files, as other systems leave them (``.DS_Store``, ``._a.png``), are no masks. Composed
    and decomposed letters of file names are the same.

    Args:
        folder: the images folder, below which patterns lead.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: dict[Path, tuple[list[str], dict[str, str]]] = {}
        self._found: dict[str, list[Path]] = {}
        self._taken: dict[tuple[str, Path], str] = {}

    def find(
        self, places: Sequence[str], patterns: Sequence[str], others: Sequence[str] = ()
    ) -> ImageMasks:
        """Find the masks of one image.

        In the folder of the first place that has any, all that are there count. In names, ``*`` and
        ``?`` stand for any text and any sign. Where a word follows the last group of the pattern,
        as in ``{case}_mask.png``, ``a_mask_1.png`` is a further mask of ``a``.

        Args:
            places: the manifest's patterns with the image's groups filled in.
            patterns: the patterns themselves.
            others: places of other terms, which are no further masks of this one.

        Raises:
            SourceError: a folder that cannot be read; a file that fits the pattern of two images.
        """
        by_folder: dict[Path, dict[Path, None]] = {}
        for place, pattern in zip(places, patterns, strict=True):
            before, _, name = place.rpartition("/")
            for folder in self._folders(before):
                found = by_folder.setdefault(folder, {})
                found |= dict.fromkeys(self._match(folder, name, pattern, place))
        spared = {self.folder / place for place in others}
        kept = [tuple(path for path in found if path not in spared) for found in by_folder.values()]
        there = [found for found in kept if found]
        if not there:
            return ImageMasks(())
        return ImageMasks(there[0], tuple(path for found in there[1:] for path in found))

    def _folders(self, before: str) -> list[Path]:
        if STAR.search(before) is None:
            return [self.folder / before]
        if before not in self._found:
            self._found[before] = sorted(
                path
                for path in self.folder.glob(before)
                if path.is_dir() and not is_passed_over(path.relative_to(self.folder), before)
            )
        return self._found[before]

    def _match(self, folder: Path, name: str, pattern: str, place: str) -> list[Path]:
        names, stored = self._list(folder)
        name = normalize("NFC", name)
        is_open = STAR.search(pattern.rpartition("/")[2]) is not None
        if is_open:
            parts = STAR.split(name)
            start = parts[0]
            expression = compile_pattern(
                "".join(_SIGNS.get(part, re.escape(part)) for part in parts)
            )
        else:
            tail = re.split(r"[}/]", pattern)[-1]
            ends = WORD_AT_END.fullmatch(tail)
            if ends is None:
                return [folder / stored[name]] if name in stored else []
            start = name.removesuffix(ends["ends"])
            expression = compile_pattern(rf"{re.escape(start)}([_-]?\d+)?{re.escape(ends['ends'])}")
        found = []
        for one in names[bisect_left(names, start) :]:
            if not one.startswith(start):
                break
            if expression.fullmatch(one):
                found.append(folder / stored[one])
        if is_open:
            self._take(found, pattern, place)
        # The mask that the pattern names stands before those that are numbered.
        return sorted(found, key=lambda path: (len(path.name), path.name))

    def _take(self, found: Sequence[Path], pattern: str, place: str) -> None:
        for path in found:
            other = self._taken.setdefault((pattern, path), place)
            if other != place:
                raise SourceError(
                    f"masks that fit one image each, by {other}",
                    f"{path}, which {place} fits too",
                    'Write what stands between name and star, as in "{case}_mask*.png"',
                )

    def _list(self, folder: Path) -> tuple[list[str], dict[str, str]]:
        """Names in a folder, sorted, and how each stands on disk."""
        if folder not in self._names:
            stored: dict[str, str] = {}
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if not entry.name.startswith(".") and not entry.is_dir():
                            stored[normalize("NFC", entry.name)] = entry.name
            except (FileNotFoundError, NotADirectoryError):
                pass
            except OSError as error:
                raise SourceError(
                    f"a folder of masks that can be read at {folder}",
                    error.strerror or str(error),
                    "Check the folder and its permissions",
                ) from error
            self._names[folder] = sorted(stored), stored
        return self._names[folder]

    def list_others(self, taken: set[Path], suffixes: tuple[str, ...]) -> list[Path]:
        """List files beside the masks that were found, of their extensions, that are none.

        Args:
            taken: masks and images.
            suffixes: extensions of masks, in lower case.
        """
        return [
            folder / name
            for folder, (_, stored) in self._names.items()
            for name in stored.values()
            if name.lower().endswith(suffixes) and folder / name not in taken
        ]


def find_image_masks(
    rows: Rows, labels: MaskValues, folders: MaskFolders
) -> Iterator[tuple[ImageMasks, ...]]:
    """Find the masks of each image: one entry; or one a term of ``labels.masks``, in its order.

    Args:
        rows: as ``list_cases`` gives them.
        labels: where masks lie.
        folders: below the images folder.

    Raises:
        SourceError: as ``MaskFolders.find``.
    """
    patterns = tuple(labels.masks.values())
    for places in rows.cells.iter_rows():
        if labels.masks:
            yield tuple(
                folders.find((place,), (pattern,), [one for one in places if one != place])
                for place, pattern in zip(places, patterns, strict=True)
            )
        else:
            yield (folders.find(places, labels.mask or ()),)
