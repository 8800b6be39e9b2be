import pytest

from labelassemble.sources.draft.place_images import choose_image_folder


@pytest.mark.parametrize(
    ("wanted", "others", "said"),
    [
        (["a/1.png", "a/b/2.png"], ["t.csv"], {"folder": "a"}),
        (["Images/1.png", "Images/2.png"], ["Masks/1.png"], {"folder": "Images"}),
        (["1.jpg", "x/2.jpg"], ["1.png"], {"glob": "**/*.jpg"}),
        (["v/1.nii.gz", "v/2.nii.gz"], ["s/1.nii.gz"], {"folder": "v", "glob": "**/*.nii.gz"}),
        (["S_1/1.png", "S_2/2.png"], ["s_1/1.png"], {"glob": "S_*/*.png"}),
        (["1/IM0001", "1/IM0002"], ["x.txt"], {"folder": "1"}),
    ],
)
def test_a_pattern_takes_the_images_alone(wanted, others, said):
    placed = choose_image_folder(wanted, [*wanted, *others])
    assert {key: line.value for key, line in placed.items()} == said


def test_what_no_pattern_tells_apart():
    assert choose_image_folder(["a/1.png", "b/2.png"], ["a/1.png", "a/2.png", "b/2.png"]) is None
