from pathlib import Path

import polars as pl

from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.mask_legend import SOURCE_MASK_COLUMNS
from labelassemble.sources.mask_table import PieceRow, list_balls, list_mask_files, list_pieces
from labelassemble.sources.statements.mask_places import MaskFolders, find_image_masks
from labelassemble.sources.statements.mask_values import list_cases
from labelassemble.sources.statements.point_rows import POINT_COLUMNS


def list_files(labels: MaskValues, images: list[str], folder: Path, names: str) -> list[PieceRow]:
    for name in names.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    rows = list_cases(pl.Series(images), labels)
    found = zip(images, find_image_masks(rows, labels, MaskFolders(folder)), strict=True)
    return [one for image, masks in found for one in list_mask_files(image, masks, labels)]


def test_all_masks_of_values_at_the_first_place_that_is_there(tmp_path: Path) -> None:
    labels = MaskValues(
        encoding="mask_values",
        case=r"(?P<case>.+)\.nii",
        mask=["second/{case}_m.nii", "first/{case}_m.nii"],
        values={"1": "cyst"},
    )
    files = "first/a_m.nii first/b_m.nii second/b_m_1.nii second/b_m.nii"
    found = list_files(labels, ["a.nii", "b.nii", "c.nii"], tmp_path, files)
    assert found == [
        ("a.nii", None, "file", str(tmp_path / "first/a_m.nii"), 0),
        ("b.nii", None, "file", str(tmp_path / "second/b_m.nii"), 0),
        ("b.nii", None, "file", str(tmp_path / "second/b_m_1.nii"), 1),
    ]
    pieces = list_pieces(found)
    assert dict(pieces.schema) == SOURCE_MASK_COLUMNS
    assert pieces["x"].null_count() == 3
    assert dict(list_pieces([]).schema) == SOURCE_MASK_COLUMNS


def test_a_row_for_each_term_that_has_a_mask_of_its_own(tmp_path: Path) -> None:
    labels = MaskValues(
        encoding="mask_values",
        case=r"(?P<case>\w+)/ct\.nii\.gz",
        masks={name: f"{{case}}/{name}.nii.gz" for name in ("liver", "cyst", "pdac")},
    )
    found = list_files(labels, ["x/ct.nii.gz"], tmp_path, "x/pdac.nii.gz x/liver.nii.gz")
    assert found == [
        ("x/ct.nii.gz", name, "file", str(tmp_path / f"x/{name}.nii.gz"), 0)
        for name in ("liver", "pdac")
    ]


def test_what_two_readers_marked_alike_is_one_ball() -> None:
    rows = [
        ("a", "nodule", reader, 1.0, 2.0, 3.0, width)
        for reader, width in (("r1", 4.0), ("r2", 4.0), ("r2", None))
    ]
    balls = list_balls(pl.DataFrame(rows, schema=POINT_COLUMNS, orient="row"))
    assert dict(balls.schema) == SOURCE_MASK_COLUMNS
    assert balls.select("kind", "x", "diameter_mm", "path").rows() == [
        ("ball", 1.0, 4.0, None),
        ("ball", 1.0, None, None),
    ]
