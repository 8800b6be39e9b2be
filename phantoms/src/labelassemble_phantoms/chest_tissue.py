"""What the beam passes on its way: centimetres of water-like tissue, bone and air in the lungs."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from labelassemble_phantoms.chest_bones import draw_bones
from labelassemble_phantoms.chest_layout import ChestLayout
from labelassemble_phantoms.film import step
from labelassemble_phantoms.lung_vessels import CHORD_MM, draw_vessels

_SHEATH = 3.0
"""Path through a vessel with its sheath of tissue, against the path through its blood alone."""
LUNG_WATER = 0.24
"""Water in a healthy, filled lung, as a share of its volume."""


@dataclass
class ChestTissue:
    """Line integrals through one person, in cm."""

    wall: Float[np.ndarray, "size size"]
    """Soft tissue outside the lungs: chest wall, heart, great vessels, belly."""
    lung: Float[np.ndarray, "size size"]
    """Length of the path through the lungs."""
    lung_water: Float[np.ndarray, "size size"]
    """Water in that path; between 0 (only air) and ``lung`` (only water)."""
    vessels: Float[np.ndarray, "size size"]
    """Blood in the lungs' vessels."""
    bone: Float[np.ndarray, "size size"]
    """Bone, in place of soft tissue."""


def draw_tissue(
    layout: ChestLayout, grain: Float[np.ndarray, "side side"], widen_vessels: float = 1.0
) -> ChestTissue:
    """Draw the healthy chest, in the shape that the layout gives it.

    ``grain`` is noise, standard normal, that makes the lungs' texture; ``widen_vessels`` is a
    factor on the vessels' width.
    """
    film, anatomy = layout.film, layout.anatomy
    cage_cm, lung = _draw_lungs(layout)
    heart = _draw_heart(layout)
    lung = np.clip(lung - heart, 0, None)
    wall = np.clip(_draw_body(layout), cage_cm, None) - lung
    wall += _draw_breasts(layout)
    wall -= _draw_airways(layout) + _draw_bubble(layout)
    stretch = (anatomy.half_width / 140, layout.height / 220)
    blood = draw_vessels(anatomy.vessels, film, layout.hilum, stretch, widen_vessels)
    vessels = blood.astype(np.float32) * np.float32(_SHEATH * CHORD_MM / 255 / 10)
    vessels += _draw_hila(layout, widen_vessels)
    # Vessels behind the heart are seen as little as the lung there.
    vessels *= np.clip(lung * np.float32(1.4 / anatomy.depth_cm), 0, 1)
    # A lung with less air holds the same water in less room.
    share = np.float32(LUNG_WATER * (1.35 - 0.35 * layout.pose.inspiration))
    side = (film.size, film.size)
    texture = cv2.resize(grain.astype(np.float32), side, interpolation=cv2.INTER_CUBIC)
    return ChestTissue(
        wall=np.clip(wall, 0, None),
        lung=lung,
        lung_water=lung * (share + np.float32(0.012) * np.clip(texture, -3, 3)),
        vessels=vessels,
        bone=draw_bones(layout),
    )


def _dome_profile(share: Float[np.ndarray, "*shape"], power: float) -> Float[np.ndarray, "*shape"]:
    """Thickness of a rounded body at a share (0 middle, 1 edge) of its half width."""
    return np.asarray(np.sqrt(np.clip(1 - np.abs(share) ** np.float32(power), 0, 1)))


def _draw_body(layout: ChestLayout) -> Float[np.ndarray, "size size"]:
    film, anatomy, t = layout.film, layout.anatomy, layout.t
    depth = anatomy.depth_cm * 1.02 + anatomy.wall_cm
    depth_t = depth * np.interp(
        t, [-0.4, -0.15, 0.1, 0.35, 0.9, 1.3], [0.5, 0.55, 0.7, 0.95, 1, 1.1]
    )
    trunk = depth_t.astype(np.float32) * _dome_profile(film.x / layout.body, 2.8)
    for side in (-1, 1):
        slope = float(np.tan(np.radians(anatomy.arm_angle)))
        middle = side * (1.33 * anatomy.half_width + np.clip(film.y - 20, 0, None) * slope)
        half = np.float32(42 + 0.35 * (anatomy.flank - 26))
        arm = 8.5 * _dome_profile((film.x - middle) / half, 2.0) * step(film.y - 15, 40.0)
        trunk = np.maximum(trunk, arm.astype(np.float32))
    return np.asarray(trunk)


def _draw_lungs(
    layout: ChestLayout,
) -> tuple[Float[np.ndarray, "size size"], Float[np.ndarray, "size size"]]:
    """Draw the space inside the ribs and the lungs in it, in cm."""
    film, anatomy = layout.film, layout.anatomy
    pixel = film.pixel_mm
    depth = np.interp(layout.t, [-0.05, 0.08, 0.3, 0.6, 1.4], [0.35, 0.5, 0.8, 1.0, 0.98])
    across = film.x / layout.cage
    cage = (anatomy.depth_cm * depth).astype(np.float32) * _dome_profile(across, 2.6)
    above = step(layout.dome - film.y, max(2.5, pixel))
    # Lung behind the dome reaches far down; it leaves a trace of air below the dome.
    below = np.float32(0.07) * np.exp(-np.clip(film.y - layout.dome, 0, None) / np.float32(22))
    top = step(film.y - layout.tip, max(6.0, pixel))
    lung = cage * (above + (1 - above) * below) * top
    return cage, lung


def _draw_heart(layout: ChestLayout) -> Float[np.ndarray, "size size"]:
    """Draw heart and mediastinum: how much of the lungs' depth they take, in cm."""
    film, anatomy = layout.film, layout.anatomy
    middle = (layout.heart_left + layout.heart_right) / 2
    half = (layout.heart_left - layout.heart_right) / 2
    share = (film.x - middle) / half
    depth = np.interp(
        layout.t, [-0.1, 0.15, 0.35, 0.6, 0.9, 1.1], [0.62, 0.6, 0.66, 0.8, 0.88, 0.9]
    )
    silhouette = (anatomy.depth_cm * depth).astype(np.float32) * _dome_profile(share, 2.2)
    centre = layout.spine * np.float32(0.4) + middle * np.float32(0.25)
    core = np.exp(-(np.abs((film.x - centre) / np.float32(0.17 * anatomy.half_width)) ** 4))
    aorta = (film.x - layout.spine - np.float32(12)) / np.float32(14)
    tube = np.float32(2.4) * _dome_profile(aorta, 2.0) * step(layout.t - 0.25, 0.1)
    return np.asarray(np.maximum(silhouette, np.float32(anatomy.depth_cm) * core) + tube)


def _draw_airways(layout: ChestLayout) -> Float[np.ndarray, "size size"]:
    """Draw the windpipe and the main bronchi, in cm of air."""
    film, height = layout.film, layout.height
    shift = 0.5 * layout.parallax(3.0) + 0.5 * layout.pose.pull
    fork = np.array([3.0 + shift, 0.36 * height])
    middle = np.float32(shift) - np.float32(2.0) + np.float32(5) * np.clip(layout.t / 0.36, -1, 1)
    tube = np.float32(1.55) * _dome_profile((film.x - middle) / np.float32(8.5), 2.0)
    tube *= step(np.float32(fork[1]) - film.y, 6.0)
    layer = film.blank()
    right, left = layout.hilum
    down = np.array([0.0, 4.0])
    bronchi = [
        [fork, (fork + right) / 2 + down, right + np.array([6.0, 6.0])],
        [fork, (fork + left) / 2 + down, left + np.array([-5.0, 12.0])],
    ]
    film.stroke(layer, np.array(bronchi), 165, 10.5)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.4, 2.0 / film.pixel_mm))
    return (tube + soft * np.float32(1.0 / 255)).astype(np.float32)


def _draw_bubble(layout: ChestLayout) -> Float[np.ndarray, "size size"]:
    """Draw the gas in the stomach below the left dome, in cm of air; its floor is level."""
    film, anatomy = layout.film, layout.anatomy
    if anatomy.gas < 0.05:
        return np.zeros((1, 1), np.float32)
    size = 12 + 18 * anatomy.gas
    x = 0.42 * anatomy.half_width
    y = layout.height + anatomy.left_dome_drop - layout.pose.raised_dome[1] + 9 + 0.62 * size
    share = ((film.x - x) / size) ** 2 + ((film.y - y) / (0.62 * size)) ** 2
    gas = np.float32(1.5 + 3 * anatomy.gas) * np.sqrt(np.clip(1 - share, 0, 1))
    if layout.pose.view == "PA":
        gas = gas * step(y + 0.2 * size - film.y, max(2.0, film.pixel_mm))
    return gas.astype(np.float32)


def _draw_breasts(layout: ChestLayout) -> Float[np.ndarray, "size size"]:
    film, anatomy = layout.film, layout.anatomy
    if anatomy.breast_cm < 0.3:
        return np.zeros((1, 1), np.float32)
    total = np.zeros((film.size, film.size), np.float32)
    half = 52 + 7 * anatomy.breast_cm
    y = anatomy.breast_drop * layout.anatomy.lung_height - 14
    for side in (-1, 1):
        x = side * 0.62 * anatomy.half_width + layout.parallax(9.0)
        down = ((film.y - y) / half).astype(np.float32)
        share = ((film.x - np.float32(x)) / half) ** 2 + np.where(down > 0, 1.2, 0.75) * down**2
        # Full below, fading above: the lower fold is the line that one sees.
        full = np.sqrt(np.clip(1.15 - share, 0, 1))
        total += np.float32(anatomy.breast_cm * 0.6) * full * np.clip(0.75 + 0.5 * down, 0, 1)
    return total


def _draw_hila(layout: ChestLayout, widen: float) -> Float[np.ndarray, "size size"]:
    """Draw the large vessels at the roots of the lungs, in cm of blood."""
    film = layout.film
    total = np.zeros((film.size, film.size), np.float32)
    for side, (x, y) in zip((-1, 1), layout.hilum, strict=True):
        # The lower branch runs down and outwards beside the heart.
        lean = side * 0.28
        dx = film.x - np.float32(x) - np.float32(lean) * (film.y - np.float32(y))
        dy = film.y - np.float32(y + 6)
        total += np.float32(2.5 * widen) * np.exp(
            -((dx / np.float32(12 * widen)) ** 2) - (dy / np.float32(24)) ** 2
        )
    return total
