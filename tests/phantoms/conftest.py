from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from labelassemble_phantoms.chest_layout import ChestLayout, Pose, lay_out_chest
from labelassemble_phantoms.chest_radiograph import Patient, draw_patient
from labelassemble_phantoms.chest_tissue import ChestTissue, draw_tissue
from labelassemble_phantoms.film import lay_film
from labelassemble_phantoms.hospital_style import ORDINARY_STYLE, HospitalStyle


@pytest.fixture(scope="session")
def plain_style() -> HospitalStyle:
    """Standing, centred, upright, without markers, wires or borders."""
    return replace(
        ORDINARY_STYLE,
        ap_share=0.0,
        shutter=0.0,
        marker_seen=0.0,
        tilt_degrees=0.0,
        shift_mm=0.0,
        zoom=(1.0, 1.0),
    )


@pytest.fixture(scope="session")
def patients(plain_style: HospitalStyle) -> list[Patient]:
    return [draw_patient(np.random.default_rng([5, n]), plain_style) for n in range(6)]


@pytest.fixture(scope="session")
def patient(patients: list[Patient]) -> Patient:
    return patients[0]


@pytest.fixture
def lay_out(patient: Patient) -> Callable[..., ChestLayout]:
    def make(size: int = 96, view: str = "PA", **pose: object) -> ChestLayout:
        return lay_out_chest(lay_film(size), patient.anatomy, Pose(view, **pose))

    return make


@pytest.fixture
def draw(patient: Patient) -> Callable[[ChestLayout], ChestTissue]:
    def make(layout: ChestLayout) -> ChestTissue:
        return draw_tissue(layout, patient.sites.grain)

    return make
