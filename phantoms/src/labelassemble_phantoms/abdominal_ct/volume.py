"""One simulated CT of the upper abdomen with its truth: what is in it, how large, and where."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int16, UInt8

from labelassemble.errors import SettingsError, unknown_name
from labelassemble_phantoms.abdominal_ct.anatomy import AbdominalAnatomy, draw_abdomen
from labelassemble_phantoms.abdominal_ct.attenuation import Phase, draw_enhancement
from labelassemble_phantoms.abdominal_ct.body import paint_body
from labelassemble_phantoms.abdominal_ct.bowel import paint_bowel
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER, ORGANS, blank_canvas
from labelassemble_phantoms.abdominal_ct.grid import lay_grid
from labelassemble_phantoms.abdominal_ct.layout import lay_out
from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS, LesionPlan, sample_lesions
from labelassemble_phantoms.abdominal_ct.lesions import DrawnLesion, number_lesions, paint_lesion
from labelassemble_phantoms.abdominal_ct.pancreas import lay_pancreas, paint_pancreas
from labelassemble_phantoms.abdominal_ct.scanner import ScannerStyle, draw_voxel_grid, scan
from labelassemble_phantoms.abdominal_ct.skeleton import paint_skeleton
from labelassemble_phantoms.abdominal_ct.solid_organs import paint_solid_organs
from labelassemble_phantoms.abdominal_ct.vessels import paint_liver_vessels, paint_vessels

SMALLEST, LARGEST = 16, 640
"""Voxels along an axis that can be drawn."""
SPACING_MM = (0.3, 20.0)
"""Sides of voxels that can be drawn."""


@dataclass(frozen=True)
class AbdominalPatient:
    """A person: one abdomen, and the lesions of the pancreas."""

    sex: str
    """"F" or "M"."""
    age: int
    """Years."""
    anatomy: AbdominalAnatomy
    lesions: tuple[LesionPlan, ...]


@dataclass(frozen=True)
class Lesion:
    """A lesion of the pancreas that lies in the scan."""

    kind: str
    """One of `LESIONS`."""
    centre_mm: tuple[float, float, float]
    """Centre of mass, in the coordinates of the affine (RAS)."""
    diameter_mm: float
    """Diameter of the ball of the lesion's volume."""
    volume_mm3: float
    """With voxels that it fills in part."""
    voxels: int
    """Voxels that bear its number."""
    contrast_hu: float
    """Lesion less pancreas, as drawn, before blur and noise."""
    obstruction: float
    """How far it shuts the pancreatic duct, 0 to 1."""


@dataclass(frozen=True)
class AbdominalCt:
    """A volume and everything that is true of it."""

    hu: Int16[np.ndarray, "x y z"]
    """Axes point to the right, the front and the head (RAS)."""
    affine: Float[np.ndarray, "4 4"]
    """From voxel numbers to mm."""
    spacing_mm: tuple[float, float, float]
    phase: Phase
    lesions: tuple[Lesion, ...]
    lesion_numbers: UInt8[np.ndarray, "x y z"]
    """0, or the number of the lesion, the first of `lesions` being 1."""
    organs: UInt8[np.ndarray, "x y z"]
    """Numbers of `canvas.ORGANS`; pancreas includes its lesions."""

    @property
    def masks(self) -> Bool[np.ndarray, "lesions x y z"]:
        """Where each kind of lesion lies, in the order of `LESIONS`."""
        return np.stack([self.mask(kind) for kind in LESIONS])

    def mask(self, kind: str) -> Bool[np.ndarray, "x y z"]:
        """Where lesions of a kind lie.

        Raises:
            SettingsError: no such kind.
        """
        _known("lesion", kind, LESIONS)
        mine = [n for n, lesion in enumerate(self.lesions, start=1) if lesion.kind == kind]
        return np.isin(self.lesion_numbers, mine)

    def organ(self, name: str) -> Bool[np.ndarray, "x y z"]:
        """Where an organ lies.

        Raises:
            SettingsError: no such organ.
        """
        _known("organ", name, ORGANS)
        return np.asarray(self.organs == ORGAN_NUMBER[name])


def draw_ct_patient(
    generator: np.random.Generator, style: ScannerStyle, frequency: Mapping[str, float]
) -> AbdominalPatient:
    """Draw a person such as come to this hospital.

    Args:
        generator: the person's.
        style: share of women and age.
        frequency: lesion to the share of people, 0 to 1, who have it; 0 for those not named.

    Raises:
        SettingsError: an unknown lesion, or a share out of range.
    """
    for kind, share in frequency.items():
        _known("lesion", kind, LESIONS)
        if not 0 <= share <= 1:
            raise SettingsError(
                "shares of people between 0 and 1", f"{kind} = {share}", "Give one in that range"
            )
    sex = "F" if generator.random() < style.woman_share else "M"
    age = int(np.clip(style.mean_age + 12 * generator.standard_normal(), 22, 92))
    anatomy = draw_abdomen(generator, sex, float(age))
    return AbdominalPatient(sex, age, anatomy, sample_lesions(generator, frequency))


def find_pancreas(patient: AbdominalPatient) -> tuple[float, float, float]:
    """Give the middle of a person's pancreas in mm, as a localiser would, whatever its lesions."""
    layout = lay_out(
        lay_grid((16, 16, 16), (20.0, 20.0, 20.0), (0.0, 0.0, 0.0)), patient.anatomy.bend
    )
    line = lay_pancreas(layout, patient.anatomy, ()).line
    middle = (line.min(axis=0) + line.max(axis=0)) / 2
    return float(middle[0]), float(middle[1]), float(middle[2])


def simulate_abdomen(
    patient: AbdominalPatient,
    style: ScannerStyle,
    shape: tuple[int, int, int],
    generator: np.random.Generator,
    spacing_mm: tuple[float, float, float] | None = None,
    centre_mm: tuple[float, float, float] | None = None,
) -> AbdominalCt:
    """Scan a person.

    The generator draws what differs between scans: phase, uptake, field, noise. The same generator
    state gives the same scan, and what it draws does not depend on the lesions: the same person
    without them, scanned with the same state, differs only by them.

    Args:
        patient: who.
        style: where.
        shape: voxels along x (to the right), y (to the front) and z (to the head), 16 to 640 each.
        generator: this scan's.
        spacing_mm: sides of a voxel, 0.3 to 20; none: as this hospital's field and shape give.
        centre_mm: middle of the scan; none: the hospital's. `find_pancreas` says where to look.

    Raises:
        SettingsError: a shape or a spacing out of range.

    >>> from labelassemble_phantoms.abdominal_ct.scanner import ORDINARY_SCANNER
    >>> generator = np.random.default_rng(0)
    >>> patient = draw_ct_patient(generator, ORDINARY_SCANNER, {"pdac": 1.0})
    >>> ct = simulate_abdomen(patient, ORDINARY_SCANNER, (48, 48, 24), generator)
    >>> ct.hu.shape, [lesion.kind for lesion in ct.lesions], bool(ct.mask("pdac").any())
    ((48, 48, 24), ['pdac'], True)
    """
    _check(shape, spacing_mm, centre_mm)
    phases = tuple(style.phases)
    chances = np.array([style.phases[phase] for phase in phases])
    phase = phases[int(generator.choice(len(phases), p=chances / chances.sum()))]
    enhancement = draw_enhancement(generator, phase)
    anatomy = patient.anatomy
    grid = draw_voxel_grid(generator, style, anatomy, shape)
    if spacing_mm is not None or centre_mm is not None:
        middle = grid.affine @ [*((np.array(shape) - 1) / 2), 1.0]
        centre = (float(middle[0]), float(middle[1]), float(middle[2]))
        grid = lay_grid(shape, spacing_mm or grid.spacing_mm, centre_mm or centre)
    layout = lay_out(grid, anatomy.bend)
    canvas = blank_canvas(layout)
    room = paint_body(canvas, anatomy, enhancement)
    paint_solid_organs(canvas, anatomy, enhancement, room)
    paint_liver_vessels(canvas, anatomy, enhancement)
    paint_bowel(canvas, anatomy, enhancement, room)
    paint_skeleton(canvas, anatomy)
    pancreas = lay_pancreas(layout, anatomy, patient.lesions)
    paint_pancreas(canvas, anatomy, enhancement, pancreas)
    drawn = []
    for plan in patient.lesions:
        lesion = paint_lesion(canvas, plan, pancreas, enhancement)
        if lesion is not None:
            drawn.append(lesion)
    paint_vessels(canvas, anatomy, enhancement, pancreas, _shut(grid.shape, drawn))
    numbers, extents = number_lesions(canvas, drawn)
    hu = scan(generator, style, anatomy, canvas)
    return AbdominalCt(
        hu=np.clip(np.rint(hu), -1024, 3071).astype(np.int16),
        affine=grid.affine,
        spacing_mm=grid.spacing_mm,
        phase=phase,
        lesions=tuple(
            Lesion(
                kind=lesion.plan.kind,
                centre_mm=extent.centre_mm,
                diameter_mm=float(np.cbrt(6 / np.pi * extent.volume_mm3)),
                volume_mm3=extent.volume_mm3,
                voxels=int((numbers == number).sum()),
                contrast_hu=lesion.contrast_hu,
                obstruction=lesion.plan.obstruction,
            )
            for number, (lesion, extent) in enumerate(zip(drawn, extents, strict=True), start=1)
        ),
        lesion_numbers=numbers,
        organs=canvas.organs,
    )


def check_shape(shape: tuple[int, int, int]) -> None:
    """Refuse shapes that cannot be drawn.

    Raises:
        SettingsError: not three numbers, or one out of range.
    """
    counts = tuple(shape)
    if len(counts) != 3 or not all(SMALLEST <= count <= LARGEST for count in counts):
        raise SettingsError(
            f"three numbers of voxels from {SMALLEST} to {LARGEST}",
            f"shape = {counts}",
            "Choose them in range",
        )


def _shut(
    shape: tuple[int, int, int], drawn: list[DrawnLesion]
) -> Float32[np.ndarray, "x y z"] | None:
    """Share of each voxel that cysts and neuroendocrine tumours fill: they push vessels away."""
    firm = [lesion for lesion in drawn if lesion.plan.kind != "pdac"]
    if not firm:
        return None
    shut = np.zeros(shape, dtype=np.float32)
    for lesion in firm:
        np.maximum(shut[lesion.box], lesion.filled, out=shut[lesion.box])
    return shut


def _known(kind: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise SettingsError(
            f"a {kind} that phantoms have", unknown_name(kind, name, names), "Name one of these"
        )


def _check(
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float] | None,
    centre_mm: tuple[float, float, float] | None,
) -> None:
    check_shape(shape)
    low, high = SPACING_MM
    sides = tuple(spacing_mm or (1.0, 1.0, 1.0))
    if len(sides) != 3 or not all(low <= side <= high for side in sides):
        raise SettingsError(
            f"three sides of a voxel from {low} to {high} mm",
            f"spacing_mm = {sides}",
            "Choose them in range",
        )
    centre = tuple(centre_mm or (0.0, 0.0, 0.0))
    if len(centre) != 3 or not np.isfinite(centre).all():
        raise SettingsError("three coordinates in mm", f"centre_mm = {centre}", "Give numbers")
