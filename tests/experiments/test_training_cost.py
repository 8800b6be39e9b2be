import pytest

from labelassemble.experiments.arms import make_arm
from labelassemble.experiments.training_cost import count_passes
from labelassemble.experiments.variants import VARIANTS

EPOCHS, RECORDS = 3, 40
ONE = EPOCHS * RECORDS


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("masked", ONE),
        ("masked-both-views", 2 * ONE),
        ("label-assemble", 2 * ONE),
        ("single", 2 * ONE),  # a network a source
        ("masked-logsumexp-twice", 4 * ONE),
        # Its own, its teachers', and their answers for all 48 training images.
        ("student", 2 * ONE + 2 * ONE + 48),
        ("student-of-three", 2 * ONE + 3 * (2 * ONE + 48)),
        ("ensemble-of-three", 3 * 2 * ONE),
    ],
)
def test_passes(table, make_recipe, name, passes):
    recipe = make_recipe(training={"epochs": EPOCHS, "images_per_epoch": RECORDS})
    control = make_arm("control", VARIANTS["masked-logsumexp"], recipe, tables={0: table})
    arm = make_arm(
        name, VARIANTS[name], recipe, tables={0: table}, sources=["north", "west"], control=control
    )
    assert count_passes(arm) == passes


def test_all_images_where_the_recipe_names_no_number(table, make_recipe):
    recipe = make_recipe(training={"epochs": 2})
    assert count_passes(make_arm("masked", VARIANTS["masked"], recipe, tables={0: table})) == 2 * 48
