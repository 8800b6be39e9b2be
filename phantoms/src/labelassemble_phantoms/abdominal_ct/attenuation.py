"""Attenuation of tissues in Hounsfield units (HU), by the time after contrast medium is given.

Typical values of adults at 120 kV, rounded; every patient's differ (`draw_enhancement`). That of
pancreas and ductal adenocarcinoma follows two series: hypoattenuating tumours lay 75 ± 36 HU below
the pancreas in the pancreatic phase (Prokesch et al., Radiology 2002, PubMed 12202711), or 60 ± 25
there and 41 ± 23 in the portal venous phase (PubMed 17961951); 11 % and 14 % of the tumours were
isoattenuating, 9 ± 11 and 9 ± 4 HU away. The others are what radiology textbooks state as usual;
they are not fitted to any collection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

Phase = Literal["arterial", "pancreatic", "portal_venous"]
"""About 25 to 30, 40 to 45, and 70 seconds after injection begins."""
PHASES: tuple[Phase, ...] = ("arterial", "pancreatic", "portal_venous")

AIR_HU = -1000.0
LUNG_HU = -840.0
FAT_HU = -105.0
WATER_HU = 0.0
BILE_HU = 8.0
CYST_HU = 10.0
"""Pancreatic cysts: serous and mucinous fluid, 0 to 20."""
MARROW_HU = 170.0
"""Trabecular bone of a vertebra at 60 years, with marrow; falls with age."""
CORTEX_HU = 750.0
DISC_HU = 85.0
CALCIUM_HU = 800.0

ENHANCED_HU: Mapping[str, tuple[float, float, float]] = {
    "aorta": (330.0, 270.0, 155.0),
    "portal_vein": (70.0, 140.0, 170.0),
    "cava": (75.0, 110.0, 140.0),
    "hepatic_vein": (55.0, 75.0, 165.0),
    "liver": (62.0, 74.0, 108.0),
    "spleen": (110.0, 135.0, 120.0),
    "renal_cortex": (160.0, 190.0, 185.0),
    "renal_medulla": (50.0, 80.0, 165.0),
    "muscle": (54.0, 57.0, 62.0),
    "gut_wall": (65.0, 95.0, 85.0),
    "adrenal": (50.0, 70.0, 65.0),
    "pancreas": (85.0, 112.0, 95.0),
    "pdac": (50.0, 50.0, 55.0),
    "pannet": (145.0, 170.0, 130.0),
}
"""Tissue to HU in the phases, in the order of `PHASES`."""


@dataclass(frozen=True)
class Enhancement:
    """Attenuation of one patient's tissues in one phase."""

    phase: Phase
    hu: Mapping[str, float]
    """Keys of `ENHANCED_HU`."""


def draw_enhancement(generator: np.random.Generator, phase: Phase) -> Enhancement:
    """Draw how much a patient's tissues take up: heart, weight and timing scatter by about 12 %."""
    at = PHASES.index(phase)
    plain = 40.0
    whole = 1 + 0.10 * float(np.clip(generator.standard_normal(), -2, 2))
    hu = {}
    for tissue, values in ENHANCED_HU.items():
        own = 1 + 0.05 * float(np.clip(generator.standard_normal(), -2, 2))
        hu[tissue] = plain + (values[at] - plain) * whole * own
    # A fatty liver is darker.
    hu["liver"] -= float(generator.gamma(1.0, 8.0))
    return Enhancement(phase, hu)
