from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError
from labelassemble.evaluation.compare import COMPARISON_COLUMNS, compare_predictions
from labelassemble.evaluation.evaluate import draw_scores, evaluate_predictions
from labelassemble.evaluation.scored_sample import take_samples
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.benjamini_hochberg import benjamini_hochberg
from labelassemble.metrics.clustered_delong import clustered_delong_test
from labelassemble.metrics.delong import delong_test
from labelassemble.metrics.holm import holm
from labelassemble.metrics.max_t import max_t
from labelassemble.metrics.random_seeds import seeds_test
from labelassemble.settings import EvaluationSettings

QUICK = EvaluationSettings(replicates=99)
NUMBERS = [name for name, kind in COMPARISON_COLUMNS.items() if kind == pl.Float64]
OVER_SEEDS = ["low_seeds", "high_seeds", "p_seeds", "p_seeds_corrected", "seed_sd", "seed_share"]
TableMaker = Callable[..., AssembledTable]
Predictor = Callable[..., pl.DataFrame]
Hospitals = tuple[AssembledTable, np.ndarray]
Networks = tuple[list[pl.DataFrame], list[pl.DataFrame]]


def worse(probability: np.ndarray, seed: int, amount: float = 0.5) -> np.ndarray:
    return probability + amount * np.random.default_rng(seed).normal(size=probability.shape)


def test_difference_is_second_minus_first(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    first, second = predict(table, worse(probability, 0)), predict(table, probability)
    compared = compare_predictions(first, second, table, QUICK)
    assert dict(compared.schema) == COMPARISON_COLUMNS
    before, after = (evaluate_predictions(each, table, QUICK) for each in (first, second))
    np.testing.assert_allclose(compared["first_score"], before["auroc_score"], rtol=1e-12)
    np.testing.assert_allclose(compared["second_score"], after["auroc_score"], rtol=1e-12)
    np.testing.assert_allclose(
        compared["difference"], (after["auroc_score"] - before["auroc_score"]), atol=1e-12
    )
    for count in ("source", "class", "n_positive", "n_negative", "n_patients"):
        assert compared[count].equals(after[count])
    mean = compared.row(0 + 3, named=True)
    assert mean["class"] == "mean"
    assert 0 < mean["low"] < mean["difference"] < mean["high"]
    assert mean["p"] == mean["p_corrected"] == pytest.approx(2 / 100)


def test_pairing_makes_the_interval_narrow(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    first, second = predict(table, worse(probability, 0, 0.02)), predict(table, probability)
    compared = compare_predictions(first, second, table, QUICK)
    alone = evaluate_predictions(second, table, QUICK)
    width = compared["high"][3] - compared["low"][3]
    assert width < (alone["auroc_high"][3] - alone["auroc_low"][3]) / 2


def test_swapping_turns_the_sign_only(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    first, second = predict(table, worse(probability, 0)), predict(table, probability)
    there = compare_predictions(first, second, table, QUICK)
    back = compare_predictions(second, first, table, QUICK)
    np.testing.assert_allclose(there["difference"], -back["difference"].to_numpy())
    np.testing.assert_allclose(there["low"], -back["high"].to_numpy())
    for name in ("p", "p_corrected", "p_delong", "p_clustered"):
        np.testing.assert_allclose(there[name], back[name])


def test_a_method_against_itself(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    predictions = predict(table, probability)
    compared = compare_predictions(predictions, predictions, table, QUICK).filter(source="all")
    for name in ("difference", "low", "high"):
        assert compared[name].to_list() == [0, 0, 0, 0]
    assert compared["p"].to_list() == compared["p_corrected"].to_list() == [1, 1, 1, 1]
    assert compared["p_delong"][:3].to_list() == [1, 1, 1]
    assert compared["p_clustered"].to_list() == [1, 1, 1, 1]
    often = compare_predictions([predictions] * 3, [predictions] * 3, table, QUICK)
    assert often.filter(source="all")["p_seeds"].to_list() == [1, 1, 1, 1]


def test_correction_is_over_the_classes_of_a_source(
    hospitals: Hospitals, predict: Predictor
) -> None:
    table, probability = hospitals
    first, second = predict(table, worse(probability, 3, 0.2)), predict(table, probability)
    compared = compare_predictions(first, second, table, QUICK)
    for source in ("all", "north", "south"):
        rows = compared.filter(pl.col("source") == source, pl.col("class") != "mean")
        np.testing.assert_allclose(rows["p_corrected"], holm(rows["p"].to_numpy()))
    north = compared.filter(source="north")
    assert np.isnan([north[name][2] for name in ("difference", "low", "p", "p_corrected")]).all()
    assert north["note"][2] == "nobody looked for it here"


def test_several_seeds_are_averaged(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    firsts = [predict(table, worse(probability, seed)) for seed in (1, 2)]
    seconds = [predict(table, worse(probability, seed, 0.2)) for seed in (3, 4, 5)]
    compared = compare_predictions(firsts, seconds, table, QUICK)
    scores = [evaluate_predictions(each, table, QUICK)["auroc_score"] for each in firsts]
    np.testing.assert_allclose(compared["first_score"], (scores[0] + scores[1]) / 2, rtol=1e-12)
    label = table.labels()["nodule"].to_numpy()
    known = ~np.isnan(label)
    columns = [
        np.array([worse(probability, seed, amount)[:, 1].astype(np.float32) for seed in seeds])
        for seeds, amount in (((1, 2), 0.5), ((3, 4, 5), 0.2))
    ]
    expected = delong_test(columns[0], columns[1], label, known)
    assert compared["p_delong"][1] == pytest.approx(expected.p, rel=1e-9)
    assert np.isnan(compared["p_delong"][3])
    # Averaging single comparisons, replicate by replicate, gives the same middle.
    one = compare_predictions(firsts[0], seconds, table, QUICK)
    two = compare_predictions(firsts[1], seconds, table, QUICK)
    middle = (one["difference"] + two["difference"]) / 2
    np.testing.assert_allclose(compared["difference"], middle, atol=1e-12)


def test_only_classes_that_both_prediction(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    first, second = predict(table, probability, ["effusion"]), predict(table, worse(probability, 1))
    compared = compare_predictions(first, second, table, QUICK).filter(source="all")
    assert compared["note"][1] == "no prediction for this class"
    assert compared["note"][3].startswith("1 of 3 classes; not scored: nodule, mass")
    assert compared["difference"][3] == compared["difference"][0]


def test_one_patient_and_no_replicates_have_no_p(
    make_table: TableMaker, predict: Predictor
) -> None:
    label = np.array([[0.0], [1.0], [1.0]])
    table = make_table(label, ["north"] * 3, [8, 8, 8], classes=["mass"])
    better = predict(table, label)
    worst = predict(table, 1 - label)
    compared = compare_predictions(worst, better, table, QUICK)
    assert compared["difference"][0] == 1
    assert np.isnan([compared[name][0] for name in ("low", "high", "p", "p_corrected")]).all()
    assert compared["note"][0] == "too few (1 positive patient and 1 negative patient)"
    quick = compare_predictions(worst, better, table, EvaluationSettings(replicates=0))
    assert quick["difference"][0] == 1
    assert np.isnan(quick["p"][0])


@pytest.fixture
def networks(hospitals: Hospitals, predict: Predictor) -> Networks:
    """Three seeds of a weak method and three of a better one."""
    table, probability = hospitals
    weak = [predict(table, worse(probability, seed, 0.3 + seed / 10)) for seed in range(3)]
    better = [predict(table, worse(probability, seed, 0.1 + seed / 50)) for seed in range(3, 6)]
    return weak, better


@pytest.mark.parametrize("paired", [True, False])
def test_seeds_and_clusters_are_tested_as_the_metrics_do(
    hospitals: Hospitals, networks: Networks, paired: bool
) -> None:
    table, _ = hospitals
    firsts, seconds = networks if paired else (networks[0][:2], networks[1])
    compared = compare_predictions(firsts, seconds, table, QUICK)
    sample = take_samples([*firsts, *seconds], table)[0]
    score = np.stack(
        [class_auroc(each, sample.label, sample.scored) for each in sample.probability]
    )
    drawn = draw_scores(sample, QUICK).auroc
    half = len(firsts)
    for row, classes in enumerate([[0], [1], [2], [0, 1, 2]]):
        means, replicate = score[:, classes].mean(axis=1), drawn[:, :, classes].mean(axis=2)
        test = seeds_test(
            means[:half], means[half:], replicate[:half], replicate[half:], 0.95, paired
        )
        ours = [compared[name][row] for name in OVER_SEEDS if name != "p_seeds_corrected"]
        expected = test.low, test.high, test.p, test.seed_deviation, test.seed_share
        assert ours == pytest.approx(expected, rel=1e-9)
        clustered = clustered_delong_test(
            sample.probability[:half, :, classes],
            sample.probability[half:, :, classes],
            sample.label[:, classes],
            sample.scored[:, classes],
            sample.patient,
        )
        assert compared["p_clustered"][row] == pytest.approx(clustered.p, rel=1e-9)
        assert ("2 seeds only" in compared["note"][row]) == (not paired)
    p = compared["p_seeds"][:3].to_numpy()
    np.testing.assert_allclose(compared["p_seeds_corrected"][:3], holm(p))
    assert compared["p_seeds_corrected"][3] == compared["p_seeds"][3]


def test_seeds_are_paired_by_number(hospitals: Hospitals, networks: Networks) -> None:
    table, _ = hospitals
    firsts, seconds = networks
    in_order = compare_predictions(firsts, seconds, table, QUICK)
    mixed = compare_predictions(
        firsts, [seconds[2], seconds[0], seconds[1]], table, QUICK, seeds=((0, 1, 2), (2, 0, 1))
    )
    assert mixed.equals(in_order, null_equal=True)
    other = compare_predictions(firsts, seconds, table, QUICK, seeds=((0, 1, 2), (3, 4, 5)))
    assert other["p"].equals(in_order["p"])
    assert other["p_seeds"][0] != in_order["p_seeds"][0]


def test_one_seed_says_so(hospitals: Hospitals, networks: Networks) -> None:
    table, _ = hospitals
    compared = compare_predictions(networks[0][0], networks[1], table, QUICK)
    assert np.isnan(compared.select(OVER_SEEDS).to_numpy()).all()
    scored = compared.filter(pl.col("difference").is_not_nan())
    assert scored["note"].str.contains("one seed: what training anew changes cannot").all()
    assert scored["p"].is_not_nan().all()
    assert compared.filter(pl.col("difference").is_nan())["note"].to_list() == [
        "nobody looked for it here"
    ]


@pytest.mark.parametrize("seeds", [((0, 1), (0, 1, 2)), ((0, 1, 1), (0, 1, 2))])
def test_seeds_that_do_not_fit_are_told(
    hospitals: Hospitals, networks: Networks, seeds: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    with pytest.raises(MetricError, match="a seed of its own for each of the 3 frames"):
        compare_predictions(*networks, hospitals[0], QUICK, seeds=seeds)


def test_the_settings_choose_the_correction(hospitals: Hospitals, networks: Networks) -> None:
    table, _ = hospitals
    found = {
        name: compare_predictions(
            *networks, table, EvaluationSettings(replicates=99, correction=name)
        )
        for name in ("holm", "max_t", "fdr")
    }
    sample = take_samples([*networks[0], *networks[1]], table)[0]
    drawn = draw_scores(sample, QUICK).auroc
    replicate = drawn[3:].mean(axis=0) - drawn[:3].mean(axis=0)
    all_rows = {name: each.filter(source="all")[:3] for name, each in found.items()}
    p = all_rows["holm"]["p"].to_numpy()
    expected = np.maximum(p, max_t(all_rows["holm"]["difference"].to_numpy(), replicate))
    np.testing.assert_allclose(all_rows["max_t"]["p_corrected"], expected)
    np.testing.assert_allclose(all_rows["fdr"]["p_corrected"], benjamini_hochberg(p))
    p_seeds = all_rows["holm"]["p_seeds"].to_numpy()
    np.testing.assert_allclose(all_rows["max_t"]["p_seeds_corrected"], holm(p_seeds))
    np.testing.assert_allclose(all_rows["fdr"]["p_seeds_corrected"], benjamini_hochberg(p_seeds))
    for each in found.values():
        north = each.filter(source="north")
        assert np.isnan(north["p_corrected"][2])
        assert np.isnan(north["p_seeds_corrected"][2])


def test_a_class_without_positives_stays_and_says_so(
    make_table: TableMaker, predict: Predictor
) -> None:
    """No row is left out, no number is 0, and the other classes' numbers do not move."""
    generator = np.random.default_rng(3)
    label = (generator.random((120, 3)) < 0.4).astype(float)
    label[:, 1] = 0
    patient = generator.integers(40, size=120).tolist()
    table = make_table(label, ["north"] * 120, patient)
    predictions = [predict(table, label + generator.normal(size=label.shape)) for _ in range(6)]
    compared = compare_predictions(predictions[:3], predictions[3:], table, QUICK).filter(
        source="all"
    )
    assert compared["class"].to_list() == ["effusion", "nodule", "mass", "mean"]
    assert np.isnan(compared.select(NUMBERS).to_numpy()[1]).all()
    assert compared["note"][1] == "no known positive"
    assert (compared["n_positive"][1], compared["n_negative"][1]) == (0, 120)
    assert compared["note"][3] == "2 of 3 classes; not scored: nodule"
    missing = {"p_delong"}
    mean = compared.select([name for name in NUMBERS if name not in missing]).to_numpy()[3]
    assert np.isfinite(mean).all()
    without = make_table(label[:, [0, 2]], ["north"] * 120, patient, classes=["effusion", "mass"])
    alone = compare_predictions(
        [each.filter(pl.col("class") != "nodule") for each in predictions[:3]],
        [each.filter(pl.col("class") != "nodule") for each in predictions[3:]],
        without,
        QUICK,
    ).filter(source="all")
    ours = compared.filter(pl.col("class") != "nodule").select(NUMBERS)
    np.testing.assert_allclose(ours.to_numpy(), alone.select(NUMBERS).to_numpy(), rtol=1e-9)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-9, 1.0, 1e9]))
def test_predictions_at_unknown_cells_never_matter(
    hospitals: Hospitals, predict: Predictor, seed: int, scale: float
) -> None:
    table, probability = hospitals
    unknown = np.isnan(table.labels().drop("record").to_numpy())
    generator = np.random.default_rng(seed)
    few = EvaluationSettings(replicates=20, correction="max_t")
    predictions = [worse(probability, place) for place in range(4)]
    before = [predict(table, each) for each in predictions]
    for each in predictions:
        each[unknown] = generator.normal(size=int(unknown.sum())) * scale
    after = [predict(table, each) for each in predictions]
    compared = [compare_predictions(each[:2], each[2:], table, few) for each in (before, after)]
    assert compared[0].equals(compared[1], null_equal=True)


def test_no_predictions_are_told(hospitals: Hospitals, predict: Predictor) -> None:
    table, probability = hospitals
    with pytest.raises(MetricError, match="predictions of both methods"):
        compare_predictions([], predict(table, probability), table, QUICK)


def test_a_class_of_few_patients_has_no_interval_no_p_and_no_place_in_the_mean(
    make_table: TableMaker, predict: Predictor
) -> None:
    """One negative of sixty: whatever its prediction is, chance cannot be told from it."""
    generator = np.random.default_rng(1)
    label = np.tile([[1.0], [0.0]], (60, 3))
    label[:, 1] = 1
    label[7, 1] = 0
    label[label[:, 2] == 1, 2] = np.repeat([1, np.nan], [9, 51])
    table = make_table(label, ["north"] * 120, list(range(120)))
    weak = generator.random((120, 3))
    strong = np.clip(np.nan_to_num(label) * 0.4 + 0.6 * generator.random((120, 3)), 0, 1)
    compared = compare_predictions(
        [predict(table, weak), predict(table, weak**2)],
        [predict(table, strong), predict(table, strong**2)],
        table,
        QUICK,
    ).filter(source="all")
    unsaid = [name for name in compared.columns if name.startswith(("p", "low", "high", "seed_s"))]
    assert len(unsaid) == 12
    enough, one, nine, mean = compared.rows(named=True)
    for row in (one, nine):
        assert not np.isnan(row["difference"])
        assert np.isnan([row[name] for name in unsaid]).all()
    assert one["note"].startswith("too few (1 negative patient)")
    assert nine["note"].startswith("too few (9 positive patients)")
    # Nothing is corrected for tests that are not made, and the mean is of tested classes.
    assert enough["p_corrected"] == enough["p"]
    assert mean["difference"] == enough["difference"]
    assert (mean["low"], mean["high"]) == (enough["low"], enough["high"])
    assert mean["note"].startswith("1 of 3 classes; too few patients: nodule, mass")


@pytest.mark.parametrize("correction", ["holm", "max_t", "fdr"])
def test_too_few_in_every_class_gives_differences_alone(
    make_table: TableMaker, predict: Predictor, correction: str
) -> None:
    label = np.tile([[1.0, 0.0], [0.0, 1.0]], (9, 1))
    table = make_table(label, ["north"] * 18, list(range(18)), classes=["mass", "nodule"])
    compared = compare_predictions(
        predict(table, 1 - label),
        predict(table, label),
        table,
        EvaluationSettings(replicates=50, correction=correction),  # type: ignore[arg-type]
    )
    assert (compared["difference"] == 1).all()
    for name in ("low", "high", "p", "p_corrected", "p_delong", "p_clustered"):
        assert compared[name].is_nan().all(), name
    assert compared["note"][2] == "all 2 classes; too few patients: mass, nodule"


def test_the_number_of_patients_counts_and_not_that_of_images(
    make_table: TableMaker, predict: Predictor
) -> None:
    label = np.tile([[1.0], [0.0]], (60, 1))
    table = make_table(
        label,
        ["north"] * 120,
        np.repeat(np.arange(9), [12] * 6 + [16] * 3).tolist(),
        classes=["mass"],
    )
    compared = compare_predictions(predict(table, 1 - label), predict(table, label), table, QUICK)
    assert np.isnan(compared["p"][0])
    lower = QUICK.model_copy(update={"min_patients": 9})
    compared = compare_predictions(predict(table, 1 - label), predict(table, label), table, lower)
    assert compared["p"][0] < 0.05
