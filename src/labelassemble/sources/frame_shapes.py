"""Images of another shape than those that boxes were drawn on, and images that EXIF turns."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from jaxtyping import Bool

from labelassemble.errors import ImageError, plural
from labelassemble.files.read_image import read_image
from labelassemble.sources.frame_fit import differ_in_shape, fit_boxes, has_bars, turn_boxes
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import SOURCE_BOX_COLUMNS
from labelassemble.sources.seen_boxes import CORNERS, BoxManner, SeenBoxes

_LOOKED_AT: Final = 5
"""Images whose pixels are looked at, for bars."""

SQUARE: Final = 0.05
"""Part by which the sides of an image must differ for it to lie on its side visibly."""


def bring_to_files(seen: SeenBoxes, manner: BoxManner, problems: Problems) -> pl.DataFrame:
    """Give boxes in pixels of images that can be laid on the image files by stretching alone.

    Args:
        seen: boxes inside their frames.
        manner: how they are written.
        problems: takes frames that lie on their side, and images that were padded.

    Returns:
        ``SOURCE_BOX_COLUMNS``.
    """
    layout = manner.layout
    declared = seen.table["frame_width"].is_not_null().to_numpy()
    differs = declared & differ_in_shape(seen.frame, seen.file)
    tall = np.abs(seen.file[:, 0] / seen.file[:, 1] - 1.0) > SQUARE
    turned = differs & tall & ~differ_in_shape(seen.frame[:, ::-1], seen.file)
    if turned.any():
        _note_turned(seen, turned, manner, problems)
        seen, differs = seen.keep(~turned), differs[~turned]
        declared = declared[~turned]
    if differs.any() and layout.resized is None:
        _tell_stretched(seen, differs, manner, problems)
    corners, frame = seen.corners, seen.frame
    moved = np.zeros(len(corners), dtype=bool)
    if layout.resized in ("pad", "crop") and differs.any():
        fitted = fit_boxes(corners[differs], frame[differs], seen.file[differs], layout.resized)
        corners, frame = corners.copy(), frame.copy()
        corners[differs] = np.clip(fitted, 0.0, np.tile(seen.file[differs], 2))
        frame[differs] = seen.file[differs]
        moved |= differs
    if layout.as_stored:
        corners = turn_boxes(corners, frame, seen.orientation)
        swapped = (seen.orientation >= 5)[:, None]
        frame = np.where(swapped, frame[:, ::-1], frame)
        moved |= seen.orientation > 1
    if layout.units != "pixels":
        moved |= True
    size = frame.round()
    placed = seen.table.with_columns(
        *(pl.Series(name, corners[:, at]) for at, name in enumerate(CORNERS)),
        *(
            pl.when(pl.Series(moved | declared))
            .then(pl.Series(size[:, at]).fill_nan(None).cast(pl.Int64))
            .alias(name)
            for at, name in enumerate(("frame_width", "frame_height"))
        ),
    )
    whole = (corners[:, 2:] > corners[:, :2]).all(axis=1)
    if not whole.all():
        problems.remark(
            f"{plural(int((~whole).sum()), 'box', 'boxes')} outside what was cut out of the "
            "image: left out",
            "Nothing, if images were cropped",
            count=int((~whole).sum()),
        )
    return placed.filter(pl.Series(whole)).select(list(SOURCE_BOX_COLUMNS))


def _note_turned(
    seen: SeenBoxes, turned: Bool[np.ndarray, " boxes"], manner: BoxManner, problems: Problems
) -> None:
    by_exif = bool((seen.orientation[turned] >= 5).all())
    stored = str(not manner.layout.as_stored).lower()
    problems.note(
        "frames of boxes that stand as their images do",
        f"{plural(int(turned.sum()), 'box', 'boxes')} whose frame lies on its side",
        f"EXIF turns these images: with {manner.key}.as_stored = {stored} boxes are turned too"
        if by_exif and manner.format
        else "Write width and height in the other order, or turn these images back",
        count=int(turned.sum()),
        example=_show(seen, int(np.flatnonzero(turned)[0])),
    )


def _tell_stretched(
    seen: SeenBoxes, differs: Bool[np.ndarray, " boxes"], manner: BoxManner, problems: Problems
) -> None:
    count = int(differs.sum())
    at = np.flatnonzero(differs)
    shown = _show(seen, int(at[0]))
    paths = dict(zip(seen.table["path"].gather(at), at, strict=True))
    asked = list(paths.items())[:: max(1, len(paths) // _LOOKED_AT)][:_LOOKED_AT]
    bars = [_sees_bars(path, seen.frame[place]) for path, place in asked]
    if bars and all(bars):
        problems.note(
            f"how images were resized, in {manner.key}.resized",
            f"{plural(count, 'box', 'boxes')} on images that stand between bars, of another shape"
            " than those that boxes were drawn on",
            f'Write {manner.key}.resized = "pad", or "stretch" if the bars were there before',
            count=count,
            example=shown,
        )
        return
    do = f'Where they were padded or cropped, say so: {manner.key}.resized = "pad" or "crop"'
    problems.remark(
        f"{plural(count, 'box', 'boxes')} on images of another shape than those that boxes were "
        "drawn on, which are taken to be stretched",
        do if manner.format else "Nothing, if they were stretched",
        count=count,
        example=shown,
    )


def _sees_bars(path: str, frame: np.ndarray) -> bool:
    try:
        return has_bars(read_image(Path(path)), (float(frame[0]), float(frame[1])))
    except ImageError:
        return False


def _show(seen: SeenBoxes, place: int) -> str:
    (wide, tall), (width, height) = seen.frame[place], seen.file[place]
    name = seen.table["image"][place]
    return f"{name}: {wide:.0f} x {tall:.0f}, the file {width:.0f} x {height:.0f} pixels"
