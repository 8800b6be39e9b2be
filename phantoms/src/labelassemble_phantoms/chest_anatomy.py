"""One person's chest: sizes, shapes and vessels, all that stays the same between visits."""

from dataclasses import dataclass

import numpy as np

from labelassemble_phantoms.lung_vessels import VesselTree, grow_vessels


@dataclass(frozen=True)
class ChestAnatomy:
    """Sizes of one person's chest, in mm unless said otherwise."""

    sex: str
    """"F" or "M"."""
    age: float
    """Years."""
    habitus: float
    """Body mass index, kg/m²: 16 (thin) to 45 (obese)."""
    half_width: float
    """Midline to the ribs' inner side where the chest is widest."""
    lung_height: float
    """Lungs' tips to the right dome of the diaphragm at full inspiration."""
    depth_cm: float
    """Front to back of the lungs."""
    wall_cm: float
    """Soft tissue in front of and behind the lungs, together."""
    flank: float
    """Soft tissue beside the ribs."""
    breast_cm: float
    """Thickness of the breasts; 0 for most men."""
    breast_drop: float
    """Height of the breasts' centres below the lungs' tips, as a share of the lung height."""
    heart: float
    """Width of the heart against the mean of healthy people."""
    knob: float
    """Prominence of the aortic knob, 0 to 2; grows with age."""
    left_dome_drop: float
    """How much lower the left dome of the diaphragm stands."""
    dome_sag: float
    """How deep the outer costophrenic angles lie below the domes."""
    spine_bow: float
    """Sideways bow of the spine, plus or minus."""
    rib_drop: float
    """Slope of the ribs against the mean."""
    rib_width: float
    clavicle_rise: float
    """How much the outer end of the clavicles stands above the inner end."""
    bone: float
    """Density of bone against the mean."""
    gas: float
    """Size of the gastric bubble, 0 (none) to 1."""
    arm_angle: float
    """Angle of the arms away from the body, degrees."""
    vessels: VesselTree


def draw_chest_anatomy(generator: np.random.Generator, sex: str, age: float) -> ChestAnatomy:
    """Draw the chest of a person of this sex and age (years).

    Widths and heights follow adult means with a spread of about 6 %.
    """
    woman = sex == "F"
    habitus = float(np.clip(16 + generator.gamma(3.6, 2.8), 16.5, 45))
    excess = (habitus - 25) / 10
    stature = 1 + 0.05 * generator.standard_normal()
    old = np.clip((age - 20) / 60, 0, 1.1)
    return ChestAnatomy(
        sex=sex,
        age=age,
        habitus=habitus,
        half_width=float((130 if woman else 142) * (stature + 0.04 * generator.standard_normal())),
        lung_height=float(
            (205 if woman else 226)
            * (stature + 0.05 * generator.standard_normal())
            * (1 - 0.05 * max(excess, 0))
        ),
        depth_cm=float((14.5 if woman else 16.5) * (1 + 0.06 * generator.standard_normal())),
        wall_cm=float(np.clip(6.0 + 3.2 * excess + 0.6 * generator.standard_normal(), 3.2, 14)),
        flank=float(np.clip(26 + 16 * excess + 3 * generator.standard_normal(), 12, 70)),
        breast_cm=float(np.clip(2.0 + 1.6 * excess + 0.7 * generator.standard_normal(), 0.3, 6))
        if woman
        else float(max(0.0, 0.7 * excess)),
        breast_drop=float(0.86 + 0.16 * old + 0.07 * generator.standard_normal()),
        heart=float(1 + 0.07 * generator.standard_normal() + 0.05 * (old - 0.5)),
        knob=float(np.clip(0.5 + 0.8 * old + 0.2 * generator.standard_normal(), 0.2, 2)),
        left_dome_drop=float(np.clip(11 + 4 * generator.standard_normal(), 0, 24)),
        dome_sag=float(np.clip(50 + 8 * generator.standard_normal(), 30, 70)),
        spine_bow=float((2 + 5 * old) * generator.standard_normal()),
        rib_drop=float(np.clip(1 + 0.15 * generator.standard_normal(), 0.6, 1.4)),
        rib_width=float(10.5 + 0.8 * generator.standard_normal()),
        clavicle_rise=float(18 + 9 * generator.standard_normal()),
        bone=float((0.95 if woman else 1.08) * (1.1 - 0.3 * old)),
        gas=float(generator.random() * (generator.random() < 0.65)),
        arm_angle=float(generator.uniform(4, 28)),
        vessels=grow_vessels(generator),
    )
