"""From tissue to signal: Beer-Lambert's law, scatter, quantum noise and the logarithm."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float

from labelassemble_phantoms.chest_tissue import ChestTissue

WATER_PER_CM = 0.19
"""Attenuation of water and soft tissue at about 70 keV mean energy, 1/cm."""
BONE_PER_CM = 0.48
"""Attenuation of bone at the same energy, 1/cm; bone displaces soft tissue."""


@dataclass(frozen=True)
class Beam:
    """The tube, the grid and the detector."""

    scatter: float = 0.10
    """Scattered rays that arrive, against single scattering in the patient; a grid halves it."""
    quanta: float = 40_000.0
    """Quanta a pixel of 1 mm² that would arrive without a patient."""
    electronic: float = 6.0
    """Standard deviation of the electronics' noise, in quanta a pixel."""
    blur_mm: float = 0.3
    """Standard deviation of focus and detector blur, in mm."""


def attenuate(tissue: ChestTissue) -> Float[np.ndarray, "size size"]:
    """Sum thickness times attenuation along the beam (no unit; 0 is open air)."""
    water = tissue.wall + tissue.lung_water + tissue.vessels
    line = np.float32(WATER_PER_CM) * water
    line += np.float32(BONE_PER_CM - WATER_PER_CM) * tissue.bone
    return np.asarray(line)


def expose(
    attenuation: Float[np.ndarray, "size size"],
    beam: Beam,
    pixel_mm: float,
    generator: np.random.Generator,
) -> Float[np.ndarray, "size size"]:
    """Make the detector's signal: minus the logarithm of the share of quanta that arrive.

    Quantum noise is Gaussian with the Poisson variance, which holds above some 20 quanta.
    """
    primary = np.exp(-attenuation)
    small = cv2.resize(attenuation * primary, (16, 16), interpolation=cv2.INTER_AREA)
    spread = cv2.GaussianBlur(small, (0, 0), 2.2, borderType=cv2.BORDER_REPLICATE)
    arrived = primary + np.float32(beam.scatter) * cv2.resize(
        spread, attenuation.shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    if beam.blur_mm > 0.25 * pixel_mm:
        arrived = cv2.GaussianBlur(arrived, (0, 0), beam.blur_mm / pixel_mm)
    quanta = np.float32(beam.quanta * pixel_mm**2)
    noise = generator.standard_normal(attenuation.shape, np.float32)
    variance = arrived / quanta + np.float32((beam.electronic / quanta) ** 2)
    arrived = arrived + noise * np.sqrt(variance)
    return np.asarray(-np.log(np.maximum(arrived, np.float32(1e-5))))
