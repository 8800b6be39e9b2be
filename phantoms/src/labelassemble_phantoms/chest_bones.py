"""Ribs, clavicles, shoulder blades, upper arms and spine: centimetres of bone along the beam."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from labelassemble_phantoms.chest_layout import ChestLayout
from labelassemble_phantoms.film import step

_RIB_TOP = np.array([-0.03, 0.045, 0.135, 0.235, 0.34, 0.445, 0.55, 0.655, 0.76, 0.87, 0.98])
"""Heights of the ribs' inner ends, as shares of the lung height."""
_RIB_REACH = np.array([0.43, 0.66, 0.80, 0.90, 0.96, 0.995, 1.02, 1.03, 1.03, 1.02, 0.98])
"""How far each rib reaches to the side, as a share of the half width."""
_RIB_FALL = np.array([52, 66, 78, 88, 96, 103, 108, 108, 104, 96, 92]) / 220
"""How much lower the front end stands than the back end, as a share of the lung height."""
_RIB_END = np.radians([160, 150, 146, 143, 141, 139, 136, 132, 124, 112, 98])
"""Where the bone ends in front; cartilage beyond is not seen."""
_FULL_CM = 2.0
"""Bone along the beam at which a drawn layer is full (255)."""


def rib_lines(layout: ChestLayout, back: bool) -> Float[np.ndarray, "ribs points 2"]:
    """Return the middle lines of the ribs in mm: their back or their front parts.

    Eleven of the patient's right side, then eleven of the left, from the top. A rib is an arc in a
    plane that falls to the front; seen from the front its back part runs outwards and its front
    part comes back below it.
    """
    anatomy = layout.anatomy
    first = np.full(11, np.radians(6.5)) if back else np.full(11, np.radians(84.0))
    last = np.full(11, np.radians(96.0)) if back else _RIB_END
    angle = first[:, None] + (last - first)[:, None] * np.linspace(0, 1, 14)
    reach = _RIB_REACH[:, None] * anatomy.half_width * 1.01
    fall = _RIB_FALL[:, None] * layout.height * anatomy.rib_drop
    depth_cm = -anatomy.depth_cm / 2 * np.cos(angle)
    out = reach * np.sin(angle) ** 0.92
    turned = 10 * depth_cm * np.sin(np.radians(layout.pose.rotation))
    y = _RIB_TOP[:, None] * layout.height + fall * (1 - np.cos(angle)) / 2
    y = y - 7.0 * np.sin(np.clip(angle, 0, np.pi / 2) * 2) ** 2 * (1 if back else 0)
    if layout.pose.view == "AP":
        # The beam comes from the front and above: ribs look flatter.
        y = y - fall * 0.10 * (1 - np.cos(angle))
    x = np.concatenate([turned - out, turned + out])
    return np.stack([x, np.concatenate([y, y])], axis=2)


def draw_bones(layout: ChestLayout) -> Float[np.ndarray, "size size"]:
    """Draw all bones; the result is in cm of bone of mean density."""
    layers = [
        _draw_ribs(layout, back=True),
        _draw_ribs(layout, back=False),
        *_draw_shoulders(layout),
    ]
    # Layers are added, for the beam passes all of them; 16 bits hold the sum.
    total = layers[0].astype(np.uint16)
    for layer in layers[1:]:
        total += layer
    drawn = total * np.float32(_FULL_CM / 255)
    drawn += draw_spine(layout)
    drawn *= np.float32(layout.anatomy.bone)
    return drawn


def _draw_ribs(layout: ChestLayout, back: bool) -> UInt8[np.ndarray, "size size"]:
    film, layer = layout.film, layout.film.blank()
    width = layout.anatomy.rib_width * (1.0 if back else 1.15)
    lines = rib_lines(layout, back)
    upper, lower = _rims(lines, width)
    bands = np.concatenate([upper, lower[:, ::-1]], axis=1)
    # Neighbours touch at the sides of the chest: every other rib at a time.
    film.fill(layer, bands[::2], 56 if back else 40)
    film.fill(layer, bands[1::2], 56 if back else 40)
    # In front the bone ends in cartilage, without a rim.
    rim = lines.shape[1] if back else 10
    film.stroke(layer, np.concatenate([upper[:, :rim], lower[:, :rim]]), 104 if back else 68, 1.8)
    return layer


def _rims(
    lines: Float[np.ndarray, "lines points 2"], width: float
) -> tuple[Float[np.ndarray, "lines points 2"], Float[np.ndarray, "lines points 2"]]:
    """Return both long edges of flat bones that run along these lines."""
    along = np.empty_like(lines)
    along[:, 1:-1] = lines[:, 2:] - lines[:, :-2]
    along[:, 0], along[:, -1] = lines[:, 1] - lines[:, 0], lines[:, -1] - lines[:, -2]
    across = along[..., ::-1] * [-1.0, 1.0]
    across *= width / 2 / np.maximum(np.hypot(across[..., 0], across[..., 1])[..., None], 1e-6)
    return lines + across, lines - across


def _draw_shoulders(layout: ChestLayout) -> list[UInt8[np.ndarray, "size size"]]:
    """Draw clavicles, shoulder blades and arms, a layer each."""
    film, anatomy, height = layout.film, layout.anatomy, layout.height
    width = anatomy.half_width
    standing = layout.pose.view == "PA"
    both = np.array([[[-1.0, 1.0]], [[1.0, 1.0]]])
    turn = layout.parallax(8.0)
    inner = np.array([[turn - 17.0, 0.125 * height], [turn + 17.0, 0.125 * height]])
    outer = np.array([1.17 * width, 0.06 * height - anatomy.clavicle_rise]) * both[:, 0]
    share = np.linspace(0, 1, 16)[:, None]
    lines = inner[:, None] + (outer - inner)[:, None] * share
    lines[..., 1] -= 8 * np.sin(2 * np.pi * share[:, 0]) * (0.5 + 0.5 * share[:, 0])
    clavicles = film.blank()
    _draw_bars(layout, clavicles, lines, 11.5, 100, 150)
    film.fill(clavicles, _ellipses(inner, 7.0, 8.0), 112)

    # Shoulder blades are turned out of the lungs in PA; they lie over them in AP.
    socket = np.array([width * 1.24, 0.06 * height])
    medial = width * (0.99 if standing else 0.84)
    blade = np.array(
        [
            [width * 1.06, 0.02 * height],
            [medial + 0.02 * width, 0.10 * height],
            [medial, 0.24 * height],
            [medial + 0.02 * width, 0.38 * height],
            [medial + 0.08 * width, 0.52 * height],
            [medial + 0.13 * width, 0.55 * height],
            [medial + 0.18 * width, 0.46 * height],
            [socket[0] - 16, socket[1] + 48],
            [socket[0] - 6, socket[1] + 20],
            socket,
        ]
    )
    blades = film.blank()
    film.fill(blades, blade * both, 26)
    film.stroke(blades, blade[1:9] * both, 58, 2.2)
    crest = np.array([blade[0] + np.array([0, 14]), socket + np.array([12, -26])])
    film.stroke(blades, crest * both, 60, 7.0)

    head = socket + np.array([22, 4])
    angle = np.radians(anatomy.arm_angle)
    shaft = head + np.array([np.sin(angle), np.cos(angle)]) * np.linspace(12, 280, 4)[:, None]
    arms = film.blank()
    _draw_bars(layout, arms, shaft * both, 23.0, 90, 165)
    film.fill(arms, _ellipses(head * both[:, 0], 23.0, 24.0), 115)
    return [clavicles, blades, arms]


def _draw_bars(
    layout: ChestLayout,
    layer: UInt8[np.ndarray, "size size"],
    lines: Float[np.ndarray, "lines points 2"],
    width: float,
    body: int,
    edge: int,
) -> None:
    """Draw bones that run along these lines: filled, with denser rims."""
    upper, lower = _rims(lines, width)
    layout.film.fill(layer, np.concatenate([upper, lower[:, ::-1]], axis=1), body)
    layout.film.stroke(layer, np.concatenate([upper, lower]), edge, 1.8)


def _ellipses(
    centres: Float[np.ndarray, "ellipses 2"], a: float, b: float
) -> Float[np.ndarray, "ellipses points 2"]:
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    return centres[:, None] + np.stack([a * np.cos(angle), b * np.sin(angle)], axis=1)


def draw_spine(layout: ChestLayout) -> Float[np.ndarray, "size size"]:
    """Draw vertebrae with their discs, pedicles and spinous processes, in cm of bone."""
    film = layout.film
    pitch = 0.105 * layout.height
    half = 15.5 + 3.0 * np.clip(layout.t, -0.3, 1.3)
    place = film.y / np.float32(pitch)
    place = np.abs(place - np.round(place))
    disc = step((place - 0.40) * pitch, max(3.0, film.pixel_mm))
    plate = np.exp(-((((place - 0.37) * pitch) / 1.6) ** 2))
    near = np.abs(film.x - layout.spine.mean()) < 60
    columns = film.x[:, near[0]]
    across = (columns - layout.spine) / half
    column = 1 - np.clip(across, -1, 1) ** 6
    rim = np.exp(-(((np.abs(across) - 0.93) / 0.11) ** 2))
    bone = np.zeros((film.size, film.size), np.float32)
    # The belly's bulk hides the lower spine.
    bone[:, near[0]] = column * (0.62 - 0.22 * disc + 0.10 * plate) + 0.16 * rim * (1 - disc)
    levels = np.arange(-5, 15) * pitch
    x = np.interp(levels, film.y[:, 0], layout.spine[:, 0])
    details = film.blank()
    for side in (-1, 1):
        film.fill(details, _ellipses(np.stack([x + side * 10.5, levels - 3], 1), 3.2, 4.6), 60)
    process = x + 0.25 * layout.parallax(-10.0)
    film.fill(details, _ellipses(np.stack([process, levels + 5], 1), 2.2, 6.0), 70)
    bone += cv2.GaussianBlur(details, (3, 3), 0) * np.float32(0.32 / 60)
    return bone
