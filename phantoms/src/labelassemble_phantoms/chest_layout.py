"""Where everything lies in one image: outlines as functions of height or of width.

All outlines of the chest are one-dimensional: the rib cage, the heart's borders and the body by
height, the diaphragm and the lungs' tips by width. That keeps drawing to a few additions a pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from labelassemble_phantoms.chest_anatomy import ChestAnatomy
from labelassemble_phantoms.film import Film

_HEIGHTS = np.linspace(-0.8, 2.2, 601)


@dataclass(frozen=True)
class Pose:
    """How the person stood or lay for one image, and what illness did to the shape."""

    view: str
    """"PA" (standing) or "AP" (in bed)."""
    inspiration: float = 1.0
    """1: full breath; 0: breathed out."""
    rotation: float = 0.0
    """Turn about the long axis in degrees; positive: the breastbone moves to the image's right."""
    heart_growth: float = 1.0
    """Factor on the heart's width by illness."""
    raised_dome: tuple[float, float] = (0.0, 0.0)
    """mm by which the right and the left dome stand higher than they should."""
    pull: float = 0.0
    """mm by which the mediastinum is drawn to the image's right."""


@dataclass(frozen=True)
class ChestLayout:
    """Outlines in mm. Columns hold one number a row of the film, rows one a column."""

    film: Film
    anatomy: ChestAnatomy
    pose: Pose
    height: float
    """Lungs' tips to the right dome, with this breath."""
    t: Float[np.ndarray, "size 1"]
    """Height as a share: 0 at the lungs' tips, 1 at the right dome."""
    cage: Float[np.ndarray, "size 1"]
    """Half width of the lungs' space."""
    heart_right: Float[np.ndarray, "size 1"]
    """x of the mediastinum's border on the image's left."""
    heart_left: Float[np.ndarray, "size 1"]
    """x of the mediastinum's border on the image's right."""
    body: Float[np.ndarray, "size 1"]
    """Half width of the trunk with neck and shoulders."""
    dome: Float[np.ndarray, "1 size"]
    """y of the diaphragm."""
    tip: Float[np.ndarray, "1 size"]
    """y of the lungs' upper end."""
    spine: Float[np.ndarray, "size 1"]
    """x of the spine's middle."""
    hilum: Float[np.ndarray, "2 2"]
    """(x, y) of the right and of the left hilum."""

    def parallax(self, depth_cm: float) -> float:
        """Return the sideways shift in mm, by rotation, of what lies this far before the middle."""
        return 10 * depth_cm * float(np.sin(np.radians(self.pose.rotation)))


def _by_height(*knots: tuple[float, float]) -> Float[np.ndarray, " heights"]:
    t, value = zip(*knots, strict=True)
    heights = np.clip(_HEIGHTS, t[0], t[-1])
    return np.asarray(PchipInterpolator(t, value)(heights), np.float32)


_CAGE = _by_height(
    *[(-0.05, 0.40), (0.0, 0.46), (0.06, 0.57), (0.14, 0.67), (0.26, 0.79), (0.4, 0.89)],
    *[(0.6, 0.965), (0.8, 1.0), (1.0, 1.0), (1.2, 0.985), (1.45, 0.95)],
)
_MEDIASTINUM_RIGHT = _by_height(
    *[(-0.3, 0.20), (0.0, 0.20), (0.1, 0.19), (0.3, 0.205), (0.45, 0.20), (0.7, 0.17)],
    *[(1.0, 0.15), (1.3, 0.15)],
)
_MEDIASTINUM_LEFT = _by_height(
    *[(-0.3, 0.20), (0.0, 0.18), (0.12, 0.16), (0.3, 0.17), (0.5, 0.18), (1.3, 0.18)],
)
_KNOB = _by_height(
    (0.15, 0.0), (0.2, 0.045), (0.27, 0.09), (0.33, 0.075), (0.39, 0.01), (0.42, 0.0)
)
_TRUNK = _by_height((0.36, 0.0), (0.42, 0.05), (0.47, 0.065), (0.54, 0.05), (0.62, 0.0))
_HEART_RIGHT = _by_height(
    *[(0.46, 0.0), (0.55, 0.05), (0.64, 0.105), (0.74, 0.14), (0.86, 0.15), (0.97, 0.12)],
    *[(1.1, 0.06), (1.2, 0.0)],
)
_HEART_LEFT = _by_height(
    *[(0.4, 0.0), (0.5, 0.07), (0.6, 0.165), (0.7, 0.275), (0.8, 0.365), (0.9, 0.42)],
    *[(1.0, 0.44), (1.08, 0.43), (1.16, 0.38), (1.25, 0.2), (1.3, 0.0)],
)
_BODY = _by_height(
    *[(-0.8, 0.44), (-0.45, 0.43), (-0.28, 0.46), (-0.2, 0.56), (-0.13, 0.80), (-0.06, 1.12)],
    *[(0.02, 1.40), (0.12, 1.50), (0.26, 1.44), (0.38, 1.22), (0.5, 1.06), (0.62, 1.0)],
    *[(0.8, 0.99), (1.2, 1.0), (1.6, 1.02)],
)


def _interpolate(
    t: Float[np.ndarray, "size 1"], table: Float[np.ndarray, " heights"]
) -> Float[np.ndarray, "size 1"]:
    return np.asarray(np.interp(t, _HEIGHTS, table), np.float32)


def lay_out_chest(film: Film, anatomy: ChestAnatomy, pose: Pose) -> ChestLayout:
    """Place one person's chest on the film."""
    width = anatomy.half_width
    breath = pose.inspiration
    height = anatomy.lung_height * (0.74 + 0.26 * breath)
    t = film.y / np.float32(height)
    turn = float(np.sin(np.radians(pose.rotation)))

    spine = (-80 * turn + anatomy.spine_bow * np.sin(2.6 * t + 0.4)).astype(np.float32)
    growth = anatomy.heart * pose.heart_growth * (1.18 - 0.18 * breath)
    growth *= 1.14 if pose.view == "AP" else 1.0
    upper = 1.08 if pose.view == "AP" else 0.94
    shift = np.float32(60 * turn) + np.float32(pose.pull) * np.clip(t + 0.2, 0, 1)
    # Growth goes mostly to the left ventricle, the image's right.
    right = upper * _interpolate(t, _MEDIASTINUM_RIGHT)
    right += np.float32(growth**0.8) * _interpolate(t, _HEART_RIGHT)
    left = upper * _interpolate(t, _MEDIASTINUM_LEFT)
    left += np.float32(growth) * _interpolate(t, _HEART_LEFT)
    left += np.float32(anatomy.knob) * _interpolate(t, _KNOB) + _interpolate(t, _TRUNK)

    cage = np.float32(width) * _interpolate(t, _CAGE)
    body_table = _interpolate(t, _BODY)
    body = body_table * np.float32(width + anatomy.flank)
    # Shoulders do not widen as fast as the waist does.
    body *= 1 - np.float32(0.15 * (anatomy.flank - 26) / 60) * np.clip(1.1 - 1.6 * t, 0, 1)

    return ChestLayout(
        film=film,
        anatomy=anatomy,
        pose=pose,
        height=height,
        t=t,
        cage=cage,
        heart_right=np.maximum(shift - np.float32(width) * right, np.float32(-0.93) * cage),
        heart_left=np.minimum(shift + np.float32(width) * left, np.float32(0.93) * cage),
        body=body,
        dome=_diaphragm(film, anatomy, pose, height),
        tip=_tips(film, width),
        spine=spine,
        hilum=np.array(
            [
                [-0.29 * width + 30 * turn + 0.6 * pose.pull, 0.53 * height],
                [0.30 * width + 30 * turn + 0.6 * pose.pull, 0.47 * height],
            ]
        ),
    )


def _diaphragm(
    film: Film, anatomy: ChestAnatomy, pose: Pose, height: float
) -> Float[np.ndarray, "1 size"]:
    width = anatomy.half_width
    sides: Sequence[tuple[int, float]] = ((-1, 0.0), (1, anatomy.left_dome_drop))
    curves = []
    for (side, drop), raised in zip(sides, pose.raised_dome, strict=True):
        across = side * film.x / np.float32(width)
        off = across - np.float32(0.47)
        sag = anatomy.dome_sag + 0.8 * raised
        outside = np.float32(sag / 0.53**2.6) * np.clip(off, 0, None) ** np.float32(2.6)
        inside = np.float32(11 / 0.4**2) * np.clip(-off, 0, 0.75) ** 2
        curves.append(np.float32(height + drop - raised) + outside + inside)
    return np.where(film.x < 0, curves[0], curves[1])


def _tips(film: Film, width: float) -> Float[np.ndarray, "1 size"]:
    off = np.abs(film.x) / np.float32(width) - np.float32(0.30)
    off = np.where(off < 0, off / np.float32(0.16), off / np.float32(0.36))
    return np.asarray(np.float32(13) * off**2)
