import pytest

from labelassemble.sources.draft.survey import plain_name, survey_folder
from labelassemble.sources.draft.tell_masks import called_mask


def test_files_by_kind(tmp_path):
    for name in (
        "images/a.PNG", "masks/a.png", "a_mask.png", "ct/1.nii.gz", "labelsTr/1.nii.gz",
        "labels.csv.gz", "deep/er/than/x.csv", "dataset.json", "a.npz", "r/1.xml", ".hidden/b.png",
        ".c.png", "__MACOSX/d.png", "list.txt", "README.md",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    survey = survey_folder(tmp_path)
    assert survey.images == ("images/a.PNG",)
    assert set(survey.masks) == {"masks/a.png", "a_mask.png", "labelsTr/1.nii.gz"}
    assert survey.volumes == ("ct/1.nii.gz",)
    assert survey.tables == ("labels.csv.gz", "list.txt")
    assert survey.json == ("dataset.json",)
    assert survey.npz == ("a.npz",)
    assert survey.xml == ("r/1.xml",)


def test_a_text_an_image_is_no_table(tmp_path):
    (tmp_path / "boxes").mkdir()
    for number in range(30):
        (tmp_path / "boxes" / f"{number}.txt").touch()
    (tmp_path / "labels.csv").touch()
    assert survey_folder(tmp_path).tables == ("labels.csv",)


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("labelsTr/a.nii.gz", True),
        ("ground_truth/a.png", True),
        ("x/benign (1)_mask_2.png", True),
        ("a-seg.png", True),
        ("images/mask.png", False),
        ("unlabelled/a.png", False),
        ("a.png", False),
    ],
)
def test_masks_by_name(name, mask):
    assert called_mask(name) == mask


def test_names_without_what_they_are_packed_in():
    assert plain_name("a.csv.zip") == plain_name("a.csv") == "a.csv"
    assert plain_name("a.nii.gz") == "a.nii.gz"
