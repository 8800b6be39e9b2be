"""One simulated chest radiograph with its truth: what is in it, how much of it, and where."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from labelassemble.errors import SettingsError, unknown_name
from labelassemble_phantoms.chest_anatomy import ChestAnatomy, draw_chest_anatomy
from labelassemble_phantoms.chest_findings import (
    add_findings,
    heart_growth,
    shape_changes,
    vessel_growth,
)
from labelassemble_phantoms.chest_layout import Pose, lay_out_chest
from labelassemble_phantoms.chest_tissue import draw_tissue
from labelassemble_phantoms.film import FIELD_MM, Film, lay_film
from labelassemble_phantoms.finding_model import FINDINGS, draw_disposition, draw_severities
from labelassemble_phantoms.hospital_style import HospitalStyle
from labelassemble_phantoms.image import develop, draw_leads, label_image
from labelassemble_phantoms.lesion_sites import LesionSites, draw_sites
from labelassemble_phantoms.x_ray import attenuate, expose

SMALLEST, LARGEST = 32, 2048
"""Sides in pixels that can be drawn."""


@dataclass(frozen=True)
class Patient:
    """A person: one chest, one disposition to illness, the same places for every lesion."""

    sex: str
    """"F" or "M"."""
    age: int
    """Years."""
    anatomy: ChestAnatomy
    sites: LesionSites
    disposition: Float[np.ndarray, " findings"]
    """Latent number of each finding; see `finding_model`."""


@dataclass(frozen=True)
class Radiograph:
    """An image and everything that is true of it. Findings are in the order of `FINDINGS`."""

    image: UInt8[np.ndarray, "size size"]
    """Air dark, bone bright."""
    masks: Bool[np.ndarray, "findings size size"]
    """Where each finding lies; empty exactly where the label is false."""
    labels: Bool[np.ndarray, " findings"]
    """Whether the finding is visible in this image."""
    severity: Float[np.ndarray, " findings"]
    """0 absent, 1 the worst; visible above `finding_model.VISIBLE_SEVERITY`."""
    view: str
    """"PA" or "AP"."""


def draw_patient(generator: np.random.Generator, style: HospitalStyle) -> Patient:
    """Draw a person such as come to this hospital."""
    sex = "F" if generator.random() < style.woman_share else "M"
    age = int(np.clip(style.mean_age + 17 * generator.standard_normal(), 18, 96))
    return Patient(
        sex=sex,
        age=age,
        anatomy=draw_chest_anatomy(generator, sex, float(age)),
        sites=draw_sites(generator),
        disposition=draw_disposition(generator, float(age)),
    )


def simulate_radiograph(
    patient: Patient,
    style: HospitalStyle,
    size: int,
    generator: np.random.Generator,
    severity: Mapping[str, float] | None = None,
) -> Radiograph:
    """Take one image of a person.

    The generator draws what differs between visits: breath, position, severities, noise. The same
    generator state gives the same image.

    Args:
        patient: who.
        style: where.
        size: side in pixels, 32 to 2048.
        generator: this visit's.
        severity: fix the severities, 0 to 1, of the findings named; the others are then absent.

    Raises:
        SettingsError: a size or a severity out of range, or an unknown finding.

    >>> from labelassemble_phantoms.hospital_style import ORDINARY_STYLE
    >>> generator = np.random.default_rng(0)
    >>> patient = draw_patient(generator, ORDINARY_STYLE)
    >>> radiograph = simulate_radiograph(patient, ORDINARY_STYLE, 64, generator, {"effusion": 0.7})
    >>> radiograph.image.shape, int(radiograph.labels.sum()), bool(radiograph.masks[4].any())
    ((64, 64), 1, True)
    """
    if not SMALLEST <= size <= LARGEST:
        raise SettingsError(
            f"a side of {SMALLEST} to {LARGEST} pixels", f"size = {size}", "Choose one in range"
        )
    drawn = draw_severities(generator, patient.disposition, style.frequency_factor)
    severities = drawn if severity is None else _fixed(severity)
    film, pose, tilt = _position(patient, style, size, generator, severities)
    layout = lay_out_chest(film, patient.anatomy, pose)
    of = dict(zip(FINDINGS, severities.tolist(), strict=True))
    tissue = draw_tissue(layout, patient.sites.grain, vessel_growth(of["edema"]))
    masks = add_findings(tissue, layout, patient.sites, severities)
    attenuation = attenuate(tissue)
    if pose.view == "AP" and generator.random() < style.leads:
        attenuation += draw_leads(film, generator)
    attenuation, masks = _turn(attenuation, masks, tilt)
    signal = expose(attenuation, style.beam, film.pixel_mm, generator)
    grey = develop(signal, style, generator)
    image = label_image(grey, style, pose.view, generator)
    labels = np.asarray(masks.any(axis=(1, 2)))
    return Radiograph(image, masks, labels, severities, pose.view)


def _fixed(severity: Mapping[str, float]) -> Float[np.ndarray, " findings"]:
    for name, amount in severity.items():
        if name not in FINDINGS:
            raise SettingsError(
                "a finding that phantoms have",
                unknown_name("finding", name, FINDINGS),
                "Name one of these",
            )
        if not 0 <= amount <= 1:
            raise SettingsError(
                "severities between 0 and 1", f"{name} = {amount}", "Give one in that range"
            )
    return np.array([float(severity.get(name, 0.0)) for name in FINDINGS])


def _position(
    patient: Patient,
    style: HospitalStyle,
    size: int,
    generator: np.random.Generator,
    severities: Float[np.ndarray, " findings"],
) -> tuple[Film, Pose, float]:
    """Place the person before the film: where the film lies, the pose, the tilt in degrees."""
    in_bed = bool(generator.random() < style.ap_share)
    breath = generator.uniform(0.1, 0.8) if in_bed else generator.uniform(0.5, 1.0)
    rotation = generator.standard_normal() * (3.5 if in_bed else 1.5)
    shift_x, shift_y, tilt = generator.standard_normal(3)
    raised, pull = shape_changes(patient.sites, severities)
    pose = Pose(
        view="AP" if in_bed else "PA",
        inspiration=float(breath),
        rotation=float(rotation),
        heart_growth=heart_growth(float(severities[FINDINGS.index("cardiomegaly")])),
        raised_dome=raised,
        pull=pull,
    )
    zoom = float(generator.uniform(*style.zoom))
    # The middle of the film is held against the middle of the chest.
    top = 0.56 * patient.anatomy.lung_height - FIELD_MM / zoom / 2
    film = lay_film(
        size,
        zoom=zoom,
        shift_x_mm=float(np.clip(shift_x, -2, 2) * style.shift_mm),
        top_mm=top + float(np.clip(shift_y, -2, 2) * style.shift_mm),
    )
    return film, pose, float(np.clip(tilt, -2.5, 2.5) * style.tilt_degrees)


def _turn(
    attenuation: Float[np.ndarray, "size size"],
    masks: Bool[np.ndarray, "findings size size"],
    degrees: float,
) -> tuple[Float[np.ndarray, "size size"], Bool[np.ndarray, "findings size size"]]:
    """Turn the image and the masks that are not empty about the middle."""
    size = attenuation.shape[0]
    middle = (size - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
    edge = cv2.BORDER_REPLICATE
    turned = cv2.warpAffine(
        attenuation, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=edge
    )
    turned_masks = masks.copy()
    for index in np.flatnonzero(masks.any(axis=(1, 2))):
        mask = masks[index].astype(np.uint8)
        turned_masks[index] = cv2.warpAffine(mask, matrix, (size, size), flags=cv2.INTER_NEAREST)
    return turned, turned_masks
