"""Slices in any order in, one evenly spaced stack out, or what is wrong with it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.errors import ImageError, some
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.geometry import Affine
from labelassemble.volumes.slice_headers import Slice

SAME_PLACE_MM = 1e-3
"""Slices closer than this along the normal lie at one place."""

SAME_DIRECTION = 1e-3
"""Directions whose components differ by more are different."""


class Stack(NamedTuple):
    """Slices in order, and the even grid that they are read onto.

    Attributes:
        slices: sorted by their place along the normal.
        places: millimetres along the normal from the first one.
        drift: how far each one's corner lies from the first one's within the plane, in pixels:
            along columns, along rows. All 0 where slices stand straight.
        affine: of the grid: column, row, slice to patient millimetres, RAS+.
        shape: columns, rows, slices of the grid.
        first: the grid's first column and row, counted in pixels of the first slice.
        notes: what was fixed.
    """

    slices: tuple[Slice, ...]
    places: Float[np.ndarray, " slices"]
    drift: Float[np.ndarray, "slices 2"]
    affine: Affine
    shape: tuple[int, int, int]
    first: tuple[int, int]
    notes: tuple[str, ...]


def choose_series(slices: Sequence[Slice], series: str | None, place: Path) -> tuple[Slice, ...]:
    """Take the slices of one series.

    Raises:
        ImageError: several series and none named, or a name that is not there.
    """
    counts = Counter(one.series for one in slices)
    names = {one.series: one.description for one in slices}
    listed = some(
        f"{uid} ({count} slices{', ' + names[uid] if names[uid] else ''})"
        for uid, count in counts.items()
    )
    if series is not None and series not in counts:
        raise ImageError(f"the series {series} in {place}", listed, "Name one of these")
    if series is None and len(counts) > 1:
        raise ImageError(
            f"one DICOM series in {place}",
            f"{len(counts)} series: {listed}",
            "Give each series a folder of its own, or name one of them",
        )
    return tuple(one for one in slices if series in (None, one.series))


def stack_slices(slices: Sequence[Slice], settings: VolumeSettings, place: Path) -> Stack:
    """Sort slices along their normal and check that they make a volume.

    File names and instance numbers are not looked at: only positions count.

    Args:
        slices: of one series.
        settings: whether gaps are filled and a tilt is straightened.
        place: the folder, for errors.

    Raises:
        ImageError: fewer than two slices, several geometries, two slices at one place (4-D),
            missing or unevenly spaced slices, a tilted gantry.
    """
    _check_alike(slices, place)
    first = slices[0]
    normal = np.cross(first.along, first.down)
    ordered = sorted(slices, key=lambda one: float(one.corner @ normal))
    corners = np.array([one.corner for one in ordered]) - ordered[0].corner
    places = corners @ normal
    _check_apart(ordered, places, place)
    shape, step, notes = _check_even(places, settings, place)
    in_plane = corners @ np.stack([first.along, first.down], axis=1)
    drift = np.zeros_like(in_plane)
    if np.linalg.norm(in_plane, axis=1).max() > settings.tolerance_mm:
        drift = in_plane / np.array(first.spacing)
        notes = (*notes, _check_tilt(in_plane, places, settings, place))
    low = np.floor(drift.min(axis=0)).astype(int)
    high = np.ceil(drift.max(axis=0)).astype(int)
    affine = np.eye(4)
    affine[:3, 0] = first.along * first.spacing[0]
    affine[:3, 1] = first.down * first.spacing[1]
    affine[:3, 2] = normal * step
    affine[:3, 3] = ordered[0].corner + affine[:3, :2] @ low
    size = np.array(first.size) + high - low
    return Stack(
        slices=tuple(ordered),
        places=places,
        drift=drift,
        affine=affine,
        shape=(int(size[0]), int(size[1]), shape),
        first=(int(low[0]), int(low[1])),
        notes=notes,
    )


def _check_alike(slices: Sequence[Slice], place: Path) -> None:
    first = slices[0]
    if len(slices) < 2:
        raise ImageError(
            f"two slices or more in {place}", "one", "Give the folder of the whole series"
        )
    right_angle = abs(float(first.along @ first.down)) < SAME_DIRECTION
    if not right_angle or abs(np.linalg.norm(first.along) - 1.0) > SAME_DIRECTION:
        raise ImageError(
            f"rows and columns at right angles in {first.path}",
            f"directions {first.along.tolist()} and {first.down.tolist()}",
            "Fetch the file again",
        )
    for what, differs in (
        ("sizes", [one.size != first.size for one in slices]),
        ("pixel spacings", [not np.allclose(one.spacing, first.spacing, 1e-4) for one in slices]),
        (
            "orientations",
            [
                not np.allclose(
                    [one.along, one.down], [first.along, first.down], 0.0, SAME_DIRECTION
                )
                for one in slices
            ],
        ),
    ):
        if any(differs):
            other = slices[differs.index(True)]
            raise ImageError(
                f"slices of one geometry in {place}",
                f"{sum(differs)} of {len(slices)} of other {what}, such as {other.path.name} "
                f"beside {first.path.name}",
                "Take scouts and other views out of the folder",
            )


def _check_apart(
    ordered: Sequence[Slice], places: Float[np.ndarray, " slices"], place: Path
) -> None:
    close = np.flatnonzero(np.diff(places) < SAME_PLACE_MM)
    if len(close):
        one, other = ordered[close[0]], ordered[close[0] + 1]
        same = "the same object twice" if one.uid and one.uid == other.uid else "two objects"
        raise ImageError(
            f"one slice at each place in {place}",
            f"{len(close)} places with several, such as {one.path.name} and {other.path.name} "
            f"({same}): a 4-D series or copies",
            "Put each phase into a folder of its own, and take copies out",
        )


def _check_even(
    places: Float[np.ndarray, " slices"], settings: VolumeSettings, place: Path
) -> tuple[int, float, tuple[str, ...]]:
    """Slices of the grid, millimetres between them, and what is to be noted."""
    gaps, length = np.diff(places), float(places[-1])
    even = np.linspace(0.0, length, len(places))
    off = float(np.abs(places - even).max())
    if off <= settings.tolerance_mm:
        return len(places), length / (len(places) - 1), ()
    usual = float(np.median(gaps))
    holes = np.flatnonzero(gaps > 1.5 * usual)
    if len(holes):
        missing = int(np.rint(gaps[holes] / usual - 1.0).sum())
        spans = some([f"{places[h]:.2f} to {places[h + 1]:.2f} mm" for h in holes], 3)
        got = f"about {missing} missing, {spans} from the first slice (usual gap {usual:.3g} mm)"
        expected = f"every slice in {place}"
    else:
        got = f"gaps from {gaps.min():.3g} to {gaps.max():.3g} mm, up to {off:.3g} mm off"
        expected = f"evenly spaced slices in {place}"
    if settings.slice_gaps == "error":
        raise ImageError(
            expected,
            got,
            "Fetch the series again, or fill between neighbours: slice_gaps = 'interpolate'",
        )
    count = max(2, round(length / usual) + 1)
    return count, length / (count - 1), (f"slices interpolated: {got}",)


def _check_tilt(
    in_plane: Float[np.ndarray, "slices 2"],
    places: Float[np.ndarray, " slices"],
    settings: VolumeSettings,
    place: Path,
) -> str:
    worst = int(np.linalg.norm(in_plane, axis=1).argmax())
    shifted = float(np.linalg.norm(in_plane[worst]))
    angle = float(np.degrees(np.arctan2(shifted, places[worst])))
    got = f"slices askew by {angle:.2f} degrees, up to {shifted:.3g} mm (gantry tilt)"
    if settings.gantry_tilt == "error":
        raise ImageError(
            f"slices stacked along their normal in {place}",
            got,
            "Leave the series out, or shift each slice to its own place: gantry_tilt = "
            "'straighten'",
        )
    return f"straightened: {got}"
