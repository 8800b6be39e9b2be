import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions import bootstrap_operating_point as module
from labelassemble.metrics.lesions.bootstrap_operating_point import bootstrap_operating_point
from labelassemble.metrics.lesions.operating_point import apply_threshold, choose_threshold

Draw = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int, images: int = 40, distinct: int = 8) -> Draw:
    generator = np.random.default_rng(seed)
    label = (generator.random(images) < 0.5).astype(float)
    score = np.round((generator.random((2, images)) + 0.5 * label) * distinct) / distinct
    known = generator.random(images) < 0.8
    return score, label, known, generator.integers(15, size=images) * 2 - 5


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("specificity", [0.0, 0.7, 0.98, 1.0])
def test_equals_a_slow_loop_over_patients(specificity: float, fixed: bool) -> None:
    score, label, known, patient = draw(1)
    threshold = np.array([0.6, 0.9]) if fixed else None
    drawn = bootstrap_operating_point(
        score,
        label,
        known,
        patient,
        specificity=specificity,
        replicates=40,
        generator=np.random.default_rng(3),
        threshold=threshold,
    )
    generator, names = np.random.default_rng(3), np.unique(patient)
    for replicate in range(40):
        chosen = names[generator.integers(names.size, size=names.size)]
        rows = np.concatenate([np.flatnonzero(patient == name) for name in chosen])
        for prediction in range(2):
            cells = score[prediction, rows], label[rows], known[rows]
            if threshold is None:
                value = choose_threshold(*cells, specificity).value
            else:
                value = float(threshold[prediction])
            point = apply_threshold(*cells, value)
            at = (prediction, replicate)
            np.testing.assert_allclose(drawn.sensitivity[at], point.sensitivity)
            np.testing.assert_allclose(drawn.specificity[at], point.specificity, atol=1e-12)


def test_replicates_without_negatives_or_positives_are_nan() -> None:
    score, known = np.array([[0.3, 0.8, 0.5]]), np.full(3, True)
    label, patient = np.array([0.0, 1.0, 1.0]), np.arange(3)
    drawn = bootstrap_operating_point(
        score,
        label,
        known,
        patient,
        specificity=0.9,
        replicates=60,
        generator=np.random.default_rng(0),
    )
    lost = np.isnan(drawn.specificity[0])
    assert 0 < lost.sum() < 60
    assert np.isnan(drawn.sensitivity[0, lost]).all()
    nobody = bootstrap_operating_point(
        score,
        label,
        ~known,
        patient,
        specificity=0.9,
        replicates=5,
        generator=np.random.default_rng(0),
    )
    assert np.isnan(nobody.sensitivity).all()
    healthy = bootstrap_operating_point(
        score,
        np.zeros(3),
        known,
        patient,
        specificity=0.9,
        replicates=5,
        generator=np.random.default_rng(0),
    )
    assert np.isnan(healthy.sensitivity).all()
    assert not np.isnan(healthy.specificity).any()


@given(st.integers(0, 2**31), st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_unknown_cells_never_matter(seed: int, other_score: float, other_label: float) -> None:
    score, label, known, patient = draw(seed)
    before = bootstrap_operating_point(
        score,
        label,
        known,
        patient,
        specificity=0.9,
        replicates=5,
        generator=np.random.default_rng(0),
    )
    score[:, ~known], label[~known] = other_score, other_label
    after = bootstrap_operating_point(
        score,
        label,
        known,
        patient,
        specificity=0.9,
        replicates=5,
        generator=np.random.default_rng(0),
    )
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_chunks_do_not_change_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = draw(2)
    at_once = bootstrap_operating_point(
        *cells, specificity=0.9, replicates=11, generator=np.random.default_rng(5)
    )
    monkeypatch.setattr(module, "LARGEST_CHUNK", 4)
    in_parts = bootstrap_operating_point(
        *cells, specificity=0.9, replicates=11, generator=np.random.default_rng(5)
    )
    for one, other in zip(at_once, in_parts, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("shift", [0.0, 0.9, 5.0])
def test_rounding_and_the_zero_of_the_scale_are_no_matter(shift: float) -> None:
    assert (1 - 0.9) * 10 < 1
    score = np.append(np.arange(10) / 10, 0.85)[None] - shift
    label, one_patient = np.append(np.zeros(10), 1.0), np.zeros(11, int)
    drawn = bootstrap_operating_point(
        score,
        label,
        np.full(11, True),
        one_patient,
        specificity=0.9,
        replicates=3,
        generator=np.random.default_rng(0),
    )
    np.testing.assert_allclose(drawn.specificity, 0.9)
    assert (drawn.sensitivity == 1).all()


def test_negatives_all_alike_at_zero() -> None:
    score, label = np.array([[0.0, 0.0, 0.0, 1.0]]), np.array([0.0, 0.0, 0.0, 1.0])
    drawn = bootstrap_operating_point(
        score,
        label,
        np.full(4, True),
        np.zeros(4, int),
        specificity=0.98,
        replicates=2,
        generator=np.random.default_rng(0),
    )
    assert (drawn.specificity == 1).all()
    assert (drawn.sensitivity == 1).all()


def test_no_image_is_told() -> None:
    score, label, known, patient = draw(0)
    with pytest.raises(MetricError, match="at least one image"):
        bootstrap_operating_point(
            score[:, :0],
            label[:0],
            known[:0],
            patient[:0],
            specificity=0.9,
            replicates=2,
            generator=np.random.default_rng(0),
        )
