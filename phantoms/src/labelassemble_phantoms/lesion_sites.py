"""Where a person's lesions sit and how they are shaped, should the person have them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from labelassemble_phantoms.chest_layout import ChestLayout

_LOBES = (
    (-1, 0.50, 0.26),
    (-1, 0.28, 0.78),
    (-1, 0.60, 0.86),
    (1, 0.50, 0.28),
    (1, 0.35, 0.70),
    (1, 0.55, 0.86),
)
"""Side, place across the lung, height: right upper, middle, lower; left upper, lingula, lower."""


@dataclass(frozen=True)
class LesionSites:
    """Sides are -1 (the patient's right, the image's left) and 1; places are lung coordinates.

    Lung coordinates are (side, across, t): across 0 is the heart's border and 1 the ribs; t is 0
    at the lungs' tips and 1 at the right dome of the diaphragm.
    """

    effusion_share: tuple[float, float]
    """Fluid of the right and of the left side, against the severity; the larger is 1."""
    pneumothorax_side: int
    nodules: Float[np.ndarray, "nodules 3"]
    nodule_size: Float[np.ndarray, " nodules"]
    """Size of each nodule against the largest, which is 1."""
    mass: Float[np.ndarray, "3"]
    mass_outline: Float[np.ndarray, "4 2"]
    """Cosine and sine of the outline's first four harmonics from the second on."""
    lobe: int
    """0 to 5: right upper, middle, lower; left upper, lingula, lower."""
    patches: Float[np.ndarray, "patches 3"]
    patchy: bool
    """Consolidation in patches (true) or in one lobe."""
    plates: Float[np.ndarray, "plates 3"]
    plate_angle: Float[np.ndarray, " plates"]
    """Radians against the level."""
    lobar_collapse: bool
    """Atelectasis of a whole lower lobe besides the plates."""
    cloud: Float[np.ndarray, "24 24"]
    """Coarse noise, standard normal, that makes soft lesions uneven."""
    grain: Float[np.ndarray, "64 64"]
    """Fine noise, standard normal: the lungs' texture and the mesh of oedema."""


def draw_sites(generator: np.random.Generator) -> LesionSites:
    """Draw the places and shapes of all findings that a person could come to have."""

    def places(count: int, low: float, high: float) -> Float[np.ndarray, "places 3"]:
        side = generator.choice([-1.0, 1.0], count)
        across = generator.uniform(0.2, 0.85, count)
        return np.stack([side, across, generator.uniform(low, high, count)], axis=1)

    # Fluid of heart failure lies on both sides, more on the right.
    kind = generator.random()
    if kind < 0.45:
        share = (1.0, float(generator.uniform(0.35, 1.0)))
    else:
        share = (1.0, 0.0) if kind < 0.75 else (0.0, 1.0)
    count = int(generator.integers(1, 4))
    plates = places(2, 0.66, 0.93)
    plates[1, 0] = plates[0, 0]
    plates[:, 1] = 0.35 + 0.3 * plates[:, 1]
    plate_count = int(generator.integers(1, 3))
    lobe = int(generator.integers(len(_LOBES)))
    patches = np.array([_LOBES[lobe], *places(2, 0.3, 0.9)])
    patches[1:, 0] = np.where(generator.random(2) < 0.6, patches[0, 0], patches[1:, 0])
    return LesionSites(
        effusion_share=share,
        pneumothorax_side=int(generator.choice([-1, 1])),
        nodules=places(count, 0.12, 0.88),
        nodule_size=np.concatenate([[1.0], generator.uniform(0.55, 1.0, count - 1)]),
        mass=places(1, 0.15, 0.8)[0],
        mass_outline=generator.standard_normal((4, 2)) * [[0.08], [0.05], [0.03], [0.025]],
        lobe=lobe,
        patches=patches,
        patchy=bool(generator.random() < 0.5),
        plates=plates[:plate_count],
        plate_angle=generator.uniform(-0.38, 0.38, plate_count),
        lobar_collapse=bool(generator.random() < 0.3),
        cloud=generator.standard_normal((24, 24)),
        grain=generator.standard_normal((64, 64)),
    )


def lung_place(layout: ChestLayout, place: Float[np.ndarray, "3"]) -> tuple[float, float]:
    """Turn lung coordinates into (x, y) in mm; always inside that lung's visible part.

    Raised domes and large hearts push the place up and outwards.
    """
    side, across, t = (float(number) for number in place)
    rows = layout.t[:, 0]
    cage = float(np.interp(t, rows, layout.cage[:, 0]))
    border = layout.heart_left if side > 0 else layout.heart_right
    inner = min(max(side * float(np.interp(t, rows, border[:, 0])), 0.2 * cage), 0.8 * cage)
    x = side * (inner + across * (0.95 * cage - inner))
    floor = float(np.interp(x, layout.film.x[0], layout.dome[0]))
    return x, min(t * layout.height, floor - 10)
