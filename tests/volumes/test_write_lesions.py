import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labelassemble.errors import ImageError
from labelassemble.volumes.geometry import to_voxel
from labelassemble.volumes.read_volume import read_volume
from labelassemble.volumes.resample import resample
from labelassemble.volumes.write_lesions import FoundLesion, write_lesions

Write = Callable[..., Path]


@pytest.mark.parametrize("fine", [False, True])
def test_lesions_stand_in_millimetres_and_in_the_files_own_voxels(
    write_nifti: Write, tmp_path: Path, fine: bool
) -> None:
    # Left to right runs along the file's third axis, backwards.
    affine = np.array([[0, 0, -3.0, 9], [0, 1.0, 0, 8], [1.5, 0, 0, 7], [0, 0, 0, 1]])
    volume = read_volume(write_nifti(np.zeros((12, 10, 8), dtype=np.int16), affine))
    box_mm = np.array([[-6.5, 11.5, 10.75], [-0.5, 13.5, 13.75]])
    # File voxels (3..4, 4..5, 3.67..4.67) around (3.5, 4.5, 4.17).
    if fine:
        volume = resample(volume, (0.5, 0.5, 0.5))
    low, high = np.sort(to_voxel(volume.affine, box_mm), axis=0)
    first, last = np.ceil(low + 0.5 - 1e-9).astype(int), np.floor(high - 0.5 + 1e-9).astype(int)
    centre = (first + last) / 2.0
    lesion = FoundLesion(
        "kidney_tumor",
        0.75,
        tuple(centre.tolist()),
        tuple(first.tolist()),
        tuple(last.tolist()),
        int(np.prod(last - first + 1)),
    )
    write_lesions([lesion], volume, tmp_path / "out" / "lesions.json")
    told = json.loads((tmp_path / "out" / "lesions.json").read_text())
    assert "RAS" in told["frame"]
    one = told["lesions"][0]
    assert one["class"] == "kidney_tumor"
    size = np.array(one["box_mm"][1]) - one["box_mm"][0]
    assert one["volume_mm3"] == pytest.approx(np.prod(size))
    assert np.array(one["centre_mm"]) == pytest.approx(np.mean(one["box_mm"], axis=0), abs=1e-3)
    mm = affine[:3, :3] @ np.array(one["centre_voxel"]) + affine[:3, 3]
    assert mm == pytest.approx(np.array(one["centre_mm"]), abs=1e-3)
    if fine:
        assert one["box_mm"] == [pytest.approx(row) for row in box_mm.tolist()]
        assert one["box_voxel"] == [
            pytest.approx([2.5, 3.5, 3.1667], abs=1e-3),
            pytest.approx([4.5, 5.5, 5.1667], abs=1e-3),
        ]


def test_no_lesions_are_an_empty_list(write_nifti: Write, tmp_path: Path) -> None:
    volume = read_volume(write_nifti(np.zeros((3, 4, 5), dtype=np.int16)))
    write_lesions([], volume, tmp_path / "lesions.json")
    told = json.loads((tmp_path / "lesions.json").read_text())
    assert told["lesions"] == []
    assert told["image_shape"] == [3, 4, 5]
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match="can be written"):
        write_lesions([], volume, tmp_path / "file" / "lesions.json")
