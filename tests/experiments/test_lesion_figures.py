import numpy as np
import polars as pl
import pytest

from labelassemble.evaluation.detection_measures import AT_RATES, MEASURES
from labelassemble.experiments.arms import Comparison, Plan, make_arm
from labelassemble.experiments.lesion_figures import (
    draw_differences,
    froc_figure,
    list_sensitivities,
    say_lesions,
    tabulate_lesions,
)
from labelassemble.experiments.variants import VARIANTS

SEEDS = (0, 1)


@pytest.fixture
def plan(table, make_recipe):
    arms = tuple(
        make_arm(name, VARIANTS["masked"], make_recipe(), tables=dict.fromkeys(SEEDS, table))
        for name in ("alone", "masked")
    )
    pair = Comparison("alone", "masked", ("effusion",))
    return Plan(arms, (pair, Comparison("alone", "masked", table.classes)), table)


@pytest.fixture
def scores():
    """Every measure of arm a, seed s is 0.5 + a / 10 + s / 100, its interval 0.1 wide."""
    rows = []
    for place, method in enumerate(("alone", "masked")):
        for seed in SEEDS:
            for name in ("effusion", "mean"):
                row = {"method": method, "seed": seed, "source": "all", "class": name}
                for measure in MEASURES:
                    value = 0.5 + place / 10 + seed / 100 + (0.2 if name == "mean" else 0.0)
                    row[f"{measure}_score"] = value
                    row[f"{measure}_low"], row[f"{measure}_high"] = value - 0.06, value + 0.04
                rows.append(row)
                rows.append({**row, "source": "north", "froc_score": 0.0})
    return pl.DataFrame(rows)


@pytest.fixture
def differences(table):
    rows = [
        {"first": "alone", "second": "masked", "source": "all", "class": name, "measure": measure,
         "difference": value, "low": value - 0.1, "high": value + 0.1, "p": 0.03,
         "low_seeds": value - 0.2, "high_seeds": value + 0.2, "p_seeds": 0.5,
         "first_score": 0.4, "second_score": 0.4 + value}
        for name in (*table.classes, "mean")
        for measure, value in (("froc", 0.05), ("sensitivity", 0.25))
    ]  # fmt: skip
    return pl.DataFrame(rows)


def test_a_table_holds_means_over_seeds_and_every_seed(scores, plan, make_recipe):
    table = tabulate_lesions(scores, plan.arms, "effusion", make_recipe())
    assert table.title == "Lesions: effusion"
    assert table.columns[2] == "sensitivity at 98 % specificity"
    np.testing.assert_allclose(table.value[:, 0], [0.505, 0.605])
    np.testing.assert_allclose(table.low[:, 0], [0.445, 0.545])
    np.testing.assert_allclose(table.high[:, 0], [0.545, 0.645])
    np.testing.assert_allclose(table.by_seed[1, 0], [0.6, 0.61])
    mean = tabulate_lesions(scores, plan.arms[1:], "mean", make_recipe())
    assert (mean.title, mean.rows) == ("Lesions: mean of all classes", ("masked",))
    np.testing.assert_allclose(mean.value, 0.805)


def test_what_papers_tell_is_the_sensitivity(scores, plan, make_recipe):
    changed = scores.with_columns(sensitivity_score=pl.lit(0.25), sensitivity_low=pl.lit(0.125))
    table = tabulate_lesions(changed, plan.arms, "effusion", make_recipe())
    assert list_sensitivities(table)["alone"] == ".250 [.125, .545]"


def test_a_sentence_has_both_measures_and_both_tests(differences, plan, make_recipe):
    said = say_lesions(plan.comparisons[0], differences, "effusion", make_recipe())
    assert said.startswith("effusion, alone -> masked: sensitivity at 98 % specificity .400 -> .65")
    assert "(+.250 [+.050, +.450], p = .500; patients alone [+.150, +.350], p = .030)" in said
    assert "FROC score .400 -> .450 (+.050 [-.150, +.250]" in said
    one = differences.with_columns(p_seeds=pl.lit(float("nan")))
    said = say_lesions(plan.comparisons[0], one, "effusion", make_recipe())
    assert "(+.250, patients alone [+.150, +.350], p = .030)" in said


def test_grids_have_cells_where_both_arms_prediction(differences, plan, table, make_recipe):
    found, patients = draw_differences(differences, plan, make_recipe())
    assert found.columns == (*table.classes, "mean")
    # One class has no mean of several.
    assert np.isnan(found.value[0]).tolist() == [False, True, True, True]
    np.testing.assert_allclose(found.value[1], 0.05)
    np.testing.assert_allclose(patients.value[1], 0.25)
    np.testing.assert_allclose(patients.low[1], 0.15)


def test_curves_are_means_over_seeds(scores, plan):
    curves = froc_figure(scores, plan, "effusion", len(SEEDS))
    assert set(curves.series) == {"alone", "masked"}
    assert curves.series["masked"].shape == (len(AT_RATES), 3)
    np.testing.assert_allclose(curves.series["masked"][:, 0], 0.605)
    assert curves.x_names[0] == "1/8"
