"""What lies in the lung itself: nodule, mass, consolidation, oedema and atelectasis.

Each function adds water to the lung in place and returns where the lesion lies.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float

from labelassemble_phantoms.chest_layout import ChestLayout
from labelassemble_phantoms.chest_tissue import ChestTissue
from labelassemble_phantoms.film import step
from labelassemble_phantoms.lesion_sites import LesionSites, lung_place

NODULE_MM = (5.0, 30.0)
"""Diameter of the largest nodule at severity 0 and 1."""
_NODULE_DENSITY = 1.55
"""Against water: nodules are in part calcified, and would else be lost at 128 pixels."""
MASS_MM = (31.0, 85.0)
"""Diameter of a mass at severity 0 and 1."""


def add_nodule(
    tissue: ChestTissue, layout: ChestLayout, sites: LesionSites, severity: float
) -> Bool[np.ndarray, "size size"]:
    """Add one to three round nodules."""
    film = layout.film
    ball = np.zeros((film.size, film.size), np.float32)
    largest = NODULE_MM[0] + (NODULE_MM[1] - NODULE_MM[0]) * severity
    for place, share in zip(sites.nodules, sites.nodule_size, strict=True):
        x, y = lung_place(layout, place)
        radius = max(NODULE_MM[0], largest * share) / 2
        ball += _ball(layout, x, y, radius, 1.0) * np.float32(2 * radius / 10)
    _replace_lung(tissue, ball * np.float32(_NODULE_DENSITY))
    return _where(ball, 0.35)


def add_mass(
    tissue: ChestTissue, layout: ChestLayout, sites: LesionSites, severity: float
) -> Bool[np.ndarray, "size size"]:
    """Add one large lesion with a lobed outline; slight ones are of ground glass."""
    film = layout.film
    x, y = lung_place(layout, sites.mass)
    radius = (MASS_MM[0] + (MASS_MM[1] - MASS_MM[0]) * severity) / 2
    angle = np.arctan2(film.y - np.float32(y), film.x - np.float32(x))
    outline = np.ones_like(angle)
    for order, (cosine, sine) in enumerate(sites.mass_outline, start=2):
        outline += np.float32(cosine) * np.cos(order * angle)
        outline += np.float32(sine) * np.sin(order * angle)
    body = _ball(layout, x, y, radius, outline)
    body *= tissue.lung > 0.05
    solid = min(1.0, 0.2 + 2.0 * severity)
    _replace_lung(tissue, body * np.float32(0.16 * radius * solid))
    return _where(body, 0.35)


def add_consolidation(
    tissue: ChestTissue, layout: ChestLayout, sites: LesionSites, severity: float
) -> Bool[np.ndarray, "size size"]:
    """Fill air spaces of a lobe, or of up to three patches, leaving the bronchi open."""
    film = layout.film
    cloud = _noise(sites.cloud, film.size)
    filled = np.zeros((film.size, film.size), np.float32)
    places = sites.patches if sites.patchy else sites.patches[:1]
    bronchi = film.blank()
    for index, place in enumerate(places):
        x, y = lung_place(layout, place)
        reach = (24 + 42 * severity) * (0.72 if sites.patchy else 1.0) * (0.7 if index else 1.0)
        far = ((film.x - x) / np.float32(reach)) ** 2 + (
            (film.y - y) / np.float32(0.85 * reach)
        ) ** 2
        field = 1.15 * np.exp(-far * np.sqrt(far)) + np.float32(0.22) * (cloud - 0.2) * np.exp(-far)
        if not sites.patchy:
            field *= _within_lobe(layout, sites.lobe)
        filled = np.maximum(filled, np.clip(field, 0, 1) * (float(place[0]) * film.x > 0))
        hilum = layout.hilum[int(place[0] > 0)]
        film.stroke(bronchi, _fan(hilum, np.array([x, y]), reach), 255, 2.6)
    share = filled * np.float32(min(0.92, 0.10 + 1.1 * severity))
    tissue.vessels *= 1 - share
    tissue.lung_water += share * (tissue.lung * np.float32(0.95) - tissue.lung_water)
    open_air = bronchi.astype(np.float32) * np.float32(0.7 / 255) * share * share
    tissue.lung_water -= np.minimum(open_air, 0.5 * tissue.lung_water)
    return _where(filled * (tissue.lung > 0.1 * layout.anatomy.depth_cm), 0.4)


def add_edema(
    tissue: ChestTissue, layout: ChestLayout, sites: LesionSites, severity: float
) -> Bool[np.ndarray, "size size"]:
    """Add water around the hila (a bat's wings), a mesh, and Kerley's lines at the sides.

    The vessels widen too; that is drawn with the vessels.
    """
    film, width = layout.film, layout.anatomy.half_width
    haze = np.zeros((film.size, film.size), np.float32)
    for side, (x, y) in zip((-1, 1), layout.hilum, strict=True):
        dx = (film.x - np.float32(x + side * 0.12 * width)) / np.float32(0.36 * width)
        dy = (film.y - np.float32(y + 14)) / np.float32(0.36 * layout.height)
        far = dx**2 + dy**2
        haze += np.exp(-far * np.sqrt(far)) * (side * film.x > 0)
    cloud, grain = _noise(sites.cloud, film.size), _noise(sites.grain, film.size)
    uneven = np.clip(1 + 0.16 * cloud + 0.08 * grain, 0.15, 2)
    share = haze * uneven + np.float32(0.16) * np.clip(1 + 0.5 * grain, 0, None)
    share = np.clip(share * np.float32(0.62 * severity), 0, 0.85)
    tissue.lung_water += share * (tissue.lung - tissue.lung_water)
    lines = _kerley_lines(layout, sites)
    layer = film.blank()
    film.stroke(layer, lines, 255, 1.3)
    lung = np.clip(tissue.lung * np.float32(0.25), 0, 1)
    tissue.lung_water += layer.astype(np.float32) * np.float32(0.9 * severity / 255) * lung
    return (haze > 0.45) & (tissue.lung > 0.1 * layout.anatomy.depth_cm)


def add_atelectasis(
    tissue: ChestTissue, layout: ChestLayout, sites: LesionSites, severity: float
) -> Bool[np.ndarray, "size size"]:
    """Add plates: dense, nearly level bands at the base; or a collapsed lower lobe as well.

    The dome on that side stands higher; that is drawn with the layout.
    """
    film = layout.film
    layer = film.blank()
    for place, angle in zip(sites.plates, sites.plate_angle, strict=True):
        x, y = lung_place(layout, place)
        middle = np.array([x, y - 6])
        half = 22 + 24 * severity
        film.fill(layer, _plate(middle, half, 1.6 + 2.4 * severity, float(angle))[None], 255)
    plates = cv2.GaussianBlur(layer, (0, 0), max(0.45, 1.2 / film.pixel_mm)).astype(np.float32)
    plates *= tissue.lung > 0.05 * layout.anatomy.depth_cm
    water = plates * np.float32((0.15 + 2.6 * severity) / 255)
    mask = _where(plates, 0.4)
    if sites.lobar_collapse:
        side = float(sites.plates[0, 0])
        border = layout.heart_left if side > 0 else -layout.heart_right
        depth = (film.y - np.float32(0.55 * layout.height)) / np.float32(0.5 * layout.height)
        edge = border * np.float32(0.7) + np.float32(34) * np.clip(depth, 0, 1.2)
        wedge = step(edge - side * film.x, 9.0) * np.clip(1.6 * depth, 0, 1) * (side * film.x > 0)
        water += wedge * tissue.lung * np.float32(0.75 * min(1.0, 0.1 + severity))
        mask |= (wedge > 0.4) & (tissue.lung > 0.06 * layout.anatomy.depth_cm)
    _replace_lung(tissue, water)
    return mask


def _ball(
    layout: ChestLayout,
    x: float,
    y: float,
    radius: float,
    outline: Float[np.ndarray, "size size"] | float,
) -> Float[np.ndarray, "size size"]:
    """Return the path through a ball against its diameter, softened to the pixel."""
    film = layout.film
    radius = max(radius, 0.6 * film.pixel_mm)
    far = np.sqrt((film.x - np.float32(x)) ** 2 + (film.y - np.float32(y)) ** 2)
    far = far / (np.float32(radius) * np.float32(1.0) * outline)
    soft = np.float32(0.5 * film.pixel_mm / radius)
    path: Float[np.ndarray, "size size"] = np.sqrt(np.clip(1 + soft - far**2, 0, 1))
    return path.astype(np.float32)


def _replace_lung(tissue: ChestTissue, water: Float[np.ndarray, "size size"]) -> None:
    """Put solid tissue in the place of lung: never more than there is room for."""
    room = np.maximum(tissue.lung - tissue.lung_water, 0)
    tissue.lung_water += np.minimum(water, room)


def _where(field: Float[np.ndarray, "size size"], share: float) -> Bool[np.ndarray, "size size"]:
    highest = float(field.max())
    return field > share * highest if highest > 0 else np.zeros(field.shape, bool)


def _noise(coarse: Float[np.ndarray, "side side"], size: int) -> Float[np.ndarray, "size size"]:
    return cv2.resize(coarse.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)


def _within_lobe(layout: ChestLayout, lobe: int) -> Float[np.ndarray, "size 1"]:
    """Cut a lobe off at its fissure: upper lobes end below, the middle lobe above."""
    edge = 6.0
    if lobe in (0, 3):
        return step(np.float32(0.54 * layout.height) - layout.film.y, edge)
    if lobe == 1:
        return step(layout.film.y - np.float32(0.58 * layout.height), edge)
    return np.ones_like(layout.film.y)


def _fan(
    start: Float[np.ndarray, "2"], end: Float[np.ndarray, "2"], reach: float
) -> Float[np.ndarray, "lines points 2"]:
    """Return a few lines that run from the hilum into the lesion and part there."""
    spread = np.array([-0.55, -0.2, 0.2, 0.55])[:, None]
    across = (end - start)[::-1] * [-1, 1]
    across = across / max(float(np.hypot(*across)), 1.0)
    onward = end + (end - start) * 0.25
    near = start + (end - start) * 0.55 + 0.35 * reach * spread * across
    return np.stack(
        [np.broadcast_to(start, (4, 2)), near, onward + reach * spread * across], axis=1
    )


def _plate(
    middle: Float[np.ndarray, "2"], half: float, thick: float, angle: float
) -> Float[np.ndarray, "points 2"]:
    """Return the outline of a bowed band with pointed ends."""
    share = np.linspace(-1, 1, 11)
    bow = -0.09 * half * (1 - share**2)
    edge = thick * np.sqrt(1 - share**2)
    x = np.concatenate([share, share[::-1]]) * half
    y = np.concatenate([bow - edge, (bow + edge)[::-1]])
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.asarray(middle + np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=1))


def _kerley_lines(layout: ChestLayout, sites: LesionSites) -> Float[np.ndarray, "lines points 2"]:
    height = np.linspace(0.66, 1.08, 8)
    wall = np.interp(height, layout.t[:, 0], layout.cage[:, 0])
    lines = []
    for side, shift in zip((-1, 1), sites.grain[:2], strict=True):
        y = height * layout.height + 3 * shift[:8]
        length = 13 + 3 * shift[8:16]
        outer = np.stack([side * (wall - 3), y], axis=1)
        inner = np.stack([side * (wall - 3 - length), y + 1.5], axis=1)
        lines.append(np.stack([outer, inner], axis=1))
    return np.concatenate(lines)
