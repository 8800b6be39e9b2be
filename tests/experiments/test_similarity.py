import numpy as np
import polars as pl
import pytest

from labelassemble.errors import AssemblyError, SettingsError
from labelassemble.experiments.candidates import CANDIDATE_COLUMNS
from labelassemble.experiments.similarity import describe_correlation, fit, plan_similarity
from labelassemble.metrics.pearson import correlate


def test_each_other_class_in_turn(table, make_recipe):
    plan = plan_similarity(make_recipe(), table, (0, 1))
    assert [arm.name for arm in plan.arms] == ["alone", "with-effusion", "with-mass"]
    assert [arm.classes for arm in plan.arms] == [
        ("nodule",),
        ("nodule", "effusion"),
        ("nodule", "mass"),
    ]
    assert {pair.classes for pair in plan.comparisons} == {("nodule",)}
    assert {arm.recipe.training.balance for arm in plan.arms} == {"source"}


def test_companions_that_are_named(table, make_recipe):
    experiment = {"classes_of_interest": ["mass"], "companions": ["mass", "nodule"]}
    plan = plan_similarity(make_recipe(experiment=experiment), table, (0,))
    assert [arm.name for arm in plan.arms] == ["alone", "with-nodule"]


@pytest.mark.parametrize(
    ("experiment", "error"),
    [
        ({"classes_of_interest": ["mass", "nodule"]}, SettingsError),
        ({"companions": ["masses"]}, AssemblyError),
        ({"classes_of_interest": ["nodules"]}, AssemblyError),
    ],
)
def test_what_cannot_be_planned(table, make_recipe, experiment, error):
    with pytest.raises(error):
        plan_similarity(make_recipe(experiment=experiment), table, (0,))


def test_a_correlation_in_words():
    x = np.arange(13.0)
    found = correlate(x, x + 5 * np.sin(x), np.random.default_rng(0))
    assert describe_correlation(found).startswith(f"Pearson r = +{found.r:.3f}".replace("0.", "."))
    few = correlate(x[:3], x[:3], np.random.default_rng(0))
    assert describe_correlation(few) == "no correlation of 3 classes"


def test_no_adviser_of_too_few_gains():
    rows = [{"candidate": name, "gain": 0.01} for name in "abc"]
    frame = pl.DataFrame(rows, schema={**CANDIDATE_COLUMNS, "gain": pl.Float64})
    assert fit(frame, "here") is None
