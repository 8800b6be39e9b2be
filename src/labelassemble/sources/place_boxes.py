"""Boxes held against the sizes of their image files: what cannot be right is reported with a
remedy."""

from typing import Final

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble.errors import plural
from labelassemble.sources.box_evidence import (
    find_corner,
    find_gap,
    find_reading,
    guess_size,
    lie_inside,
    measure_overhang,
)
from labelassemble.sources.box_formats import to_numbers
from labelassemble.sources.frame_shapes import bring_to_files
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.seen_boxes import BoxManner, SeenBoxes, see_boxes

_FEW: Final = 0.02
"""Fraction of boxes up to which those that leave are slips of rows, and not of the manifest."""

_TOLD: Final = 0.5
"""Pixels from which on it is reported that boxes were cut at the edge of their image."""


def place_in_frames(
    boxes: pl.DataFrame, images: pl.DataFrame, manner: BoxManner, problems: Problems = AT_ONCE
) -> pl.DataFrame:
    """Hold boxes against their images, and bring them into pixels of these.

    Args:
        boxes: ``BOX_COLUMNS``, as they are written.
        images: columns image, path and patient.
        manner: how they are written.
        problems: takes numbers that are fractions, boxes that leave their image, those that all
            lie in one corner, and images of another shape; they are left out.

    Returns:
        ``BOX_COLUMNS``: boxes cut at the edges of their frames.
    """
    if boxes.is_empty():
        return boxes
    layout, key = manner.layout, manner.key
    seen = see_boxes(boxes, images, layout)
    if layout.units == "pixels" and manner.format and _are_fractions(seen, manner, problems):
        return boxes.clear()
    if layout.units != "pixels":
        lost = np.isnan(seen.frame).any(axis=1)
        if lost.any():
            problems.remark(
                f"{plural(int(lost.sum()), 'box', 'boxes')} in {layout.units} of images whose "
                "size is unknown: they are left out",
                "Put the image files there",
                count=int(lost.sum()),
                example=seen.table["image"].filter(pl.Series(lost))[0],
            )
            seen = seen.keep(~lost)
        scale = np.tile(seen.frame, 2) / (100.0 if layout.units == "percent" else 1.0)
        seen = seen._replace(corners=seen.corners * scale)
    if not layout.trusted:
        inside = lie_inside(seen.corners, seen.frame)
        if not inside.all():
            _note_leaving(seen, inside, manner, problems)
            # The rest is reported once this is right.
            problems = Problems()
        else:
            _judge_corner(seen, key, problems)
    seen = _cut(seen, layout.trusted, problems)
    return bring_to_files(seen, manner, problems)


def _are_fractions(seen: SeenBoxes, manner: BoxManner, problems: Problems) -> bool:
    assert manner.format is not None
    largest = np.abs(to_numbers(seen.corners, manner.format)).max()
    if largest > 1.0 or np.nanmin(seen.frame, initial=np.inf) <= 4:
        return False
    problems.note(
        "boxes in pixels",
        f"{plural(len(seen.corners), 'box', 'boxes')} whose numbers all lie between 0 and 1",
        f'If they are fractions of the width and height, write {manner.key}.units = "fraction"',
        count=len(seen.corners),
        example=seen.show(0),
    )
    return True


def _note_leaving(
    seen: SeenBoxes, inside: Bool[np.ndarray, " boxes"], manner: BoxManner, problems: Problems
) -> None:
    key = manner.key
    count = int((~inside).sum())
    few = count / len(inside) <= _FEW
    overhang = measure_overhang(seen.corners, seen.frame)
    worst = int(np.argmax(np.where(inside, -1.0, overhang)))
    total = f"{count:,} of {len(inside):,} boxes leave" if count < len(inside) else ""
    if few:
        do = f"Fix those rows; {key}.trusted = true cuts such boxes at the edge"
    elif reading := _find_remedy(seen, manner):
        do = f"With {reading} all of them lie inside: write that into [{key}] if that is meant"
    else:
        do = _name_sizes(seen, manner)
    frames = np.unique(seen.frame, axis=0)
    known = len(frames) == 1 and bool(np.isfinite(frames).all())
    problems.note(
        "boxes inside their images",
        (total or plural(count, "box leaves", "boxes leave"))
        + (" the frame of {:.0f} x {:.0f} pixels".format(*frames[0]) if known else " the image")
        + (f", read as {manner.format}" if count > 1 and manner.format else ""),
        do,
        count=count,
        example=seen.show(worst),
    )


def _name_sizes(seen: SeenBoxes, manner: BoxManner) -> str:
    """How to say that boxes are in pixels of other images."""
    key = manner.key
    reach: Float[np.ndarray, "boxes 2"] = seen.corners[:, 2:] / seen.frame
    times = float(reach[np.isfinite(reach)].max(initial=1.0))
    far = f"Numbers reach {times:.2g} times as far as the image. " if times > 1.1 else ""
    if seen.declared:
        return f"{far}Correct the size that they refer to ({key}.frame), or {key}.format"
    return (
        f"{far}If images were made smaller, say how large they were when boxes were drawn: "
        f"{key}.frame_columns (columns with width and height), {key}.frame_table (a table that has "
        f"them) or {key}.frame; else correct {key}.format"
    )


def _find_remedy(seen: SeenBoxes, manner: BoxManner) -> str | None:
    """What to write into the manifest so that all boxes lie inside; none: nothing is known."""
    layout = manner.layout
    known = np.isfinite(seen.frame).all(axis=1)
    corners, frame, file = seen.corners[known], seen.frame[known], seen.file[known]
    if not len(corners):
        return None
    turned = seen.orientation[known] >= 5
    if turned.any():
        other = np.where(turned[:, None], frame[:, ::-1], frame)
        if lie_inside(corners, other).all():
            return f"as_stored = {str(not layout.as_stored).lower()} (EXIF turns the images)"
    if seen.declared:
        if lie_inside(corners, frame[:, ::-1]).all():
            return "width and height of the frame in the other order"
        if np.isfinite(file).all() and lie_inside(corners, file).all():
            return "no frame at all (the numbers fit the image files)"
    if layout.units != "pixels":
        scale = np.tile(frame, 2) / (100.0 if layout.units == "percent" else 1.0)
        fitting = [
            f'units = "{unit}"'
            for unit, size in (("percent", 100.0), ("pixels", np.tile(frame, 2)), ("fraction", 1.0))
            if unit != layout.units
            and lie_inside(corners / scale * (np.tile(frame, 2) / size), frame).all()
        ]
        if fitting:
            return " or ".join(fitting)
    return find_reading(corners, manner.format, frame) if manner.format else None


def _judge_corner(seen: SeenBoxes, key: str, problems: Problems) -> None:
    known = np.isfinite(seen.frame).all(axis=1)
    at = np.flatnonzero(known)
    group = [seen.group[place] for place in at]
    of = seen.corners[known], seen.frame[known], group
    corner, how = find_corner(*of), "lie in the upper left corner,"
    if corner is None or not corner.judged:
        gap = find_gap(*of)
        corner, how = (gap, "reach the left and upper edge, and end") if gap else (corner, how)
    if corner is None or corner.groups < 3:
        return
    where = (
        f"all boxes on {plural(corner.groups, 'patient or image', 'patients or images')} {how} "
        f"within {corner.width:.0%} of the width and {corner.height:.0%} of the height"
    )
    size = guess_size(corner.reach)
    count = int(corner.boxes.sum())
    example = seen.show(int(at[np.flatnonzero(corner.boxes)[0]]))
    percent = f', or {key}.units = "percent"' if max(corner.reach) <= 101 else ""
    do = (
        f"If they were drawn on smaller images, say how large: {key}.frame = "
        f"[{size.replace(' x ', ', ')}], {key}.frame_columns or {key}.frame_table{percent}; if "
        f"they do lie there, write {key}.trusted = true"
    )
    if corner.judged:
        problems.note(
            "boxes all over their images",
            f"{where}, as if drawn on images of {size} pixels",
            do,
            count=count,
            example=example,
        )
    else:
        problems.remark(f"{where}: too few to tell whether that is right", do, count, example)


def _cut(seen: SeenBoxes, trusted: bool, problems: Problems) -> SeenBoxes:
    """Cut boxes at the edges of their frames."""
    over = measure_overhang(seen.corners, seen.frame)
    limits = np.tile(np.nan_to_num(seen.frame, nan=np.inf), 2)
    cut = np.clip(seen.corners, 0.0, limits)
    left = (cut[:, 2:] > cut[:, :2]).all(axis=1)
    told = (over > _TOLD) & (lie_inside(seen.corners, seen.frame) | trusted)
    if told.any():
        gone = f", {int((~left).sum()):,} of them as a whole" if not left.all() else ""
        problems.remark(
            f"{plural(int(told.sum()), 'box reaches', 'boxes reach')} up to "
            f"{over[told].max():.3g} pixels over the edge of the image: cut off there{gone}",
            "Nothing, if they are right" if trusted else "Nothing: numbers are rounded",
            count=int(told.sum()),
            example=seen.show(int(np.argmax(np.where(told, over, -1.0)))),
        )
    return seen._replace(corners=cut).keep(left)
