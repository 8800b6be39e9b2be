import polars as pl
import pytest

from labelassemble.errors import AssemblyError, SettingsError
from labelassemble.experiments.novel_disease import plan_novel_disease
from labelassemble.experiments.table_changes import count_labels, keep_records


def test_few_labelled_images_alone_and_with_all_other_labels(table, make_recipe):
    recipe = make_recipe(
        experiment={
            "classes_of_interest": ["nodule"],
            "labelled": [8, 16, 1000],
            "source": "west",
        }
    )
    plan = plan_novel_disease(recipe, table, (0, 1))
    assert [arm.name for arm in plan.arms] == [
        f"{kind}-{size}" for size in (8, 16, "all") for kind in ("alone", "label-assemble")
    ]
    assert "Only 24 training images of west" in plan.cautions[0]
    assert "1,000" in plan.cautions[0]

    def train(arm, seed):
        return set(plan.arm(arm).tables[seed].records.filter(pl.col("split") == "train")["record"])

    assert len(train("alone-8", 0)) == 8
    assert train("alone-8", 0) < train("alone-16", 0) < train("alone-all", 0)
    assert train("alone-8", 0) != train("alone-8", 1)
    north = {name for name in train("label-assemble-8", 0) if name.startswith("north")}
    assert train("label-assemble-8", 0) == train("alone-8", 0) | north
    assert len(north) == 24
    assert plan.arm("alone-8").classes == ("nodule",)
    assert plan.arm("label-assemble-8").classes == table.classes
    # What north says of nodules is hidden; its other labels stay.
    external = count_labels(
        keep_records(plan.arm("label-assemble-8").tables[0], pl.Series(sorted(north)))
    )
    assert (external.records, external.unknown) == (24, 24)
    budgets = {arm.recipe.training.images_per_epoch for arm in plan.arms}
    assert budgets == {48}


def test_numbers_that_are_not_named_and_shares_that_are(table, make_recipe):
    named = {"classes_of_interest": ["nodule"]}
    plan = plan_novel_disease(make_recipe(experiment=named), table, (0,))
    assert "not measured with 100, 300, 1,000" in plan.cautions[0]
    shares = make_recipe(experiment={**named, "labelled": [8, 0.3, 1.0]})
    with pytest.raises(SettingsError, match=r"0\.3, 1, which are shares"):
        plan_novel_disease(shares, table, (0,))


@pytest.mark.parametrize(
    ("classes", "error", "said"),
    [
        ([], SettingsError, "none"),
        (["mass", "nodule"], SettingsError, "mass, nodule"),
        (["covid"], AssemblyError, "'covid'"),
    ],
)
def test_one_class_of_interest(table, make_recipe, classes, error, said):
    recipe = make_recipe(experiment={"classes_of_interest": classes})
    with pytest.raises(error, match=said):
        plan_novel_disease(recipe, table, (0,))
