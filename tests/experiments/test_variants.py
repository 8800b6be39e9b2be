import re
from pathlib import Path

import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.variants import (
    ABLATIONS,
    VARIANTS,
    change_settings,
    choose_variants,
)
from labelassemble.settings import choose_bce_views, choose_pooling


def test_every_variant_differs_from_every_other(make_recipe):
    recipe = make_recipe(classes=["pdac", "pannet"], detection={"exclusive": ["pdac", "pannet"]})
    made = [
        (one.method, one.change(recipe).model_dump_json(), one.teachers, one.length, one.averages)
        for one in VARIANTS.values()
    ]
    assert len(set(made)) == len(made)


def test_a_variant_changes_its_settings_alone(make_recipe):
    recipe = make_recipe(losses={"temperature": 3.0, "threshold": 0.4})
    changed = VARIANTS["hard-labels"].change(recipe)
    assert (changed.losses.temperature, changed.losses.threshold) == (1.0, 0.4)
    named = {"losses": recipe.losses, "model": recipe.model}
    assert changed.model_copy(update=named) == recipe
    assert recipe.losses.temperature == 3.0


def test_an_arm_is_as_in_the_papers_where_nobody_says_otherwise(make_recipe):
    plain = VARIANTS["masked"].change(make_recipe())
    assert (plain.losses.bce_views, plain.model.pooling) == ("weak", "average")
    said = VARIANTS["masked"].change(make_recipe(model={"pooling": "max"}))
    assert (said.losses.bce_views, said.model.pooling) == ("weak", "max")
    control = VARIANTS["masked-logsumexp"].change(make_recipe())
    assert choose_bce_views("method", "masked") == control.losses.bce_views
    assert choose_pooling("method", "masked") == control.model.pooling


def test_changed_settings_are_checked(make_recipe):
    with pytest.raises(ValueError, match="temperature"):
        change_settings(make_recipe(), {"losses.temperature": 0.5})


def test_choice():
    assert list(choose_variants((), ("masked", "full"))) == ["masked", "full"]
    assert list(choose_variants(("full",), ("masked",))) == ["full"]
    both = choose_variants(("masked", "ablations", "masked"), ())
    assert list(both) == ["masked", *ABLATIONS]
    with pytest.raises(SettingsError, match=r"'maskd'.*masked"):
        choose_variants(("maskd",), ())


def test_arms_that_the_paper_table_names_are_there():
    paper = Path(__file__).parents[2] / "PAPER.md"
    table = paper.read_text(encoding="utf-8").partition("| measured by |")[2].partition("\n\n")[0]
    named = re.findall(
        "`([^`]+)`", " ".join(row.rsplit("|", 2)[1] for row in table.splitlines()[2:])
    )
    assert len(named) > 10
    assert set(named) <= set(VARIANTS)
