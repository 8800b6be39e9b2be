"""One person's abdomen: sizes and shapes, all that stays the same whichever scanner looks at it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from labelassemble_phantoms.abdominal_ct.layout import Bend, draw_bend
from labelassemble_phantoms.abdominal_ct.smooth_field import SmoothField, draw_field

SPINE_Y = -50.0
"""Axis of the vertebral bodies, mm; the origin lies in front of it."""


@dataclass(frozen=True)
class Sphere:
    """A round cyst outside the pancreas, or an accessory spleen."""

    centre_mm: tuple[float, float, float]
    """In the anatomy's coordinates."""
    radius_mm: float
    organ: str
    """liver, kidney or spleen."""


@dataclass(frozen=True)
class AbdominalAnatomy:
    """Sizes of one person's abdomen, in mm unless said otherwise."""

    sex: str
    """"F" or "M"."""
    age: float
    """Years."""
    habitus: float
    """Body mass index, kg/m²: 17 (thin) to 42 (obese)."""
    stature: float
    """Size of organs against the mean of adults."""
    half_width: float
    """Midline to the inner side of the wall, where the abdomen is widest."""
    front: float
    """Origin to the inner side of the front wall."""
    back: float
    """Origin to the inner side of the back wall."""
    wall: float
    """Muscle of the side wall."""
    fat_side: float
    """Fat under the skin of the sides."""
    fat_front: float
    fat_back: float
    dome: float
    """Height above the origin at which the diaphragm begins to close."""
    liver: float
    """Size of the liver against the mean."""
    left_lobe: float
    """How far the liver reaches to the left of the midline."""
    spleen: float
    """Size of the spleen against the mean."""
    kidney_drop: tuple[float, float]
    """Height of the middle of the right and the left kidney."""
    stomach: float
    """Radius of the stomach."""
    gas: float
    """Height of the fluid's surface in stomach and colon: -1 all gas, 1 all fluid."""
    oral_hu: float
    """Attenuation of what the stomach holds, HU."""
    disc_height: float
    """Height of the first disc's middle."""
    bone: float
    """Density of bone against that at 60 years."""
    kink: Float[np.ndarray, "7 3"]
    """Shift of the seven points that the pancreas is laid through."""
    plumpness: Float[np.ndarray, "7"]
    """Radius of the pancreas there, against the mean."""
    fattiness: float
    """How much fat lies between the lobules of the pancreas, 0 to 1."""
    duct: float
    """Diameter of the pancreatic duct in the body."""
    loops: Float[np.ndarray, "4 9 3"]
    """Way of four loops of jejunum, as shares of the room that they lie in."""
    colon: Float[np.ndarray, "6 3"]
    """Shift of the six points that the transverse colon is laid through."""
    twigs: Float[np.ndarray, "24 5"]
    """Direction (3), start and length of twigs of the mesenteric vessels, standard normal."""
    splenic_wave: Float[np.ndarray, "2"]
    """Amplitude and phase of the bends of the splenic artery."""
    balls: tuple[Sphere, ...]
    """Cysts of liver and kidneys, accessory spleens: round things that are no pancreatic lesion."""
    bend: Bend
    lobules: SmoothField
    """Relief of the pancreas."""
    grain: SmoothField
    """Coarse texture of all soft tissue."""


def draw_abdomen(generator: np.random.Generator, sex: str, age: float) -> AbdominalAnatomy:
    """Draw the abdomen of a person of this sex and age (years)."""

    def spread(share: float) -> float:
        return share * float(np.clip(generator.standard_normal(), -2.2, 2.2))

    woman = sex == "F"
    habitus = float(np.clip(17 + generator.gamma(4.0, 2.4), 17.5, 42))
    excess = (habitus - 25) / 10
    stature = (0.96 if woman else 1.03) * (1 + spread(0.045))
    # Men store fat inside, women under the skin.
    inside, under = (0.8, 1.3) if woman else (1.25, 0.85)
    old = float(np.clip((age - 40) / 40, 0, 1.2))
    half_width = 125 * stature + 15 * excess * inside + spread(4.0)
    front = 74 * stature + 25 * excess * inside + spread(5.0)
    return AbdominalAnatomy(
        sex=sex,
        age=age,
        habitus=habitus,
        stature=stature,
        half_width=half_width,
        front=max(front, 58.0),
        back=87 * stature + 4 * excess,
        wall=float(np.clip(13 - 2.5 * old + spread(1.5), 7, 18)),
        fat_side=float(np.clip((17 + 15 * excess) * under + spread(3.0), 4, 60)),
        fat_front=float(np.clip((17 + 18 * excess) * under + spread(4.0), 3, 70)),
        fat_back=float(np.clip((15 + 12 * excess) * under + spread(3.0), 4, 60)),
        dome=48 + spread(8.0),
        liver=1 + spread(0.07),
        left_lobe=68 + spread(16.0),
        spleen=1 + spread(0.13),
        kidney_drop=(-24 + spread(9.0), -10 + spread(9.0)),
        stomach=25 + spread(5.0),
        gas=float(generator.uniform(-0.5, 0.8)),
        oral_hu=float(generator.uniform(0, 25) if generator.random() < 0.8 else 220 + spread(60.0)),
        disc_height=float(generator.uniform(-17, 17)),
        bone=float(np.clip(1.15 - 0.35 * old + spread(0.12), 0.5, 1.5)),
        kink=np.clip(generator.standard_normal((7, 3)), -2, 2) * [4.0, 4.0, 5.0],
        plumpness=(1.1 - 0.22 * old) * (1 + 0.1 * np.clip(generator.standard_normal(7), -2, 2)),
        fattiness=float(np.clip(0.12 + 0.35 * old + 0.15 * excess + spread(0.15), 0, 0.9)),
        duct=float(np.clip(1.7 + 0.6 * old + spread(0.4), 1.0, 3.2)),
        loops=generator.uniform(0, 1, (4, 9, 3)),
        colon=np.clip(generator.standard_normal((6, 3)), -2, 2) * [8.0, 6.0, 12.0],
        twigs=generator.standard_normal((24, 5)),
        splenic_wave=np.array([3 + 5 * old * generator.random(), generator.uniform(0, 6.28)]),
        balls=_draw_balls(generator, half_width, stature, old),
        bend=draw_bend(generator),
        lobules=draw_field(generator, 5.0, (-120.0, -60.0, -75.0), (80.0, 90.0, 85.0)),
        grain=draw_field(generator, 9.0, (-200.0, -160.0, -130.0), (200.0, 190.0, 150.0)),
    )


def _draw_balls(
    generator: np.random.Generator, half_width: float, stature: float, old: float
) -> tuple[Sphere, ...]:
    """Cysts grow more frequent with age: of a kidney in a third, of the liver in a fifth."""
    balls = []
    for _ in range(generator.poisson(0.15 + 0.45 * old)):
        side = float(generator.choice([-1, 1]))
        turn, height = generator.uniform(0, 6.28), generator.uniform(-35, 30)
        x = side * (64 + 24 * np.cos(turn)) * stature
        y = (-45 + 24 * np.sin(turn)) * stature
        radius = float(np.clip(np.exp(2.1 + 0.5 * generator.standard_normal()), 3.5, 28))
        balls.append(Sphere((x, float(y), float(height - 15)), radius, "kidney"))
    for _ in range(generator.poisson(0.1 + 0.25 * old)):
        x = generator.uniform(0.4, 0.85) * half_width
        y, z = generator.uniform(-40, 35), generator.uniform(10, 90)
        radius = float(np.clip(np.exp(1.9 + 0.5 * generator.standard_normal()), 3, 25))
        balls.append(Sphere((float(x), float(y), float(z)), radius, "liver"))
    if generator.random() < 0.14:
        z, y = generator.uniform(20, 50), generator.uniform(-15, 5)
        radius = float(generator.uniform(4, 8))
        balls.append(Sphere((-0.66 * half_width, float(y), float(z)), radius, "spleen"))
    return tuple(balls)
