"""Which lesions a person has, how large they are, where they lie, and how well they are seen.

Sizes are lognormal, cut at `DIAMETER_MM`'s ends. Medians are typical of series: ductal
adenocarcinomas are found at about 3 cm, most neuroendocrine tumours at under 2 cm, cysts seen by
chance at 1 to 2 cm. They are not fitted to any one collection.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

LESIONS: tuple[str, ...] = ("pdac", "pancreatic_cyst", "pannet")
"""Names as in the abdominal CT vocabulary; the order of masks."""

DIAMETER_MM: Mapping[str, tuple[float, float, float, float]] = {
    "pdac": (8.0, 30.0, 60.0, 0.38),
    "pancreatic_cyst": (5.0, 15.0, 60.0, 0.55),
    "pannet": (5.0, 17.0, 60.0, 0.55),
}
"""Least, median and largest diameter in mm, and the spread of its logarithm."""

ISOATTENUATING: tuple[float, float] = (0.27, 0.11)
"""Share of ductal adenocarcinomas up to 20 mm, and of larger ones, that are as bright as the
pancreas. Over all sizes about 14 %, as in the series that `attenuation` names."""
_UNSEEN_DUCT = 0.12
"""Share of ductal adenocarcinomas that leave the duct open."""
_SPACE_MM = 170.0
"""About the length of a pancreas: keeps two lesions apart."""


@dataclass(frozen=True)
class LesionPlan:
    """A lesion as the person has it, whichever scanner looks."""

    kind: str
    """One of `LESIONS`."""
    place: float
    """0 at the lower end of the head, 1 at the tip of the tail."""
    diameter_mm: float
    """Diameter of the ball of the same volume."""
    contrast: float
    """Against the typical difference from the pancreas: 1 typical, 0 none. For cysts, HU."""
    aside: Float[np.ndarray, "3"]
    """Unit vector: where it bulges to if it is larger than the gland."""
    stretch: Float[np.ndarray, "3"]
    """Half axes against the radius; their product is 1."""
    relief: Float32[np.ndarray, "11 11 11"]
    """Random numbers of its outline and texture."""
    balls: Float[np.ndarray, "balls 4"]
    """Cysts: centre and radius of each chamber, in radii of the whole; their volume is a ball's."""
    obstruction: float
    """How far it shuts the pancreatic duct, 0 to 1."""
    core: float
    """Share of the radius that has died off and is fluid (neuroendocrine tumours)."""
    calcified: bool
    """A speck of calcium in the middle."""


def sample_lesions(
    generator: np.random.Generator, frequency: Mapping[str, float]
) -> tuple[LesionPlan, ...]:
    """Draw a person's lesions.

    Args:
        generator: the person's.
        frequency: lesion to the share of people, 0 to 1, who have one or more; 0 if not named.

    >>> plans = sample_lesions(np.random.default_rng(0), {"pdac": 1.0})
    >>> [plan.kind for plan in plans]
    ['pdac']
    """
    plans: list[LesionPlan] = []
    for kind in LESIONS:
        more = {"pdac": 0.0, "pancreatic_cyst": 0.3, "pannet": 0.08}[kind]
        count = int(generator.random() < frequency.get(kind, 0.0))
        if count:
            count += int(generator.random() < more) + int(generator.random() < more / 3)
        for _ in range(count):
            plan = _draw_lesion(generator, kind)
            if all(_apart(plan, other) for other in plans):
                plans.append(plan)
    return tuple(plans)


def draw_diameter(generator: np.random.Generator, kind: str) -> float:
    """Draw the diameter, mm, of a lesion of this kind."""
    least, median, largest, spread = DIAMETER_MM[kind]
    while True:
        diameter = float(median * np.exp(spread * generator.standard_normal()))
        if least <= diameter <= largest:
            return diameter


def _apart(one: LesionPlan, other: LesionPlan) -> bool:
    gap = abs(one.place - other.place) * _SPACE_MM
    return gap > (one.diameter_mm + other.diameter_mm) / 2 + 5


def _draw_lesion(generator: np.random.Generator, kind: str) -> LesionPlan:
    diameter = draw_diameter(generator, kind)
    if kind == "pdac" and generator.random() < 0.65:
        place = float(generator.uniform(0.13, 0.36))
    else:
        place = float(generator.uniform(0.15, 0.95))
    iso = generator.random() < ISOATTENUATING[0 if diameter <= 20 else 1]
    if kind == "pdac":
        contrast = generator.uniform(0.0, 0.2) if iso else generator.uniform(0.6, 1.35)
    elif kind == "pannet":
        contrast = generator.uniform(0.15, 0.35) if iso else generator.uniform(0.6, 1.5)
    else:
        contrast = float(np.clip(10 + 4 * generator.standard_normal(), 1, 19))
    aside = generator.standard_normal(3) * [0.6, 0.5, 0.6] + [0, 1.1, 0]
    stretch = np.exp(0.12 * np.clip(generator.standard_normal(3), -2, 2))
    obstruction = float(generator.uniform(0.35, 1.0) * (generator.random() >= _UNSEEN_DUCT))
    core = float(generator.uniform(0.35, 0.6) * (generator.random() < 0.5) * (diameter > 28))
    return LesionPlan(
        kind=kind,
        place=place,
        diameter_mm=diameter,
        contrast=float(contrast),
        aside=aside / np.linalg.norm(aside),
        stretch=stretch / np.cbrt(np.prod(stretch)),
        relief=generator.standard_normal((11, 11, 11), dtype=np.float32),
        balls=_draw_balls(generator, diameter),
        obstruction=obstruction if kind == "pdac" else 0.0,
        core=core if kind == "pannet" else 0.0,
        calcified=bool(generator.random() < 0.12) and kind == "pannet",
    )


def _draw_balls(generator: np.random.Generator, diameter: float) -> Float[np.ndarray, "balls 4"]:
    """One chamber, or some that overlap: large cysts have more."""
    count = 1 + int(generator.poisson(np.clip((diameter - 8) / 20, 0, 2)))
    centres = generator.standard_normal((count, 3))
    centres *= 0.55 / np.linalg.norm(centres, axis=1, keepdims=True)
    radius = generator.uniform(0.55, 0.75, count)
    if count == 1:
        centres[:], radius[:] = 0, 1
    # Measured on a lattice, then scaled to the volume of a ball of radius 1.
    axis = np.linspace(-1.4, 1.4, 29)
    at = np.stack(np.meshgrid(axis, axis, axis), axis=-1)
    away = np.linalg.norm(at[..., None, :] - centres, axis=-1) - radius
    volume = (away.min(axis=-1) < 0).sum() * (axis[1] - axis[0]) ** 3
    scale = np.cbrt(4 / 3 * np.pi / volume)
    return np.asarray(np.concatenate([centres, radius[:, None]], axis=1) * scale)
