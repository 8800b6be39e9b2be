"""Where the masks of a source's images lie, by its manifest: found again, not read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.sources.encodings.mask_places import MaskFolders, find_image_masks
from labelassemble.sources.encodings.mask_values import MaskValues, list_cases


class MaskFiles(NamedTuple):
    """The masks of one image.

    Attributes:
        files: those that share values, which are joined; or, where terms have masks of their own,
            those of each term that has any.
        terms: of which terms, in the files' order; empty: one entry of masks that share values.
    """

    files: tuple[tuple[Path, ...], ...]
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
        Image to masks; images that have none are not there.

    Raises:
        SourceError: no image is named as the manifest says; as ``find_image_masks``.
    """
    if not images:
        return {}
    rows = list_cases(pl.Series(list(images), dtype=pl.String), labels)
    found = {}
    every = find_image_masks(rows, labels, MaskFolders(folder))
    for image, masks in zip(rows.facts["image"], every, strict=True):
        if labels.masks:
            of_term = dict(zip(labels.masks, masks, strict=True))
            kept = {
                term: own.files for term, own in of_term.items() if own.files and is_asked(term)
            }
            own = MaskFiles(tuple(kept.values()), tuple(kept))
        else:
            own = MaskFiles((masks[0].files,) if masks[0].files else ())
        if own.files:
            found[image] = own
    return found
