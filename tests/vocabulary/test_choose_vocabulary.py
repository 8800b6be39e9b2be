from pathlib import Path

import pytest

from labelassemble.errors import SettingsError
from labelassemble.settings import Recipe
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary


def recipe(*manifests, vocabulary=""):
    sources = [
        {"name": f"s{place}", "manifest": str(manifest), "folder": Path("/nowhere")}
        for place, manifest in enumerate(manifests)
    ]
    return Recipe.model_validate(
        {"name": "r", "output": "out", "sources": sources, "vocabulary": vocabulary}
    )


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        (("nih_chestxray14", "rsna_pneumonia"), "chest_radiograph"),
        (("kits19", "lits"), "abdominal_ct"),
        (("unlabelled_folder", "kits19"), "abdominal_ct"),
        (("unlabelled_folder",), "chest_radiograph"),
        (("no_such_manifest", "kits19"), "abdominal_ct"),
    ],
)
def test_the_sources_name_it(manifests, expected):
    assert choose_vocabulary(recipe(*manifests)) == expected


def test_a_recipe_that_mixes_regions_says_so_unless_it_names_one():
    with pytest.raises(SettingsError) as caught:
        choose_vocabulary(recipe("kits19", "nih_chestxray14", "lits"))
    assert caught.value.got == "abdominal_ct for s0, s2; chest_radiograph for s1"
    assert choose_vocabulary(recipe("kits19", "nih_chestxray14", vocabulary="mine.toml")) == (
        "mine.toml"
    )


def test_a_file_beside_the_manifest(tmp_path):
    manifest = tmp_path / "m.toml"
    manifest.write_text('name = "m"\nvocabulary = "words.toml"\nlabels.encoding = "unlabelled"\n')
    assert choose_vocabulary(recipe(manifest)) == str(tmp_path / "words.toml")
