"""The hospitals: who comes to them, what their readers draw, and with which voxel values."""

from collections.abc import Mapping
from dataclasses import dataclass

from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS

LESION_WORDS: Mapping[str, str] = {
    "pdac": "PDAC lesion",
    "pancreatic_cyst": "Pancreatic cyst",
    "pannet": "PNET",
}
"""The hospitals' own words for lesions; the abdominal CT vocabulary knows them."""


@dataclass(frozen=True)
class Clinic:
    """One hospital, or the reference."""

    letters: str
    """How the names of its patients begin."""
    looked_for: tuple[str, ...]
    """Lesions that its readers draw; of the others nobody says anything."""
    values: Mapping[str, int]
    """Voxel value of each lesion; ``pancreas`` too where it is drawn."""
    frequency: Mapping[str, float]
    """Share of its patients who have each lesion, drawn or not."""
    notes: str


CLINICS: Mapping[str, Clinic] = {
    "pdac_clinic": Clinic(
        letters="PD",
        looked_for=("pdac",),
        values={"pancreas": 1, "pdac": 2, "pancreatic_cyst": 3, "pannet": 4},
        frequency={"pdac": 0.5, "pancreatic_cyst": 0.2, "pannet": 0.1},
        notes="Thin slices with a sharp kernel, most in the pancreatic phase. Draws pancreas and"
        " ductal adenocarcinomas; a fifth of the patients have cysts and a tenth neuroendocrine"
        " tumours, which nobody drew.",
    ),
    "cyst_clinic": Clinic(
        letters="CY",
        looked_for=("pancreatic_cyst",),
        values={"pancreatic_cyst": 1, "pdac": 2, "pannet": 3},
        frequency={"pdac": 0.12, "pancreatic_cyst": 0.55, "pannet": 0.1},
        notes="Slices of 5 mm with a smooth kernel, most in the portal venous phase. Draws cysts"
        " only.",
    ),
    "pannet_clinic": Clinic(
        letters="PN",
        looked_for=("pannet",),
        values={"pannet": 5, "pancreas": 8, "pdac": 6, "pancreatic_cyst": 7},
        frequency={"pdac": 0.12, "pancreatic_cyst": 0.2, "pannet": 0.5},
        notes="Noisy slices, most in the arterial or the pancreatic phase. Draws pancreas and"
        " neuroendocrine tumours.",
    ),
    "normals": Clinic(
        letters="NO",
        looked_for=LESIONS,
        values={"pancreas": 1, "pdac": 10, "pancreatic_cyst": 20, "pannet": 30},
        frequency={},
        notes="People without a lesion of the pancreas: all three were looked for. Only the"
        " pancreas is drawn.",
    ),
}
REFERENCE = Clinic(
    letters="RF",
    looked_for=LESIONS,
    values={"pancreas": 1, "pdac": 2, "pancreatic_cyst": 3, "pannet": 4},
    frequency={"pdac": 0.35, "pancreatic_cyst": 0.35, "pannet": 0.3},
    notes="Other people, scanned by each hospital in turn, with everything drawn.",
)


def find_clinic(name: str) -> Clinic:
    """Return a hospital, or the ``reference``."""
    return REFERENCE if name == "reference" else CLINICS[name]
