import numpy as np
import pytest

from labelassemble.evaluation.correct import Correction, correct_p
from labelassemble.metrics.benjamini_hochberg import benjamini_hochberg
from labelassemble.metrics.holm import holm
from labelassemble.metrics.max_t import max_t
from labelassemble.settings import EvaluationSettings

P = np.array([0.01, np.nan, 0.2, 0.02])
DIFFERENCE = np.array([2.5, np.nan, 1.0, 2.2])
REPLICATE = DIFFERENCE + np.random.default_rng(0).normal(size=(200, 4))


def test_names_are_those_of_the_settings() -> None:
    named = EvaluationSettings.model_fields["correction"].annotation
    assert named == Correction


def test_each_name_is_its_correction() -> None:
    holm_p = correct_p(P, DIFFERENCE, REPLICATE, "holm")
    np.testing.assert_array_equal(holm_p, holm(P))
    fdr = correct_p(P, DIFFERENCE, REPLICATE, "fdr")
    np.testing.assert_array_equal(fdr, benjamini_hochberg(P))
    westfall_young = correct_p(P, DIFFERENCE, REPLICATE, "max_t")
    np.testing.assert_array_equal(westfall_young, np.maximum(P, max_t(DIFFERENCE, REPLICATE)))


def test_without_replicates_max_t_is_holm() -> None:
    np.testing.assert_array_equal(correct_p(P, None, None, "max_t"), holm(P))


@pytest.mark.parametrize("correction", ["holm", "max_t", "fdr"])
def test_never_below_the_given_and_nan_stays_nan(correction: Correction) -> None:
    p = np.array([0.5, np.nan, 0.9, 0.8])
    corrected = correct_p(p, DIFFERENCE, REPLICATE, correction)
    assert np.isnan(corrected[1])
    assert (corrected[[0, 2, 3]] >= p[[0, 2, 3]]).all()
