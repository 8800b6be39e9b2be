"""What lies between lung and ribs: fluid (effusion) and air (pneumothorax)."""

import numpy as np
from jaxtyping import Bool

from labelassemble_phantoms.chest_layout import ChestLayout
from labelassemble_phantoms.chest_tissue import ChestTissue
from labelassemble_phantoms.film import step
from labelassemble_phantoms.lesion_sites import LesionSites

_HIGHEST_MM = 195.0
"""Height of the fluid above the costophrenic angle at severity 1."""
_WIDEST_MM = 50.0
"""Gap between the top of the lung and the ribs at severity 1."""


def add_effusion(
    tissue: ChestTissue, layout: ChestLayout, sites: LesionSites, severity: float
) -> Bool[np.ndarray, "size size"]:
    """Fill the lungs' space with fluid from below; return where it lies.

    A standing person's fluid ends in a meniscus that climbs along the ribs and blunts the
    costophrenic angle. In bed it lies behind the lung too: a veil that grows denser downwards.
    """
    film, anatomy = layout.film, layout.anatomy
    lying = layout.pose.view == "AP"
    mask = np.zeros((film.size, film.size), bool)
    for index, side in enumerate((-1, 1)):
        volume = severity * sites.effusion_share[index]
        if volume <= 0:
            continue
        lowest = layout.height + anatomy.dome_sag + (anatomy.left_dome_drop if side > 0 else 0.0)
        level = lowest - _HIGHEST_MM * volume**1.15
        from_ribs = np.clip(layout.cage - side * film.x, 0, None)
        climb = (38 * min(1.0, 3 * volume)) * np.exp(from_ribs * np.float32(-1 / 24))
        border = layout.heart_left if side > 0 else -layout.heart_right
        from_heart = np.clip(side * film.x - border, 0, None)
        climb += np.float32(9 * min(1.0, 2 * volume)) * np.exp(from_heart * np.float32(-1 / 10))
        depth = film.y - (np.float32(level) - climb)
        share = step(depth, 52.0 if lying else 20.0) * np.float32(0.96)
        if lying:
            veil = np.clip(layout.t * np.float32(0.9) - np.float32(0.1), 0, 0.9)
            share = np.maximum(share, veil * np.float32(0.55 * min(1.0, 1.3 * volume)))
        share = share * (side * film.x > 0)
        space = tissue.lung * share
        mask |= (share > 0.4) & (tissue.lung > 0.06 * anatomy.depth_cm)
        tissue.lung_water += space - tissue.lung_water * share
        tissue.vessels *= 1 - share
    return mask


def add_pneumothorax(
    tissue: ChestTissue, layout: ChestLayout, sites: LesionSites, severity: float
) -> Bool[np.ndarray, "size size"]:
    """Let the lung fall away from the ribs; return where only air is left.

    The gap is widest at the top. Its edge is the visceral pleura: a thin dense line with no
    vessels outside it. The lung within is denser by what it lost in volume.
    """
    film, side = layout.film, sites.pneumothorax_side
    gap = _WIDEST_MM * severity**1.2
    narrowing = np.clip(1.15 - layout.t, 0.22, 1.2)
    inside = layout.cage * np.float32(0.985) - np.float32(gap) * narrowing - side * film.x
    below_top = film.y - layout.tip - np.float32(1.25 * gap)
    # Distance to the lung's new edge, positive in the lung; the corner is rounded.
    inward = np.minimum(inside, below_top)
    rounding = np.float32(0.6 * gap + 2)
    both = np.clip(rounding - inside, 0, None) ** 2 + np.clip(rounding - below_top, 0, None) ** 2
    inward = np.where(inward < rounding, rounding - np.sqrt(both), inward)
    own_side = side * film.x > 0
    air = step(-inward, max(1.2, film.pixel_mm)) * own_side
    line_mm = max(0.9, 0.5 * film.pixel_mm)
    pleura = np.exp(-((inward / np.float32(line_mm)) ** 2)) * own_side
    mask = (air > 0.5) & (tissue.lung > 0.08 * layout.anatomy.depth_cm)
    lost = np.float32(1 + 0.8 * severity) * own_side + ~own_side
    tissue.lung_water *= np.clip(lost, 1, None) * (1 - air * np.float32(0.9))
    tissue.vessels *= 1 - air
    edge = np.clip(tissue.lung * np.float32(0.6), 0, 1)
    tissue.lung_water = np.minimum(tissue.lung_water, np.float32(0.8) * tissue.lung)
    tissue.lung_water += pleura * edge * np.float32(min(1.1, 0.35 + 2 * severity) * 0.8 / line_mm)
    return mask
