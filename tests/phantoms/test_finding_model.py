import numpy as np
import pytest

from labelassemble_phantoms.finding_model import (
    FINDINGS,
    FREQUENCY,
    LOADINGS,
    PERSISTENCE,
    draw_disposition,
    draw_severities,
)


@pytest.fixture(scope="module")
def dispositions():
    generator = np.random.default_rng(0)
    ages = np.clip(50 + 18 * generator.standard_normal(6000), 18, 96)
    return ages, np.array([draw_disposition(generator, float(age)) for age in ages])


def test_every_table_speaks_of_every_finding():
    assert set(FINDINGS) == set(LOADINGS) == set(FREQUENCY) == set(PERSISTENCE)
    assert list(FINDINGS) == sorted(FINDINGS)
    assert all(sum(weight**2 for weight in row) < 1 for row in LOADINGS.values())


def test_latent_numbers_are_standard_normal_over_the_population(dispositions):
    _, latent = dispositions
    assert np.abs(latent.mean(axis=0)).max() < 0.06
    assert np.abs(latent.std(axis=0) - 1).max() < 0.05


def test_findings_go_together_as_illnesses_do(dispositions):
    _, latent = dispositions
    correlation = np.corrcoef(latent.T)

    def between(one, other):
        return correlation[FINDINGS.index(one), FINDINGS.index(other)]

    assert between("cardiomegaly", "edema") > 0.5
    assert between("effusion", "edema") > 0.4
    assert between("cardiomegaly", "effusion") > 0.35
    assert between("mass", "nodule") > 0.4
    assert between("consolidation", "atelectasis") > 0.2
    assert between("pneumothorax", "cardiomegaly") < 0
    assert abs(between("consolidation", "mass")) < 0.06


def test_the_old_have_more_heart_failure(dispositions):
    ages, latent = dispositions
    heart = latent[:, FINDINGS.index("cardiomegaly")]
    assert heart[ages > 70].mean() > heart[ages < 35].mean() + 0.5


def test_severities_have_the_stated_frequency_and_are_uniform_above_0(dispositions):
    _, latent = dispositions
    generator = np.random.default_rng(1)
    severity = np.array([draw_severities(generator, row, {"mass": 2.0}) for row in latent])
    assert severity.min() == 0
    assert severity.max() <= 1
    for index, name in enumerate(FINDINGS):
        expected = FREQUENCY[name] * (2 if name == "mass" else 1)
        there = severity[:, index] > 0
        assert there.mean() == pytest.approx(expected, abs=0.025)
        shares = np.quantile(severity[there, index], [0.25, 0.5, 0.75])
        assert shares == pytest.approx([0.25, 0.5, 0.75], abs=0.06)


def test_lasting_findings_last(dispositions):
    _, latent = dispositions
    generator = np.random.default_rng(2)
    visits = [
        np.array([draw_severities(generator, row, {}) for row in latent[:3000]]) for _ in range(2)
    ]

    def agreement(name):
        index = FINDINGS.index(name)
        return np.corrcoef(visits[0][:, index], visits[1][:, index])[0, 1]

    assert agreement("mass") > 0.9
    assert agreement("mass") > agreement("pneumothorax") + 0.3 > 0.3
