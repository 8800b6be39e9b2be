import pytest
from tests.public_forms.forms import FORMS

from labelassemble.pipeline.check_source import check_source
from labelassemble.sources.whose_names import tell_whose

NAMED = {form.name: form for form in FORMS}


@pytest.mark.parametrize(
    ("table", "images", "owner"),
    [
        ("nih_v2020", "chexpert_full", "chexpert"),
        ("chexpert_full", "nih_v2020", "nih_chestxray14, nih_cxr_lt, nih_google"),
        ("aptos", "eyepacs", "eyepacs"),
        ("ham_kaggle", "busi", "busi"),
        ("covid_git", "tb_database", "tb_chest_radiography"),
        ("padchest_dirs", "shenzhen_nlm", "shenzhen"),
    ],
)
def test_images_of_another_set_are_named(table, images, owner, tmp_path):
    form = NAMED[table]
    for name, content in form.tables.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for image in NAMED[images].images:
        (tmp_path / image).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / image).touch()
    (problem,) = check_source(form.source, tmp_path).problems
    assert f"called as those of {owner} are" in problem.what


def test_other_images_of_the_same_set_and_names_of_nobody_are_not():
    assert tell_whose(["a/00000001_000.png"], ["00000002_000.png"]) == ""
    assert tell_whose(["1.2.826.0.1.5", "zzz.png"], ["a"]) == ""
    assert tell_whose([], ["a"]) == ""
