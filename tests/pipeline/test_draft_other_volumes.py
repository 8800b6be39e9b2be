"""Volumes of MetaImage and NRRD, with masks beside them or alone, are drafted as NIfTI is."""

import numpy as np
import pytest
import SimpleITK

from labelassemble.pipeline.draft_manifest import draft_manifest


@pytest.mark.parametrize("ending", [".mhd", ".mha", ".nrrd", ".nii.gz"])
@pytest.mark.parametrize("masks", [True, False])
def test_a_folder_of_volumes(tmp_path, ending, masks):
    folder = tmp_path / "scans"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(6):
        voxels = generator.integers(0, 900, (8, 20, 20)).astype(np.int16)
        mask = np.zeros(voxels.shape, dtype=np.uint8)
        mask[2:5, 5:12, 6:12] = 1
        for name, values in (("", voxels), ("_segmentation", mask)):
            if masks or not name:
                image = SimpleITK.GetImageFromArray(values)
                path = folder / f"Case{number:02d}{name}{ending}"
                SimpleITK.WriteImage(image, str(path))
    drafted = draft_manifest(folder, tmp_path / "m.toml")
    assert not any(".raw" in line for line in drafted.passed)
    assert drafted.check is not None
    assert not drafted.check.problems
    assert drafted.check.table is not None
    assert drafted.check.table.images.height == 6
    assert drafted.check.table.images["path"].null_count() == 0
    assert sum(one.positive for one in drafted.check.terms) == (6 if masks else 0)
