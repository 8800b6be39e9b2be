import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.factors import CONTROL, FACTOR_ARMS
from labelassemble.experiments.partial_labels import PROTOCOL, plan_partial_labels
from labelassemble.experiments.table_changes import count_labels

PARTS = {"north": ["effusion"], "west": ["mass", "nodule"]}


def test_parts_that_are_sources(table, make_recipe):
    plan = plan_partial_labels(
        make_recipe(experiment={"parts": PARTS, "quick": True}), table, (0, 1)
    )
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
    recipe = make_recipe(
        experiment={"part_count": 3, "variants": ["masked", "full"], "quick": True}
    )
    plan = plan_partial_labels(recipe, table, (0,))
    masked, full = (arm.tables[0] for arm in plan.arms)
    assert count_labels(full).unknown == 0
    # A third of the patients keep the labels of a third of the classes.
    assert count_labels(masked).unknown == 2 * 48
    assert masked.records.equals(full.records)
    assert plan.comparisons[0].second == "masked"
    judged = make_recipe(
        experiment={"variants": ["masked", "full"], "judged": "full", "quick": True}
    )
    assert plan_partial_labels(judged, table, (0,)).comparisons[0].first == "masked"


def test_the_protocol_holds_all_against_the_control(table, make_recipe):
    plan = plan_partial_labels(make_recipe(experiment={"parts": PARTS}), table, (0, 1))
    assert plan.searches
    assert [arm.name for arm in plan.arms] == list(PROTOCOL)
    control = plan.arm(CONTROL)
    for arm in plan.arms:
        assert arm.control is (control if arm.teachers or arm.length > 1 else None)
    against = [pair.second for pair in plan.comparisons if pair.first == CONTROL]
    assert set(against) == set(PROTOCOL) - {CONTROL}
    # A pair of the factor table that has nothing to do with the control.
    assert ("student", "student-of-three") in [(one.first, one.second) for one in plan.comparisons]
    pairs = {frozenset((one.first, one.second)) for one in plan.comparisons}
    assert len(pairs) == len(plan.comparisons)


def test_variants_come_in_the_order_in_which_they_are_named(table, make_recipe):
    names = ["student", "full-logsumexp", "masked"]
    plan = plan_partial_labels(make_recipe(experiment={"variants": names}), table, (0,))
    assert [arm.name for arm in plan.arms] == names
    # The control is not compared, and teaches nevertheless.
    assert plan.arm("student").control.name == CONTROL
    plan = plan_partial_labels(make_recipe(experiment={"variants": ["factors"]}), table, (0,))
    assert [arm.name for arm in plan.arms] == list(FACTOR_ARMS)
    pairs = {frozenset((one.first, one.second)) for one in plan.comparisons}
    assert len(pairs) == len(plan.comparisons)


def test_shares_of_labels(table, make_recipe):
    experiment = {"parts": PARTS, "variants": ["masked", "full"], "labelled": [0.5, 1.0]}
    plan = plan_partial_labels(make_recipe(experiment=experiment), table, (0,))
    names = ["masked", "full", "masked-50%", "full-50%"]
    assert [arm.name for arm in plan.arms] == names
    masked, full, less, full_less = (count_labels(arm.tables[0]) for arm in plan.arms)
    assert less.records == masked.records
    assert less.positives + less.negatives == (masked.positives + masked.negatives) // 2
    assert full_less.positives + full_less.negatives == (full.positives + full.negatives) // 2
    assert [(one.first, one.second) for one in plan.comparisons] == [
        ("masked", "full"),
        ("masked-50%", "full-50%"),
    ]
    assert any("validation keeps all its labels" in one for one in plan.cautions)


def test_nothing_hidden_is_told_or_refused(table, make_recipe):
    every = {"parts": dict.fromkeys(("north", "west"), table.classes)}
    plan = plan_partial_labels(
        make_recipe(experiment={**every, "variants": ["masked", "label-assemble"]}), table, (0,)
    )
    assert "0 unknown cells: nothing is hidden from masked, label-assemble" in plan.cautions[-1]
    for name in ("student", "unknown-cells"):
        experiment = {**every, "variants": ["masked", name]}
        with pytest.raises(SettingsError, match=f"unknown training cells for {name}(?s:.*)0 unk"):
            plan_partial_labels(make_recipe(experiment=experiment), table, (0,))
    # On known cells a teacher answers what is there.
    experiment = {**every, "variants": ["masked", "self-distilled"]}
    plan_partial_labels(make_recipe(experiment=experiment), table, (0,))


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
        ({"labelled": [1.0, 300]}, "300, which are counts"),
    ],
)
def test_settings_that_cannot_be(table, make_recipe, experiment, said):
    with pytest.raises(SettingsError, match=said):
        plan_partial_labels(make_recipe(experiment=experiment), table, (0,))


def test_a_share_that_leaves_a_class_without_positives(table, make_recipe):
    recipe = make_recipe(experiment={"parts": PARTS, "labelled": [0.01]}, assembly={"seed": 1})
    with pytest.raises(SettingsError, match=r"share 0\.01(?s:.*)none of nodule"):
        plan_partial_labels(recipe, table, (0,))
