from labelassemble.experiments.arms import Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.table_changes import keep_classes
from labelassemble.experiments.variants import VARIANTS


def test_an_arm_of_single_networks_has_a_folder_a_source(table, make_recipe):
    arm = make_arm(
        "single", VARIANTS["single"], make_recipe(), tables={0: table}, sources=["north", "west"]
    )
    names = [arm.folder_name(run, 3) for run in arm.runs]
    assert names == ["single-north-seed3", "single-west-seed3"]
    masked = make_arm("mine", VARIANTS["masked-both-views"], make_recipe(), tables={0: table})
    assert [masked.folder_name(run, 0) for run in masked.runs] == ["mine-seed0"]
    assert masked.recipe.losses.bce_views == "both"


def test_facts_count_the_first_seed(table, make_recipe):
    tables = {5: keep_classes(table, ["mass"]), 6: table}
    facts = make_arm("a", VARIANTS["masked"], make_recipe(), tables=tables, title="why").facts()
    assert (facts.title, facts.method) == ("why", "masked")
    assert (facts.records, facts.positives, facts.negatives, facts.unknown) == (48, 16, 32, 0)


def test_every_arm_sees_as_many_images(table, make_recipe):
    assert same_budget(make_recipe(), [table]).training.images_per_epoch == 48
    named = make_recipe(training={"images_per_epoch": 7})
    assert same_budget(named, [table]) is named


def test_arms_are_found_by_name(table, make_recipe):
    arms = tuple(
        make_arm(name, VARIANTS["masked"], make_recipe(), tables={0: table}) for name in ("a", "b")
    )
    plan = Plan(arms, (Comparison("a", "b", table.classes),), table)
    assert plan.arm("b") is arms[1]
