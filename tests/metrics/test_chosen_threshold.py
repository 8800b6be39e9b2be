import numpy as np
import pytest

from labelassemble.metrics.chosen_threshold import RULES, choose_with_interval

ASKED = {"youden": 0.0, "sensitivity": 0.85, "specificity": 0.9}


def draw(images: int, seed: int = 0, steps: int = 40):
    """Probabilities with ties, labels, unknown cells, and patients with several images."""
    generator = np.random.default_rng(seed)
    label = (generator.random(images) < 0.4).astype(float)
    score = np.round((label + generator.normal(size=images)) * steps / 8) / steps
    known = generator.random(images) < 0.9
    return score, label, known, generator.integers(images // 2, size=images)


def choose_slowly(rule, score, positive):
    """By going through every threshold, from the highest on."""
    every = sorted(set(score.tolist()), reverse=True)
    reached = [((score >= t)[positive].mean(), (score < t)[~positive].mean()) for t in every]
    if rule == "youden":
        return every[int(np.argmax(np.round([sum(one) for one in reached], 12)))]
    if rule == "sensitivity":
        return next(t for t, (found, _) in zip(every, reached, strict=True) if found >= 0.85)
    fitting = [t for t, (_, spared) in zip(every, reached, strict=True) if spared >= 0.9]
    return fitting[-1] if fitting else float("nan")


def choose(score, label, known, patient, replicates=0, confidence=0.95, asked=None):
    return choose_with_interval(
        score,
        label,
        known,
        patient,
        asked=asked or ASKED,
        replicates=replicates,
        confidence=confidence,
        generator=np.random.default_rng(0),
    )


@pytest.mark.parametrize("seed", range(5))
def test_each_rule_is_the_best_of_all_thresholds(seed):
    score, label, known, patient = draw(120, seed)
    found = choose(score, label, known, patient)
    for rule in RULES:
        assert found[rule].threshold == choose_slowly(rule, score[known], label[known] == 1)
        assert np.isnan(found[rule][1:]).all(), "no replicates, no interval"


def test_intervals_are_of_patients_drawn_again():
    score, label, known, patient = draw(60, 3)
    found = choose(score, label, known, patient, replicates=400, confidence=0.8)
    generator = np.random.default_rng(9)
    drawn = {rule: [] for rule in RULES}
    cells = known.nonzero()[0]
    people = np.unique(patient[cells])
    for _ in range(400):
        taken = generator.choice(people, people.size)
        rows = np.concatenate([cells[patient[cells] == one] for one in taken])
        for rule in RULES:
            drawn[rule].append(choose_slowly(rule, score[rows], label[rows] == 1))
    for rule in RULES:
        ends = np.nanquantile(drawn[rule], [0.1, 0.9])
        np.testing.assert_allclose(found[rule][1:], ends, atol=0.08)
        assert found[rule].low <= found[rule].threshold <= found[rule].high


def test_many_images_of_a_patient_are_few():
    score, label, known, _ = draw(400, 4)
    alone = choose(score, label, known, np.arange(400), replicates=200)
    clustered = choose(score, label, known, np.arange(400) // 20, replicates=200)
    for rule in RULES:
        assert alone[rule].threshold == clustered[rule].threshold
    widths = [one["youden"].high - one["youden"].low for one in (alone, clustered)]
    assert min(widths) > 0


def test_what_cannot_be_reached_or_chosen_is_nan():
    label = np.array([0.0, 1.0, 1.0])
    known = np.full(3, True)
    found = choose(np.array([0.9, 0.5, 0.4]), label, known, np.arange(3), replicates=20)
    assert np.isnan(found["specificity"].threshold), "the highest one is a negative"
    assert found["sensitivity"].threshold == 0.4
    one_sided = choose(label, np.ones(3), known, np.arange(3), replicates=20)
    assert np.isnan([value for one in one_sided.values() for value in one]).all()
