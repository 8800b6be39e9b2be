import pytest

from labelassemble.sources.draft.whole_folder import guess_whole
from labelassemble.vocabulary.vocabulary import load_vocabulary

FIND = load_vocabulary("chest_radiograph").find


@pytest.mark.parametrize(
    ("folders", "last"),
    [
        (["data", "COVID-19"], 'positive = ["COVID-19"]'),
        (["tuberculosis_images"], 'positive = ["tuberculosis"]'),
        (["set", "MelanomaCases", "jpg"], 'positive = ["melanoma"]'),
        (["Healthy_controls"], 'negative = ["..."]'),
    ],
)
def test_a_folder_called_like_a_disease(folders, last):
    assert guess_whole(folders, FIND)[-1] == last


@pytest.mark.parametrize("folders", [["data"], ["my_hospital", "images"], ["2019"]])
def test_other_folders_say_nothing(folders):
    assert guess_whole(folders, FIND) == ()
