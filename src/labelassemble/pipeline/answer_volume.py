"""A series of slices in, the lesions that a run finds in it as DICOM objects out."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from labelassemble.detection.predict_files import find_in_volume
from labelassemble.dicom.source_object import complete_header, read_source_header
from labelassemble.pipeline.answer_objects import lesion_mask
from labelassemble.volumes.mask_on_slices import mask_on_slices
from labelassemble.volumes.slice_headers import read_slices
from labelassemble.volumes.slice_stack import choose_series, stack_slices

if TYPE_CHECKING:
    from pydicom import Dataset

    from labelassemble.pipeline.answer_objects import Answerer


def answer_volume(answerer: "Answerer", folder: Path, series: str) -> list["Dataset"]:
    """Answer one series of slices: a report, and a segmentation where there are lesions.

    Args:
        answerer: of a run that finds lesions in volumes.
        folder: that holds all slices, and perhaps other objects.
        series: SeriesInstanceUID.

    Raises:
        ImageError: slices that make no volume, or cannot be read.
    """
    settings = answerer.detection
    assert settings is not None
    slices = choose_series(read_slices(folder, series), series, folder)
    stack = stack_slices(slices, settings.volumes, folder)
    headers = [complete_header(read_source_header(one.path)) for one in stack.slices]
    volume, _, found = find_in_volume(answerer.predictor, folder, settings, series)

    def place(row: int) -> dict[int, Bool[np.ndarray, "rows columns"]]:
        inside = lesion_mask(found, row)
        first = np.argwhere(inside).min(axis=0)
        part = inside[tuple(slice(low, None) for low in first)]
        last = np.argwhere(part).max(axis=0) + 1
        part = part[tuple(slice(0, high) for high in last)]
        return mask_on_slices(part, first, volume.affine, stack.slices)

    chosen = np.argsort(-found.score, kind="stable")[: answerer.settings.lesions]
    masks = {int(row): place(int(row)) for row in chosen}
    shown = sorted({number for one in masks.values() for number in one})
    columns, rows = stack.slices[0].size

    def draw(row: int) -> Bool[np.ndarray, "frames height width"]:
        nothing = np.zeros((rows, columns), dtype=bool)
        return np.stack([masks[row].get(number, nothing) for number in shown])

    answer = answerer.describe_lesions(found, draw)
    told = [found.score, found.voxel.astype(np.int64)]
    uid = answerer.make_uid(headers, b"".join(one.tobytes() for one in told))
    return answerer.write_lesions(headers, [headers[number] for number in shown], answer, uid)
