"""Where the masks of a source's images lie, by its manifest: found again, not read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.sources.encodings.mask_values import MaskValues, list_cases


class MaskFiles(NamedTuple):
    """The mask of one image.

    Attributes:
        files: one file of values; or, where each term has a mask of its own, those that are there.
        terms: of which terms, in the files' order; empty: of the values of one file.
    """

    files: tuple[Path, ...]
    terms: tuple[str, ...] = ()


def find_masks(
    labels: MaskValues,
    images: Sequence[str],
    folder: Path,
    is_asked: Callable[[str], bool] = bool,
) -> dict[str, MaskFiles]:
    """Find the masks of images, as ``state_masks`` read them when the source was assembled.

    Args:
        labels: how the manifest names masks.
        images: names that the source gave them.
        folder: its images folder.
        is_asked: of which terms masks of their own are wanted; others, of organs, are left out.

    Returns:
        Image to mask; images that have none are not there.

    Raises:
        SourceError: no image is named as the manifest says.
    """
    if not images:
        return {}
    rows = list_cases(pl.Series(list(images), dtype=pl.String), labels)
    terms = tuple(labels.masks)
    found = {}
    for image, places in zip(rows.facts["image"], rows.cells.iter_rows(), strict=True):
        paths = [folder / place for place in places]
        if not terms:
            # Of several places the first that is there counts.
            there = next((path for path in paths if path.is_file()), None)
            own = MaskFiles(()) if there is None else MaskFiles((there,))
        else:
            kept = [
                (term, path)
                for term, path in zip(terms, paths, strict=True)
                if is_asked(term) and path.is_file()
            ]
            own = MaskFiles(tuple(path for _, path in kept), tuple(term for term, _ in kept))
        if own.files:
            found[image] = own
    return found
