import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.lesion_detection import plan_lesion_detection
from labelassemble.experiments.table_changes import count_labels

PARTS = {"north": ["effusion"], "west": ["mass", "nodule"]}
TWO_D = {
    "task": "detection",
    "dimensions": 2,
    "patches": {"size": [32, 32]},
    "augment": {"flip": [0.5, 0.0], "rotation_degrees": [10.0]},
}


def test_one_lesion_alone_and_all_sources_together(table, make_recipe):
    recipe = make_recipe(
        detection=TWO_D, experiment={"parts": PARTS, "classes_of_interest": ["effusion"]}
    )
    plan = plan_lesion_detection(recipe, table, (0, 1))
    names = ["alone", "alone-share", "masked", "med3d", "dodnet", "label-assemble", "full"]
    assert [arm.name for arm in plan.arms] == names
    alone = count_labels(plan.arm("alone").tables[1])
    assert plan.arm("alone").classes == ("effusion",)
    # Scans that are unknown for it are not there; what is there is known.
    assert (alone.records, alone.unknown) == (24, 0)
    assert count_labels(plan.arm("label-assemble").tables[0]).unknown == 24 * 2 + 24
    assert count_labels(plan.arm("full").tables[0]).unknown == 0
    asked = {pair.first: (pair.second, pair.classes) for pair in plan.comparisons}
    assert asked["alone"] == ("label-assemble", ("effusion",))
    assert asked["full"] == ("label-assemble", table.classes)
    assert len(asked) == 6
    # As many patches of effusion as the networks of three classes see of it.
    assert plan.comparisons[0].first == "alone"
    share = plan.arm("alone-share").recipe.detection
    assert share.patches_per_epoch == round(recipe.detection.patches_per_epoch / 3)
    assert plan.arm("alone-share").tables == plan.arm("alone").tables
    assert asked["alone-share"] == ("label-assemble", ("effusion",))


def test_diagnosis_is_refused(table, make_recipe):
    with pytest.raises(SettingsError, match="Set it in the recipe, or run partial-labels"):
        plan_lesion_detection(make_recipe(), table, (0,))


def test_two_classes_of_interest_are_refused(table, make_recipe):
    recipe = make_recipe(detection=TWO_D, experiment={"classes_of_interest": ["mass", "nodule"]})
    with pytest.raises(SettingsError, match="one class in"):
        plan_lesion_detection(recipe, table, (0,))


def test_a_class_of_interest_that_no_part_keeps_is_refused(table, make_recipe):
    parts = {"north": ["mass"], "west": ["nodule"]}
    recipe = make_recipe(
        detection=TWO_D, experiment={"parts": parts, "classes_of_interest": ["effusion"]}
    )
    with pytest.raises(SettingsError, match=r"Give effusion to a part in experiment\.parts"):
        plan_lesion_detection(recipe, table, (0,))
