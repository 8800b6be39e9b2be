from pathlib import Path

from labelassemble.detection.find_masks import MaskFiles, find_masks
from labelassemble.sources.encodings.mask_values import MaskValues


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_one_mask_of_values_at_the_first_place_that_is_there(tmp_path: Path) -> None:
    labels = MaskValues(
        encoding="mask_values",
        case=r"images/(?P<case>.+)\.nii\.gz",
        mask=["second/{case}.nii.gz", "first/{case}.nii.gz"],
        values={"1": "cyst"},
    )
    make(tmp_path, "first/a.nii.gz", "first/b.nii.gz", "second/b.nii.gz")
    images = ["images/b.nii.gz", "images/a.nii.gz", "images/c.nii.gz"]
    assert find_masks(labels, images, tmp_path) == {
        "images/a.nii.gz": MaskFiles(((tmp_path / "first/a.nii.gz",),)),
        "images/b.nii.gz": MaskFiles(((tmp_path / "second/b.nii.gz",),)),
    }
    assert find_masks(labels, [], tmp_path) == {}


def test_a_mask_a_term_without_those_nobody_asks_about(tmp_path: Path) -> None:
    labels = MaskValues(
        encoding="mask_values",
        case=r"(?P<case>\w+)/ct\.nii\.gz",
        masks={name: f"{{case}}/{name}.nii.gz" for name in ("liver", "cyst", "pdac")},
    )
    make(tmp_path, "x/liver.nii.gz", "x/pdac.nii.gz")
    found = find_masks(labels, ["x/ct.nii.gz"], tmp_path, lambda term: term != "liver")
    assert found == {"x/ct.nii.gz": MaskFiles(((tmp_path / "x/pdac.nii.gz",),), ("pdac",))}
