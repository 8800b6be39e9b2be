import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.partial_labels import plan_partial_labels
from labelassemble.experiments.table_changes import count_labels

PARTS = {"north": ["effusion"], "west": ["mass", "nodule"]}


def test_parts_that_are_sources(table, make_recipe):
    plan = plan_partial_labels(make_recipe(experiment={"parts": PARTS}), table, (0, 1))
    assert [arm.name for arm in plan.arms][-2:] == ["full", "full-both-views"]
    assert plan.reference is table
    for arm in plan.arms:
        counts = count_labels(arm.tables[1])
        known = 48 * 3 if arm.runs[0].method == "full" else 24 + 48
        assert counts.positives + counts.negatives == known, arm.name
        assert arm.recipe.training.images_per_epoch == 48
    assert [run.source for run in plan.arm("single").runs] == ["north", "west"]
    assert {pair.second for pair in plan.comparisons} == {"label-assemble"}
    assert len(plan.comparisons) == len(plan.arms) - 1


def test_parts_that_patients_are_dealt_out_to(table, make_recipe):
    recipe = make_recipe(experiment={"part_count": 3, "variants": ["masked", "full"]})
    plan = plan_partial_labels(recipe, table, (0,))
    masked, full = (arm.tables[0] for arm in plan.arms)
    assert count_labels(full).unknown == 0
    # A third of the patients keep the labels of a third of the classes.
    assert count_labels(masked).unknown == 2 * 48
    assert masked.pictures.equals(full.pictures)
    assert plan.comparisons[0].second == "masked"
    judged = make_recipe(experiment={"variants": ["masked", "full"], "judged": "full"})
    assert plan_partial_labels(judged, table, (0,)).comparisons[0].first == "masked"


def test_cautions_say_what_full_does_not_know(table, make_recipe):
    recipe = make_recipe(experiment={"parts": {"north": ["mass"], "west": []}})
    fewer = plan_partial_labels(recipe, table, (0,)).arm("masked").tables[0]
    again = plan_partial_labels(recipe, fewer, (0,))
    assert "83.3 % of the training cells are unknown" in again.cautions[0]


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        ({"parts": {"north": ["mass"], "elsewhere": ["mass"]}}, "'elsewhere'|north, which are"),
        ({"part_count": 4}, "4 classes or more"),
        ({"variants": ["full", "full-both-views"]}, "a variant that labels are hidden from"),
        ({"variants": ["masked"]}, "two variants or more"),
        ({"judged": "aligned"}, "no variant 'aligned'"),
    ],
)
def test_settings_that_cannot_be(table, make_recipe, experiment, said):
    with pytest.raises(SettingsError, match=said):
        plan_partial_labels(make_recipe(experiment=experiment), table, (0,))
