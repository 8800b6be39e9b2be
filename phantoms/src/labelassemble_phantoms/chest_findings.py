"""Findings in a chest: the shape they give it, the tissue they change, and where they lie."""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Bool, Float

from labelassemble_phantoms.chest_layout import ChestLayout
from labelassemble_phantoms.chest_tissue import ChestTissue
from labelassemble_phantoms.finding_model import FINDINGS, VISIBLE_SEVERITY
from labelassemble_phantoms.lesion_sites import LesionSites
from labelassemble_phantoms.lung_findings import (
    add_atelectasis,
    add_consolidation,
    add_edema,
    add_mass,
    add_nodule,
)
from labelassemble_phantoms.pleural_findings import add_effusion, add_pneumothorax

AddFinding = Callable[[ChestTissue, ChestLayout, LesionSites, float], Bool[np.ndarray, "size size"]]


def heart_growth(severity: float) -> float:
    """Return the factor on the heart's width; the cardiothoracic ratio goes from .44 to .64.

    >>> heart_growth(0.0)
    1.0
    """
    return 1.0 + 0.62 * severity


def vessel_growth(severity: float) -> float:
    """Return the factor on the vessels' width that oedema of this severity brings.

    >>> vessel_growth(0.0)
    1.0
    """
    return 1.0 + 0.55 * severity


def shape_changes(
    sites: LesionSites, severity: Float[np.ndarray, " findings"]
) -> tuple[tuple[float, float], float]:
    """Return how far the domes are raised (mm; right, left) and the mediastinum is pulled (mm).

    Lost volume pulls towards itself and raises the dome; fluid and air push away.
    """
    of = dict(zip(FINDINGS, severity.tolist(), strict=True))
    side = int(sites.plates[0, 0])
    collapse = 26.0 if sites.lobar_collapse else 11.0
    raised = [0.0, 0.0]
    raised[int(side > 0)] = collapse * of["atelectasis"]
    pull = side * of["atelectasis"] * (9.0 if sites.lobar_collapse else 2.0)
    uneven = sites.effusion_share[0] - sites.effusion_share[1]
    pull += 16.0 * uneven * max(0.0, of["effusion"] - 0.5)
    pull -= sites.pneumothorax_side * 22.0 * max(0.0, of["pneumothorax"] - 0.6)
    return (raised[0], raised[1]), pull


def add_findings(
    tissue: ChestTissue,
    layout: ChestLayout,
    sites: LesionSites,
    severity: Float[np.ndarray, " findings"],
) -> Bool[np.ndarray, "findings size size"]:
    """Change the tissue in place; return one mask a finding, empty where it is not visible.

    A lesion of the lung is not seen where fluid or air has taken the lung's place; where less
    than a quarter of it is left to see, its mask is empty.
    """
    masks = np.zeros((len(FINDINGS), layout.film.size, layout.film.size), bool)
    hidden = np.zeros(masks.shape[1:], bool)
    for name, add in _ADD.items():
        index = FINDINGS.index(name)
        amount = float(severity[index])
        if amount > 0:
            mask = add(tissue, layout, sites, amount)
            if amount > VISIBLE_SEVERITY:
                masks[index] = mask
            elif name in _PLEURAL:
                hidden |= mask
    for name in _PLEURAL:
        hidden |= masks[FINDINGS.index(name)]
    if hidden.any():
        for name in _HIDDEN_BY_PLEURAL:
            index = FINDINGS.index(name)
            seen = masks[index] & ~hidden
            enough = seen.sum() > _SEEN_SHARE * masks[index].sum()
            masks[index] = seen if enough else False
    return masks


def _find_heart(
    tissue: ChestTissue, layout: ChestLayout, sites: LesionSites, severity: float
) -> Bool[np.ndarray, "size size"]:
    """Return the heart's silhouette; its growth was drawn with the layout."""
    film = layout.film
    across = (film.x > layout.heart_right) & (film.x < layout.heart_left)
    return across & (layout.t > 0.42) & (film.y < layout.dome + np.float32(12))


_PLEURAL = ("pneumothorax", "effusion")
_HIDDEN_BY_PLEURAL = ("edema", "consolidation", "atelectasis", "nodule", "mass")
_SEEN_SHARE = 0.25

_ADD: Mapping[str, AddFinding] = {
    "cardiomegaly": _find_heart,
    "edema": add_edema,
    "consolidation": add_consolidation,
    "atelectasis": add_atelectasis,
    "nodule": add_nodule,
    "mass": add_mass,
    # Last, for they take the lung's place.
    "pneumothorax": add_pneumothorax,
    "effusion": add_effusion,
}
"""In the order in which they are drawn."""
