import tomllib

import pytest

from labelassemble.recipe import check_recipe
from labelassemble_phantoms.finding_model import FINDINGS
from labelassemble_phantoms.label_files import ANNOTATED
from labelassemble_phantoms.recipe_files import manifest_text, readme_text, recipe_text


@pytest.mark.parametrize("name", ["north", "east", "west", "reference"])
def test_manifests_are_toml_and_say_what_was_looked_for(name):
    content = tomllib.loads(manifest_text(name))
    terms = content["scope"]["terms"] if name == "north" else content["labels"]["columns"]
    expected = FINDINGS if name == "reference" else ANNOTATED[name]
    assert tuple(term.lower() for term in terms) == tuple(expected)
    assert "not for clinical use" in content["notes"]


def test_the_recipe_is_valid_and_tests_on_the_reference():
    recipe = check_recipe(tomllib.loads(recipe_text(128)), "recipe.toml")
    assert {source.name: source.split for source in recipe.sources} == {
        "north": "train",
        "east": "train",
        "west": "train",
        "reference": "test",
    }
    assert recipe.classes == FINDINGS
    assert recipe.images.size == 96
    assert check_recipe(tomllib.loads(recipe_text(64)), "recipe.toml").images.size == 64


def test_the_page_says_that_it_is_no_clinical_data():
    page = readme_text(7)
    assert "seed 7" in page
    assert "nothing\nhere is fit for training what is used on patients" in page
    assert "Never train on it" in page
