"""Heads that have not seen a patient, on a backbone that has."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from labelassemble.training.cross_fit_heads import PENALTY, _predict


def test_a_head_is_a_penalised_logistic_regression_of_the_known_others() -> None:
    generator = np.random.default_rng(0)
    feature = generator.normal(size=(200, 6)) * np.arange(1, 7) + 3
    feature[:, 5] = 1.0
    label = (feature[:, 0] + generator.normal(size=200) > 3).astype(float)
    label[:40] = np.nan
    here = np.arange(200) % 5 == 0
    found = _predict(feature, label, here)
    learned = ~here & ~np.isnan(label)
    deviation = feature[learned].std(axis=0)
    deviation[5] = 1.0
    scaled = (feature - feature[learned].mean(axis=0)) / deviation
    other = LogisticRegression(C=1 / PENALTY, tol=1e-8).fit(scaled[learned], label[learned])
    assert found == pytest.approx(other.predict_proba(scaled[here])[:, 1], abs=1e-3)
    # What is held out has no say.
    turned = np.where(here, 1 - label, label)
    assert np.array_equal(found, _predict(feature, turned, here))


def test_classes_of_one_answer_or_none_end_in_a_number() -> None:
    feature, here = np.eye(6), np.arange(6) < 2
    assert _predict(feature, np.full(6, np.nan), here) == pytest.approx(0.5)
    assert (_predict(feature, np.ones(6), here) > 0.99).all()
