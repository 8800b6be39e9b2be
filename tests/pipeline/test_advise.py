import pytest

from labelassemble.errors import RunError, SettingsError
from labelassemble.experiments.variants import change_settings
from labelassemble.pipeline.advise import advise_recipe
from labelassemble.pipeline.run_experiment import open_or_assemble
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.hospitals import simulate_hospitals


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("advise") / "hospitals"
    simulate_hospitals(folder, 30, 10, size=32, seed=1)
    recipe = change_settings(
        read_recipe(folder / "recipe.toml"),
        {
            "assembly.similar_images": "ignore",
            "assembly.allow_unscored_classes": True,
            "experiment.classes_of_interest": ("nodule",),
        },
    )
    return recipe, *open_or_assemble(recipe, lambda _: None)


def test_classes_and_sources_are_ranked_before_training(opened):
    said = advise_recipe(*opened)
    assert said.count("What to add for nodule") == 2
    # Only north looks for nodules; the other hospitals are what could be added.
    assert "source east" in said
    assert "source west" in said
    assert "source north" not in said
    assert "Ranked by similarity alone" in said
    assert "random weights" in said
    assert not (opened[0].output / "runs").exists()


def test_what_cannot_be_advised(opened, tmp_path):
    recipe, table, store = opened
    with pytest.raises(SettingsError, match="one class in experiment"):
        advise_recipe(change_settings(recipe, {"experiment.classes_of_interest": ()}), table, store)
    with pytest.raises(SettingsError, match="'nort'"):
        advise_recipe(change_settings(recipe, {"experiment.source": "nort"}), table, store)
    absent = change_settings(recipe, {"experiment.adviser": tmp_path / "no.json"})
    with pytest.raises(RunError, match="an adviser at"):
        advise_recipe(absent, table, store)
