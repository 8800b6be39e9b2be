"""A folder of DICOM slices, or one multi-frame file, in; a ``VolumeFile`` out."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pydicom
from jaxtyping import Float, Shaped

from labelassemble.errors import raise_machine_fault
from labelassemble.files.dicom_pixels import decode_frame, read_header
from labelassemble.settings import VolumeSettings
from labelassemble.storage.fetch_object import bring
from labelassemble.volumes.damaged import damaged
from labelassemble.volumes.geometry import find_geometry
from labelassemble.volumes.slice_headers import Slice, read_slices
from labelassemble.volumes.slice_stack import Stack, choose_series, stack_slices
from labelassemble.volumes.volume import VolumeFile, note_anisotropy

_AIR_HU = -1024.0
"""What stands where no slice was taken, after straightening; 0 where values are no HU."""


def open_series(path: Path, settings: VolumeSettings, series: str | None = None) -> VolumeFile:
    """Open a DICOM series: headers are read, pixels are not.

    Axes of the file are columns, rows and slices. Slices that stand askew or apart are put where
    their headers say, where the settings allow it: each is shifted within its plane and mixed with
    its neighbour, linearly.

    Args:
        path: the folder, or a multi-frame file.
        settings: what to accept.
        series: SeriesInstanceUID, where the folder holds several.

    Raises:
        ImageError: as ``read_slices``, ``choose_series`` and ``stack_slices``.
    """
    slices = choose_series(read_slices(path, series), series, path)
    stack = stack_slices(slices, settings, path)
    geometry = find_geometry(stack.shape, stack.affine, path)
    repaired = bool(stack.notes)
    whole = all(one.slope.is_integer() and one.intercept.is_integer() for one in slices)
    fits = all(one.lowest >= -32768 and one.highest <= 32767 for one in slices)
    kind = np.dtype(np.int16 if whole and fits and not repaired else np.float32)
    hounsfield = all(one.hounsfield for one in slices)
    air = _AIR_HU if hounsfield else 0.0

    def read(start: int, stop: int) -> Shaped[np.ndarray, "columns rows slices"]:
        # One file may hold all slices.
        opened = lru_cache(maxsize=1)(_read_file)

        # Neighbours in a fixed stack use the same slice twice.
        @lru_cache(maxsize=2)
        def decode(number: int) -> Float[np.ndarray, "columns rows"]:
            return _decode(stack.slices[number], opened)

        slab = np.empty((*stack.shape[:2], stop - start), dtype=kind, order="F")
        for number in range(start, stop):
            plane = _repair(stack, number, decode, air) if repaired else decode(number)
            slab[..., number - start] = plane
        return slab

    notes = (*stack.notes, *note_anisotropy(stack.affine, settings, path))
    return VolumeFile(path, geometry, kind, "HU" if hounsfield else "unknown", notes, read)


def _read_file(path: Path) -> pydicom.Dataset:
    return read_header(bring(path).read_bytes())


def _decode(
    one: Slice, opened: Callable[[Path], pydicom.Dataset]
) -> Float[np.ndarray, "columns rows"]:
    """One slice's values, float32."""
    try:
        stored = decode_frame(opened(one.path), one.frame or 0)
        if stored.shape != one.size[::-1]:
            raise ValueError(f"pixels of shape {stored.shape}, not {one.size[::-1]}")
    except Exception as error:
        raise_machine_fault(error)
        # Decoders of damaged files raise nearly anything; all of it means the same to the user.
        raise damaged(one.path, error) from error
    values = stored.T.astype(np.float32)
    values *= np.float32(one.slope)
    values += np.float32(one.intercept)
    return values


def _repair(
    stack: Stack, number: int, decode: Callable[[int], np.ndarray], air: float
) -> Float[np.ndarray, "grid_columns grid_rows"]:
    """The grid's slice of this number: its two neighbours, each at its place, mixed."""
    at = number * stack.places[-1] / (stack.shape[2] - 1)
    upper = int(np.clip(np.searchsorted(stack.places, at), 1, len(stack.places) - 1))
    gap = stack.places[upper] - stack.places[upper - 1]
    share = float(np.clip((at - stack.places[upper - 1]) / gap, 0.0, 1.0))
    mixed = np.zeros(stack.shape[:2], dtype=np.float32)
    for neighbour, weight in ((upper - 1, 1.0 - share), (upper, share)):
        if weight > 0.0:
            mixed += np.float32(weight) * _place(stack, neighbour, decode(neighbour), air)
    return mixed


def _place(
    stack: Stack, number: int, plane: Float[np.ndarray, "columns rows"], air: float
) -> Float[np.ndarray, "grid_columns grid_rows"]:
    """Shift one slice within its plane onto the grid's columns and rows."""
    moved = np.full(stack.shape[:2], air, dtype=np.float32)
    at = stack.drift[number] - np.array(stack.first)
    column, row = (int(one) for one in np.floor(at))
    moved[column : column + plane.shape[0], row : row + plane.shape[1]] = plane
    for axis, part in enumerate(at - np.floor(at)):
        if part > 0.0:
            # A pixel moves on by a part of its width: each takes that part of the one before it.
            before = np.roll(moved, 1, axis=axis)
            before[(slice(None),) * axis + (0,)] = air
            moved = np.float32(1.0 - part) * moved + np.float32(part) * before
    return moved
