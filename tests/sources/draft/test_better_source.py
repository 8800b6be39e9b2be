"""A relative that fits better than the manifest a source was read with."""

import pytest

from labelassemble.pipeline.check_source import check_source
from labelassemble.sources.draft.known_sources import find_better
from labelassemble.sources.manifest_file import builtin_manifests, load_manifest


def columns_of(name):
    manifest = load_manifest(name)
    layout = manifest.table
    facts = (layout.image, layout.patient, layout.reader)
    return [*(one for one in facts if one), *manifest.labels.columns_read]


def write(folder, file, columns):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(",".join(columns) + "\n" + ",".join(["0"] * len(columns)) + "\n")


@pytest.mark.parametrize(
    ("given", "is_it", "file"),
    [
        ("vindr_cxr", "vindr_pcxr", "image_labels_train.csv"),
        ("nih_chestxray14", "nih_cxr_lt", "miccai2023_nih-cxr-lt_labels_train.csv"),
        ("isic2019", "isic2018_task3", "ISIC2018_Task3_Training_GroundTruth.csv"),
        ("chexpert", "mimic_cxr_lt", "train.csv"),
    ],
)
def test_check_names_the_relative(tmp_path, given, is_it, file):
    write(tmp_path, file, columns_of(is_it))
    remarks = " ".join(str(one) for one in check_source(given, tmp_path).remarks)
    assert f"labelassemble check {is_it} " in remarks


def test_what_was_read_rightly_has_no_better(tmp_path):
    for name, file in (
        ("vindr_pcxr", "image_labels_train.csv"),
        ("isic2018_task3", "ISIC2018_Task3_Training_GroundTruth.csv"),
    ):
        write(tmp_path / name, file, columns_of(name))
        assert find_better(name, tmp_path / name, [file], builtin_manifests()) is None


def test_names_of_images(tmp_path):
    names = ["Tuberculosis/Tuberculosis-1.png", "Normal/Normal-1.png", "Normal/Normal-2.png"]
    found = find_better("covid19_radiography", tmp_path, names, builtin_manifests())
    assert found is not None
    assert found.name == "tb_chest_radiography"
    again = find_better("tb_chest_radiography", tmp_path, names, builtin_manifests())
    assert again is None
    assert find_better("tbx11k", tmp_path, names, builtin_manifests()) is None
