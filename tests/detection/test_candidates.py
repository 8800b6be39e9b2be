from pathlib import Path

import numpy as np
import pytest

from labelassemble.detection.candidates import (
    candidate_columns,
    candidate_rows,
    read_candidates,
    rows_to_lesions,
    write_candidates,
)
from labelassemble.errors import RunError
from labelassemble.metrics.lesions.find_lesions import find_lesions

CLASSES = ("a", "b", "c")


@pytest.mark.parametrize("shape", [(20, 24), (12, 14, 10)])
def test_lesions_come_back_from_a_file(shape: tuple[int, ...], tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    probability = np.where(generator.random((3, *shape)) < 0.02, generator.random((3, *shape)), 0.0)
    spacing = np.array([2.0, 0.5, 3.0][: len(shape)])
    affine = np.diag([*[-2.0, 0.5, 3.0][: len(shape)], 1.0])
    affine[:-1, -1] = 7.0
    lesions = find_lesions(probability, spacing, affine=affine)
    assert lesions.score.size > 5
    rows = candidate_rows(lesions, "north/x", CLASSES)
    assert dict(rows.schema) == candidate_columns(len(shape))
    # Units say what the numbers are: pixels of an image are no millimetres.
    assert [name for name in rows.columns if "mm" in name or "px" in name][:3] == (
        ["size_px", "x_px", "y_px"] if len(shape) == 2 else ["size_mm3", "x_mm", "y_mm"]
    )
    assert not any("mm" in name for name in rows.columns if len(shape) == 2)
    write_candidates(rows, tmp_path / "c.parquet")
    back = rows_to_lesions(read_candidates(tmp_path / "c.parquet"), CLASSES, shape)
    for name in ("class_place", "score", "centre", "centre_mm", "box", "box_mm", "size"):
        np.testing.assert_allclose(getattr(back, name), getattr(lesions, name))
    turned = rows_to_lesions(rows, ("c",), shape)
    assert turned.class_place.tolist() == [0] * (lesions.class_place == 2).sum()


def test_no_candidates(tmp_path: Path) -> None:
    lesions = find_lesions(np.zeros((3, 4, 4)), np.ones(2))
    rows = candidate_rows(lesions, "x", CLASSES)
    assert dict(rows.schema) == candidate_columns(2)
    assert rows_to_lesions(rows, CLASSES, (4, 4)).score.size == 0


def test_files_that_hold_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such file"):
        read_candidates(tmp_path / "absent.parquet")
    candidate_rows(find_lesions(np.zeros((1, 4, 4)), np.ones(2)), "x", "a").drop(
        "score"
    ).write_parquet(tmp_path / "other.parquet")
    with pytest.raises(RunError, match="the file that holds a detection run's candidates"):
        read_candidates(tmp_path / "other.parquet")
