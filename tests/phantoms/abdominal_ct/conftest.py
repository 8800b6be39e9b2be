from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.anatomy import AbdominalAnatomy
from labelassemble_phantoms.abdominal_ct.attenuation import Enhancement, draw_enhancement
from labelassemble_phantoms.abdominal_ct.canvas import Canvas, blank_canvas
from labelassemble_phantoms.abdominal_ct.grid import lay_grid
from labelassemble_phantoms.abdominal_ct.layout import Layout, lay_out
from labelassemble_phantoms.abdominal_ct.lesion_model import LesionPlan, sample_lesions
from labelassemble_phantoms.abdominal_ct.scanner import ORDINARY_SCANNER, ScannerStyle
from labelassemble_phantoms.abdominal_ct.volume import AbdominalPatient, draw_ct_patient


@pytest.fixture(scope="session")
def quiet() -> ScannerStyle:
    """Pancreatic phase, no noise, no blur."""
    return replace(
        ORDINARY_SCANNER, phases={"pancreatic": 1.0}, noise_hu=0.0, kernel_mm=0.1, slice_mm=0.5
    )


@pytest.fixture(scope="session")
def healthy() -> AbdominalPatient:
    return draw_ct_patient(np.random.default_rng([3, 1]), ORDINARY_SCANNER, {})


@pytest.fixture(scope="session")
def anatomy(healthy: AbdominalPatient) -> AbdominalAnatomy:
    return healthy.anatomy


@pytest.fixture(scope="session")
def layout(anatomy: AbdominalAnatomy) -> Layout:
    return lay_out(lay_grid((90, 72, 50), (4.2, 4.2, 3.8), (0.0, 0.0, 0.0)), anatomy.bend)


@pytest.fixture(scope="session")
def enhancement() -> Enhancement:
    return draw_enhancement(np.random.default_rng(0), "pancreatic")


@pytest.fixture
def canvas(layout: Layout) -> Canvas:
    return blank_canvas(layout)


@pytest.fixture(scope="session")
def plan() -> Callable[..., LesionPlan]:
    """An ordinary lesion of a kind, with what is given."""

    def make(kind: str, seed: int = 0, **given: object) -> LesionPlan:
        drawn = sample_lesions(np.random.default_rng([9, seed]), {kind: 1.0})[0]
        return replace(drawn, **given)

    return make
