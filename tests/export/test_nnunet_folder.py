"""nnU-Net's form, held by nnU-Net's own checks, in an environment of its own (``make tests``)."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pytest

from labelassemble.assembly.table_folder import read_assembled, write_table
from labelassemble.errors import AssemblyError, RunError, SettingsError
from labelassemble.export.drawn_states import DrawnRecord
from labelassemble.export.nnunet_folder import make_nnunet_folder
from labelassemble.export.write_folder import write_folder
from labelassemble.pipeline.export_table import export_table

NNUNET = os.environ.get("LABELASSEMBLE_NNUNET")
"""Python of an environment with nnU-Net."""

CHECKS = """
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path
from types import SimpleNamespace
import nibabel
from nnunetv2.experiment_planning import verify_dataset_integrity as checks
# Threads, not processes, each of which would import all of it again.
checks.multiprocessing = SimpleNamespace(get_context=lambda kind: SimpleNamespace(Pool=ThreadPool))
checks.verify_dataset_integrity(sys.argv[1], num_processes=1)
label = next((Path(sys.argv[1]) / "labelsTr").iterdir())
image = nibabel.load(label)
nibabel.save(nibabel.Nifti1Image(image.get_fdata() + 9, image.affine), label)
try:
    checks.verify_dataset_integrity(sys.argv[1], num_processes=1)
except RuntimeError as error:
    print("Found:", error)
"""


@pytest.fixture(scope="module")
def exported(volumes, tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("raw") / "Dataset501_Toy"
    return export_table(volumes, "nnunet", output)[0]


def test_every_case_and_class_is_there(volumes, exported):
    table = read_assembled(volumes / "assembled")
    described = json.loads((exported / "dataset.json").read_text())
    assert described["numTraining"] == len(described["dataset"]) == table.records.height == 6
    assert described["channel_names"] == {"0": "CT"}
    assert described["labels"] == {
        "background": 0,
        "pancreatic_lesion": [1, 2, 3],
        "pdac": [2],
        "pancreatic_cyst": [3],
        "ignore": 4,
    }
    assert described["regions_class_order"] == [1, 2, 3]
    labels = table.labels().to_dicts()
    held = described["counts"]["cases_with_class"]
    assert held == {
        name: sum(row[name] == 1 for row in labels) for name in table.classes if name in held
    }
    (fold,) = json.loads((exported / "splits_final.json").read_text())
    parts = table.records["split"].value_counts()
    assert dict(parts.iter_rows()) == {"train": len(fold["train"]), "validate": len(fold["val"])}


def test_voxels_nobody_looked_at_are_ignored(volumes, exported):
    with (exported / "cases.csv").open() as file:
        cases = {row["record"]: row["case"] for row in csv.DictReader(file)}
    for record, case in cases.items():
        label = nibabel.load(exported / "labelsTr" / f"{case}.nii.gz")
        values = np.asarray(label.dataobj)
        source, name = record.split("/", 1)
        ending = ".nii.gz" if source == "one" else ".nii"
        stem = Path(name).name.split(".")[0]
        drawn = nibabel.load(volumes.parent / source / "masks" / f"{stem}{ending}")
        mask = np.asarray(drawn.dataobj)
        np.testing.assert_allclose(label.affine, drawn.affine)
        if source == "two":
            np.testing.assert_array_equal(values, np.array([0, 2, 3, 1])[mask])
        else:
            # Cysts were not looked for: all but the adenocarcinoma, which is none, is unknown.
            np.testing.assert_array_equal(values, np.where(mask == 1, 2, 4))


def test_images_are_named_where_they_lie_or_written(volumes, exported):
    described = json.loads((exported / "dataset.json").read_text())["dataset"]
    named = [one["images"][0] for one in described.values()]
    assert sum(Path(one).is_absolute() for one in named) == 3
    written = [one for one in named if not Path(one).is_absolute()]
    assert all((exported / one).is_file() for one in written)
    image = nibabel.load(exported / written[0])
    case = next(case for case, one in described.items() if one["images"][0] == written[0])
    own = nibabel.load(volumes.parent / "two" / "images" / f"{case.split('_')[2]}.nii")
    np.testing.assert_array_equal(np.asarray(image.dataobj), np.asarray(own.dataobj))


@pytest.mark.skipif(NNUNET is None, reason="no environment of nnU-Net: make tests builds it")
def test_nnunet_s_own_checks_pass_and_find_a_wrong_label(exported, tmp_path):
    copy = shutil.copytree(exported, tmp_path / exported.name)
    done = subprocess.run(
        [str(NNUNET), "-c", CHECKS, copy], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    good, _, bad = done.stdout.partition("verify_dataset_integrity Done")
    assert "Error" not in good
    assert "Found: Some segmentation images contained unexpected labels" in bad


def test_images_become_png(make_table, tmp_path):
    from labelassemble.detection.source_mask import SourceMask
    from labelassemble.volumes.mask_meaning import MaskMeaning

    mask = np.zeros((20, 30), dtype=np.uint8)
    mask[3:6, 4:9] = 1
    image, drawn = tmp_path / "a.jpg", tmp_path / "mask.png"
    cv2.imwrite(str(image), np.arange(600, dtype=np.uint8).reshape(20, 30))
    cv2.imwrite(str(drawn), mask)
    table = make_table(("mass",), {"a/1": ("+", {"path": str(image)})})
    meaning = MaskMeaning(("mass",), {0: (1,), 1: (3,)})
    own = DrawnRecord(image, (SourceMask(image, ((drawn,),), meaning),))
    files = make_nnunet_folder(table, {"a/1": own})
    output, _ = write_folder(tmp_path / "Dataset502_Flat", files, {})
    described = json.loads((output / "dataset.json").read_text())
    assert described["labels"] == {"background": 0, "mass": 1, "ignore": 2}
    assert described["file_ending"] == ".png"
    labels = cv2.imread(str(output / "labelsTr" / "a_1.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(labels, mask)
    written = cv2.imread(str(output / "imagesTr" / "a_1_0000.png"), cv2.IMREAD_UNCHANGED)
    assert written.shape == (20, 30)


def test_a_name_that_nnunet_does_not_find_is_refused(volumes, tmp_path):
    with pytest.raises(SettingsError, match=r"DatasetNNN_NAME(.|\n)*Dataset501_Lesions"):
        export_table(volumes, "nnunet", tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_masks_says_so(boxed, tmp_path):
    write_table(boxed, tmp_path / "assembled")
    with pytest.raises(AssemblyError, match="nobody drew a class on it: 6"):
        export_table(tmp_path / "assembled", "nnunet", tmp_path / "Dataset503_None")
    assert [one.name for one in tmp_path.iterdir()] == ["assembled"]


def test_masks_that_changed_since_are_told(volumes, tmp_path):
    mask = volumes.parent / "one" / "masks" / "one1.nii.gz"
    kept = mask.read_bytes()
    mask.write_bytes(kept + b"0")
    try:
        with pytest.raises(RunError, match="masks as they were when the table was assembled"):
            export_table(volumes, "nnunet", tmp_path / "Dataset504_Changed")
    finally:
        mask.write_bytes(kept)
    assert list(tmp_path.iterdir()) == []
