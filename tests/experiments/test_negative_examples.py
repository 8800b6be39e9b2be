import pytest

from labelassemble.errors import AssemblyError
from labelassemble.experiments.negative_examples import TOGETHER, plan_negative_examples
from labelassemble.experiments.table_changes import count_labels


def test_the_same_images_with_one_class_and_with_all(table, make_recipe):
    recipe = make_recipe(experiment={"classes_of_interest": ["mass", "nodule"]})
    plan = plan_negative_examples(recipe, table, (0, 3))
    assert [arm.name for arm in plan.arms] == ["alone-mass", "alone-nodule", TOGETHER]
    for arm in plan.arms:
        assert arm.tables[3].records.equals(table.records)
        assert arm.recipe.training.balance == "source"  # labels must not change who is drawn
        assert arm.runs[0].method == "label-assemble"
    assert plan.arms[0].classes == ("mass",)
    assert count_labels(plan.arms[0].tables[0]).unknown == 0
    assert [pair.classes for pair in plan.comparisons] == [("mass",), ("nodule",)]


def test_a_class_that_is_not_there(table, make_recipe):
    recipe = make_recipe(experiment={"classes_of_interest": ["massive"]})
    with pytest.raises(AssemblyError, match=r"massive.*mass"):
        plan_negative_examples(recipe, table, (0,))
