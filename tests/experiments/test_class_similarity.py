import math

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import AssemblyError, MetricError
from labelassemble.experiments.class_similarity import SIMILARITY_COLUMNS, class_similarity
from labelassemble.images.batch import LabelArrays

TRUTH = (0.8, 0.4, 0.0, -0.5)
"""Cosines of the directions of b, c, d and e with that of a."""
World = tuple[np.ndarray, LabelArrays, np.ndarray]


def draw(
    seed: int,
    records: int = 1500,
    features: int = 48,
    size: float = 2.5,
    prevalence: float = 0.1,
    shift: float = 3.0,
    hidden: float = 0.3,
    each: int = 3,
    pull: float = 0.0,
) -> World:
    """Features of two sources: planted directions, a source's look, a patient's look, noise.

    ``pull``: chance that an image positive for a is made positive for d too (they co-occur).
    """
    generator = np.random.default_rng(seed)
    classes = 1 + len(TRUTH)
    axes = np.linalg.qr(generator.normal(size=(features, features)))[0]
    direction = [axes[0]]
    direction += [t * axes[0] + math.sqrt(1 - t * t) * axes[c] for c, t in enumerate(TRUTH, 1)]
    label = (generator.random((records, classes)) < prevalence).astype(np.float32)
    label[(label[:, 0] == 1) & (generator.random(records) < pull), 3] = 1
    patient = np.arange(records) // each
    source = (patient % 2).astype(np.int64)
    feature = size * label @ np.array(direction) + generator.normal(size=(records, features))
    feature += 0.4 * generator.normal(size=(patient.max() + 1, features))[patient]
    feature += shift * generator.normal(size=(2, features))[source]
    known = generator.random((records, classes)) >= hidden
    label[~known] = 0
    names = tuple(f"p/{row}" for row in range(records))
    labels = LabelArrays(
        label, known, source, names, ("train",) * records, tuple("abcde"), ("one", "two")
    )
    return feature.astype(np.float32), labels, patient


def measure(world: World, seed: int = 0, **settings: object) -> pl.DataFrame:
    feature, labels, patient = world
    settings = {"replicates": 0, **settings}
    rows, generator = np.arange(len(feature)), np.random.default_rng(seed)
    return class_similarity(
        feature, labels, rows, group=patient, interest="a", generator=generator, **settings
    )  # type: ignore[arg-type]


def similarity(frame: pl.DataFrame, column: str = "similarity") -> np.ndarray:
    return frame[column].to_numpy()


def test_finds_the_planted_cosines() -> None:
    found = np.array([similarity(measure(draw(seed))) for seed in range(20)])
    np.testing.assert_allclose(found.mean(axis=0), TRUTH, atol=0.05)
    assert (np.diff(found.mean(axis=0)) < 0).all()


def test_noise_of_small_counts_is_taken_out() -> None:
    """About 25 positives in 128 features: the plain cosine is far too small."""
    worlds = [draw(seed, 800, 128, 2.2, 0.08) for seed in range(40)]
    frames = [measure(world) for world in worlds]
    ours = np.nanmean([similarity(frame) for frame in frames], axis=0)
    plain = np.mean([similarity(frame, "plain") for frame in frames], axis=0)
    np.testing.assert_allclose(ours, TRUTH, atol=0.1)
    assert plain[0] < 0.6 * TRUTH[0]
    assert all(0 <= value <= 1 for frame in frames for value in frame["reliability"])


def test_intervals_cover_the_truth() -> None:
    covered = []
    for seed in range(30):
        frame = measure(draw(seed, 900, 24), replicates=60)
        covered.append((frame["low"].to_numpy() <= TRUTH) & (frame["high"].to_numpy() >= TRUTH))
    assert np.mean(covered) == pytest.approx(0.95, abs=0.06)


def test_the_look_of_a_source_makes_no_classes_similar() -> None:
    """a and d, unlike each other, are common in the second source, which looks quite different."""
    feature, labels, patient = draw(1, 3000, shift=0.0)
    generator = np.random.default_rng(0)
    second = labels.source == 1
    label = labels.label.copy()
    rare = ~second & (generator.random(len(label)) < 0.8)
    known = labels.known.copy()
    known[np.ix_(rare & (label[:, [0, 3]].max(axis=1) == 1), [0, 3])] = False
    label[~known] = 0
    moved = feature + 6.0 * second[:, None].astype(np.float32)
    world = (moved, labels._replace(label=label, known=known), patient)
    still = (feature, labels._replace(label=label, known=known), patient)
    np.testing.assert_allclose(
        similarity(measure(world)), similarity(measure(still)), rtol=0, atol=1e-3
    )
    assert abs(similarity(measure(world))[2]) < 0.15
    assert similarity(measure(world, kind="mean"))[2] > 0.8


def test_occurring_together_is_not_looking_alike() -> None:
    worlds = [draw(seed, 2500, pull=0.5) for seed in range(4)]
    apart = np.mean([similarity(measure(world)) for world in worlds], axis=0)
    together = np.mean([similarity(measure(world, exclude_both=False)) for world in worlds], axis=0)
    assert abs(apart[2]) < 0.12
    assert together[2] > 0.3


def test_excluding_each_other_is_not_looking_unlike() -> None:
    feature, labels, patient = draw(3, 4000, prevalence=0.3, hidden=0.0)
    one = labels.label.sum(axis=1) <= 1
    world = (
        feature[one],
        labels._replace(
            label=labels.label[one],
            known=labels.known[one],
            source=labels.source[one],
            record=tuple(np.array(labels.record)[one]),
            split=("train",) * int(one.sum()),
        ),
        patient[one],
    )
    assert measure(world)["n_both"].sum() == 0
    assert abs(similarity(measure(world))[2]) < 0.1
    assert similarity(measure(world, exclude_both=False))[2] < -0.2


@pytest.mark.parametrize("kind", ["direction", "mean"])
def test_unknown_cells_never_matter(kind: str) -> None:
    feature, labels, patient = draw(4, 400, 16)
    before = measure((feature, labels, patient), kind=kind, replicates=5)
    for other in (1.0, 0.5, math.nan):
        label = np.where(labels.known, labels.label, np.float32(other))
        after = measure((feature, labels._replace(label=label), patient), kind=kind, replicates=5)
        assert after.equals(before)


@pytest.mark.parametrize("kind", ["direction", "mean"])
def test_soft_labels_are_neither(kind: str) -> None:
    feature, labels, patient = draw(5, 400, 16)
    label, known = labels.label.copy(), labels.known.copy()
    label[:50, 1], known[:50, 1] = 0.5, True
    soft = measure((feature, labels._replace(label=label, known=known), patient), kind=kind)
    known[:50, 1] = False
    hidden = measure((feature, labels._replace(label=label, known=known), patient), kind=kind)
    assert soft.equals(hidden)


def test_the_same_seed_the_same_intervals() -> None:
    world = draw(6, 300, 16)
    assert measure(world, 3, replicates=20).equals(measure(world, 3, replicates=20))
    assert not measure(world, 3, replicates=20).equals(measure(world, 4, replicates=20))


def test_plain_means_are_the_plain_cosine() -> None:
    feature, labels, patient = draw(7, 300, 16)
    frame = measure((feature, labels, patient), kind="mean", exclude_both=False)
    means = [
        feature[labels.known[:, place] & (labels.label[:, place] == 1)].mean(axis=0)
        for place in range(5)
    ]
    expected = [m @ means[0] / np.linalg.norm(m) / np.linalg.norm(means[0]) for m in means[1:]]
    np.testing.assert_allclose(similarity(frame, "plain"), expected, atol=1e-5)


def test_counts_and_too_few() -> None:
    feature, labels, patient = draw(8, 300, 16)
    label, known = labels.label.copy(), labels.known.copy()
    # b: no known negative; c: all known positives are of one patient; d: nobody looked.
    known[:, 1] &= label[:, 1] == 1
    known[:, 2] &= label[:, 2] == 0
    label[:3, 2], known[:3, 2] = 1, True
    known[:, 3] = False
    frame = measure((feature, labels._replace(label=label, known=known), patient), replicates=5)
    assert dict(frame.schema) == SIMILARITY_COLUMNS
    assert frame["class"].to_list() == ["b", "c", "d", "e"]
    assert np.isnan(similarity(frame)[:3]).all()
    assert np.isnan(frame["low"].to_numpy()[:3]).all()
    assert not np.isnan(similarity(frame)[3])
    assert "too few patients with known positives or negatives of it" in frame["note"][0]
    last = frame.row(3, named=True)
    yes = [known[:, place] & (label[:, place] == 1) for place in (0, 4)]
    no = [known[:, place] & (label[:, place] == 0) for place in (0, 4)]
    assert last["n_both"] == (yes[0] & yes[1]).sum()
    assert last["n_positive"] == (yes[1] & no[0]).sum()
    assert last["n_negative"] == (no[1] & no[0]).sum()
    assert last["n_interest_positive"] == (yes[0] & no[1]).sum()
    assert last["n_interest_negative"] == (no[0] & no[1]).sum()


def test_where_nobody_looked_for_the_other_class_images_are_kept() -> None:
    """a is judged in the first source alone, e in the second alone: no image has both."""
    feature, labels, patient = draw(8, 2000, 16, hidden=0.0)
    known = labels.known.copy()
    known[labels.source == 1, 0] = False
    known[labels.source == 0, 4] = False
    frame = measure((feature, labels._replace(known=known), patient))
    row = frame.row(3, named=True)
    assert row["n_positive"] + row["n_negative"] == (labels.source == 1).sum()
    assert row["n_interest_positive"] + row["n_interest_negative"] == (labels.source == 0).sum()
    assert row["n_both"] == 0
    assert row["similarity"] == pytest.approx(TRUTH[3], abs=0.15)


def test_nothing_but_noise_is_told() -> None:
    """A class drawn by lot has no direction: no similarity, or a note and a wide interval."""
    feature, labels, patient = draw(9, 600, 64)
    generator = np.random.default_rng(0)
    lots = []
    for _ in range(40):
        label = labels.label.copy()
        label[:, 3] = generator.random(len(label)) < 0.1
        frame = measure((feature, labels._replace(label=label), patient), replicates=30)
        lots.append(frame.row(2, named=True))
    assert all(row["note"] for row in lots)
    assert sum(math.isnan(row["similarity"]) for row in lots) >= 12
    wide = [row for row in lots if not math.isnan(row["low"])]
    assert sum(row["low"] < 0 < row["high"] for row in wide) >= 0.7 * len(wide)
    assert np.median([row["high"] - row["low"] for row in wide]) > 0.8


def test_other_splits_are_refused() -> None:
    feature, labels, patient = draw(0, 60, 8)
    labels = labels._replace(split=("train",) * 59 + ("test",))
    with pytest.raises(AssemblyError, match="1 of 60 are of the split test"):
        measure((feature, labels, patient))


def test_what_does_not_fit_is_told() -> None:
    feature, labels, patient = draw(0, 60, 8)
    generator = np.random.default_rng(0)
    with pytest.raises(AssemblyError, match="nearest: a"):
        class_similarity(
            feature, labels, np.arange(60), group=patient, interest="a ", generator=generator
        )
    feature[7, 2] = np.nan
    with pytest.raises(MetricError, match="on 1 of 60 images"):
        measure((feature, labels, patient))
    with pytest.raises(MetricError, match="same features on all 60"):
        measure((np.ones((60, 8), dtype=np.float32), labels, patient))
    labels = labels._replace(label=np.zeros((60, 5), dtype=np.float32))
    assert (
        measure((np.ones_like(feature), labels, patient), kind="mean")["similarity"].is_nan().all()
    )
    with pytest.raises(MetricError, match="59 groups, 60 rows"):
        measure((feature, labels, patient[1:]))


def test_too_few_patients_have_no_interval() -> None:
    world = draw(0)
    told = measure(world, replicates=50, min_patients=10)
    few = measure(world, replicates=50, min_patients=100_000)
    assert told["low"].is_finite().all()
    assert few["low"].is_nan().all()
    assert few["high"].is_nan().all()
    assert few["similarity"].equals(told["similarity"])
    assert few["note"].str.starts_with("no interval: too few patients on a side (").all()
