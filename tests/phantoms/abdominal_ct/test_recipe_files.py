import tomllib

import pytest

from labelassemble.recipe import check_recipe
from labelassemble_phantoms.abdominal_ct.clinics import CLINICS
from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS
from labelassemble_phantoms.abdominal_ct.recipe_files import (
    FOLDERS,
    clinic_manifest_text,
    clinic_readme_text,
    clinic_recipe_text,
)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_manifest_names_what_was_drawn_and_nothing_else(name):
    own, all_ = (
        tomllib.loads(clinic_manifest_text(name, complete))["labels"]["values"]
        for complete in (False, True)
    )
    terms = [term for term in own.values() if term]
    assert len(terms) == (1 if name.endswith("clinic") else 3)
    assert len([term for term in all_.values() if term]) == 3
    assert own.items() <= all_.items()


@pytest.mark.parametrize("complete", [False, True])
def test_the_recipe_is_one(complete):
    recipe = check_recipe(tomllib.loads(clinic_recipe_text(complete)), "recipe")
    assert recipe.vocabulary == "abdominal_ct"
    assert recipe.classes == LESIONS
    assert [source.name for source in recipe.sources] == list(FOLDERS)
    assert [source.split for source in recipe.sources] == ["train"] * 4 + ["test"]
    detection = recipe.detection
    assert (detection.task, detection.dimensions) == ("detection", 3)
    assert all(side % 2 ** (detection.levels - 1) == 0 for side in detection.patches.size)
    if complete:
        assert set(recipe.experiment.parts) == set(CLINICS)


def test_the_readme_says_what_lies_where():
    text = clinic_readme_text(7)
    assert "seed 7" in text
    assert all(f"`{name}/`" in text for name in FOLDERS)
    assert "Voxel values of masks: 5 pannet, 8 pancreas." in text
    assert "complete" in clinic_readme_text(7, complete=True)
