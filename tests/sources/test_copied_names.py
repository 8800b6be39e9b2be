"""Names that copies of files get."""

import pytest

from labelassemble.sources.copied_names import original_name


@pytest.mark.parametrize(
    "copied",
    [
        "x (1).png", "x (12).png", "x - Copy.png", "x - Copy (2).png", "x copy.png", "x copy 3.png",
        "x-copy.png", "x_copy.png", "x - Kopie.png", "Copy of x.png", "copy of x.png",
        "Kopie von x.png",
    ],
)  # fmt: skip
def test_what_a_copy_is_of(copied: str) -> None:
    assert original_name(f"a (1)/{copied}") == "a (1)/x.png"
    packed = copied.replace(".png", ".nii.gz")
    assert original_name(packed) == "x.nii.gz"


@pytest.mark.parametrize("name", ["x.png", "x(1).png", "photocopy.png", "x (1)", "a copy/x.png"])
def test_what_is_no_copy(name: str) -> None:
    assert original_name(name) == name
