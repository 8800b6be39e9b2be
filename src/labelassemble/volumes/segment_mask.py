"""A segment of a DICOM segmentation, drawn on the grid of the series that it belongs to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import map_coordinates

from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.dicom_segments import DRAWN, SegmentFrame, read_frames
from labelassemble.storage.fetch_object import bring
from labelassemble.volumes.damaged import damaged
from labelassemble.volumes.drawn_mask import DrawnRegion
from labelassemble.volumes.geometry import FileGeometry, to_mm, to_voxel

ON_GRID = 0.05
"""Voxels by which pixels may lie beside the image's voxels and still be these: rounding."""

_BESIDE = 1.0
"""Voxels by which what is drawn may leave the volume."""

EVEN = 0.1
"""Part of their distance by which frames may be apart unevenly."""


@dataclass(frozen=True)
class SegmentMask:
    """One segment: see ``DrawnMask``.

    Where its pixels are voxels of the image they are taken as they are. Where they are not, a voxel
    is inside where the segment, interpolated linearly, reaches one half; that is noted.
    """

    path: Path
    """Of the segmentation."""
    number: int
    """Of the segment."""

    @property
    def digest(self) -> str:
        """Of the file and the number."""
        digest = hashlib.sha256(f"segment {self.number} ".encode())
        digest.update(bring(self.path).read_bytes())
        return digest.hexdigest()

    @property
    def place(self) -> str:
        """File and number."""
        return f"segment {self.number} of {self.path}"

    def draw(self, like: FileGeometry) -> DrawnRegion:
        """Put it on the image's grid.

        Raises:
            ImageError: a damaged file, pixels outside the volume, frames without an even distance
                on a grid of their own.
        """
        frames = self._read()
        voxels = [_centres(frame, like) for frame in frames]
        limits = np.array(like.shape) - 0.5 + _BESIDE
        if any((one < -0.5 - _BESIDE).any() or (one > limits).any() for one in voxels):
            raise ImageError(
                f"a segment inside its volume of {' x '.join(map(str, like.shape))} voxels: "
                f"{self.place}",
                "pixels outside of it",
                "Take the segmentation that belongs to this series",
            )
        if all(np.abs(one - np.rint(one)).max() <= ON_GRID for one in voxels) and (
            _is_as_fine(frames, like)
        ):
            drawn = np.zeros(like.shape, dtype=bool)
            for one in voxels:
                i, j, k = np.clip(np.rint(one), 0, np.array(like.shape) - 1).astype(int).T
                drawn[i, j, k] = True
            return DrawnRegion(lambda start, stop: drawn[..., start:stop])
        resampled = _resample(frames, like, self.place)
        return DrawnRegion(
            lambda start, stop: resampled[..., start:stop],
            (f"{self.place}: resampled onto the grid of its image",),
        )

    def _read(self) -> list[SegmentFrame]:
        try:
            frames = read_frames(self.path, [self.number])[self.number]
        except Exception as error:
            raise_machine_fault(error)
            # Damaged files raise nearly anything; all of it means the same to the user.
            raise damaged(self.path, error) from error
        if not frames:
            raise ImageError(f"something drawn: {self.place}", "nothing", "Assemble again")
        return frames


def _centres(frame: SegmentFrame, like: FileGeometry) -> Float[np.ndarray, "pixels 3"]:
    """Voxels of the image in which the centres of drawn pixels lie."""
    pixels = np.argwhere(frame.drawn).astype(np.float64)
    points = np.column_stack([pixels, np.ones(len(pixels))]) @ frame.affine.T
    return np.asarray(to_voxel(like.affine, points))


def _is_as_fine(frames: Sequence[SegmentFrame], like: FileGeometry) -> bool:
    """Whether a step from pixel to pixel is one voxel along an axis of the image, planes too."""
    normal = _normal(frames[0])
    gap = frames[0].gap_mm
    for frame in frames:
        steps = frame.affine[:, :2].T @ np.linalg.inv(like.affine[:3, :3]).T
        whole = np.rint(steps)
        if (np.abs(whole).sum(axis=1) != 1).any() or np.abs(steps - whole).max() > ON_GRID / 10:
            return False
    slices = np.abs(normal @ like.affine[:3, :3]).max()
    # Where planes are said to be further apart, those between were not drawn upon.
    return bool(gap <= slices * (1 + EVEN))


def _normal(frame: SegmentFrame) -> Float[np.ndarray, "3"]:
    normal = np.cross(frame.affine[:, 0], frame.affine[:, 1])
    return np.asarray(normal / np.linalg.norm(normal))


def _stack(
    frames: Sequence[SegmentFrame], like: FileGeometry, place: str
) -> tuple[Float[np.ndarray, "columns rows planes"], Float[np.ndarray, "4 4"]]:
    """The segment on a grid of its own, with a margin of nothing, and that grid's affine."""
    first, normal = frames[0], _normal(frames[0])
    corners = np.array([frame.affine[:, 2] for frame in frames])
    along = corners @ normal
    apart = np.diff(np.unique(np.round(along, 3)))
    said = first.gap_mm or (float(apart.min()) if len(apart) else 0.0)
    gap = said or float(np.abs(normal @ like.affine[:3, :3]).max())
    planes = (along - along.min()) / gap
    beside = corners - along[:, None] * normal
    alike = all(
        frame.drawn.shape == first.drawn.shape
        and np.abs(frame.affine[:, :2] - first.affine[:, :2]).max() < 1e-3
        for frame in frames
    )
    if (
        not alike
        or np.abs(beside - beside[0]).max() > EVEN * np.linalg.norm(first.affine[:, 0])
        or np.abs(planes - np.rint(planes)).max() > EVEN
    ):
        raise ImageError(
            f"frames of one even grid: {place}",
            "frames of several sizes, directions or uneven distances",
            "Resample it onto its series with the tool that made it",
        )
    number = np.rint(planes).astype(int)
    stack = np.zeros((*(side + 2 for side in first.drawn.shape), number.max() + 3), np.float32)
    for frame, at in zip(frames, number, strict=True):
        inside = stack[1:-1, 1:-1, at + 1]
        inside[frame.drawn] = 1.0
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([first.affine[:, :2], normal * gap])
    affine[:3, 3] = beside[0] + along.min() * normal - affine[:3, :3].sum(axis=1)
    return stack, affine


def _resample(
    frames: Sequence[SegmentFrame], like: FileGeometry, place: str
) -> Bool[np.ndarray, "i j k"]:
    """What is drawn, on the image's grid."""
    stack, affine = _stack(frames, like, place)
    held = np.argwhere(stack > 0).astype(np.float64)
    # One pixel of the segment around what is drawn: further out nothing reaches one half.
    ends = np.stack([held.min(axis=0) - 1, held.max(axis=0) + 1])
    corners = np.stack(np.meshgrid(*ends.T, indexing="ij"), axis=-1).reshape(-1, 3)
    box = to_voxel(like.affine, to_mm(affine, corners))
    limits = np.array(like.shape) - 1
    first = np.clip(np.floor(box.min(axis=0)), 0, limits).astype(int)
    last = np.clip(np.ceil(box.max(axis=0)), 0, limits).astype(int)
    drawn = np.zeros(like.shape, dtype=bool)
    axes = [np.arange(one, other + 1) for one, other in zip(first, last, strict=True)]
    for k in axes[2]:
        grid = np.stack(np.meshgrid(axes[0], axes[1], [k], indexing="ij"), axis=-1)
        at = to_voxel(affine, to_mm(like.affine, grid.reshape(-1, 3).astype(np.float64)))
        shares = map_coordinates(stack, at.T, order=1, mode="constant", cval=0.0, prefilter=False)
        # Rounding must not take the half away that lies on an edge.
        inside = (shares >= DRAWN - 1e-4).reshape(len(axes[0]), len(axes[1]))
        drawn[first[0] : last[0] + 1, first[1] : last[1] + 1, k] = inside
    if not drawn.any():
        middle = np.rint(to_voxel(like.affine, to_mm(affine, held.mean(axis=0)[None]))[0])
        drawn[tuple(np.clip(middle, 0, limits).astype(int))] = True
    return drawn
