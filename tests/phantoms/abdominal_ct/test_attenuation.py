import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.attenuation import ENHANCED_HU, PHASES, draw_enhancement


@pytest.mark.parametrize("phase", PHASES)
def test_lesions_differ_from_the_pancreas_as_published(phase):
    """Prokesch 2002 and PubMed 17961951: 75 ± 36, 60 ± 25 and 41 ± 23 HU below the pancreas."""
    at = PHASES.index(phase)
    pancreas = ENHANCED_HU["pancreas"][at]
    below = pancreas - ENHANCED_HU["pdac"][at]
    assert {"arterial": 20, "pancreatic": 40, "portal_venous": 20}[phase] < below < 100
    assert ENHANCED_HU["pannet"][at] - pancreas > 25


def test_the_phases_are_told_apart_by_vessels_and_organs():
    arterial, pancreatic, portal = ({t: v[n] for t, v in ENHANCED_HU.items()} for n in range(3))
    assert arterial["aorta"] > pancreatic["aorta"] > portal["aorta"]
    assert arterial["portal_vein"] < pancreatic["portal_vein"] < portal["portal_vein"]
    assert pancreatic["pancreas"] == max(ENHANCED_HU["pancreas"])
    assert portal["liver"] == max(ENHANCED_HU["liver"])
    assert arterial["renal_cortex"] > 2 * arterial["renal_medulla"]


def test_patients_scatter_about_the_typical_values():
    drawn = [
        draw_enhancement(np.random.default_rng(seed), "portal_venous").hu for seed in range(300)
    ]
    for tissue, values in ENHANCED_HU.items():
        mean = np.mean([hu[tissue] for hu in drawn])
        assert mean == pytest.approx(values[2], abs=10)
        assert np.std([hu[tissue] for hu in drawn]) > 1
