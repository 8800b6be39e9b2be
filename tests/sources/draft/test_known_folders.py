"""Folders of sources without a table: names, masks, arrays."""

import numpy as np
import pytest

from labelassemble.sources.draft.known_folders import fit_folder, read_folder_shapes
from labelassemble.sources.folder_seen import see_folder
from labelassemble.sources.manifest_file import load_manifest


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def fit(name, folder):
    return fit_folder(load_manifest(name), see_folder(folder))


def test_usual_words_for_classes_tell_nothing(tmp_path):
    touch(tmp_path, "COVID/a.png", "COVID/b.png", "Normal/c.png", "Normal/d.png")
    found = fit("covid19_radiography", tmp_path)
    assert found is not None
    assert not found.fits
    assert "its classes are COVID, Lung_Opacity" in found.said
    touch(tmp_path, "Viral Pneumonia/e.png")
    found = fit("covid19_radiography", tmp_path)
    assert found is not None
    assert found.fits


def test_files_called_by_their_class_tell(tmp_path):
    touch(tmp_path, "COVID/images/COVID-1.png", "Normal/images/Normal-1.png")
    found = fit("covid19_radiography", tmp_path)
    assert found is not None
    assert found.fits
    assert found.seen == "classes in their paths: COVID 1, Normal 1"


def test_a_joined_table_must_be_there(tmp_path):
    image = "sub-S03044/ses-E07985/mod-rx/sub-S03044_ses-E07985_run-1_bp-chest_vp-ap_cr.png"
    touch(tmp_path, image, "derivatives/labels/Labels_covid_NEG_JAN21.tsv")
    negative = fit("bimcv_covid19_negative", tmp_path)
    positive = fit("bimcv_covid19_positive", tmp_path)
    assert negative is not None
    assert positive is not None
    assert (negative.fits, positive.fits) == (True, False)
    assert "is not there" in positive.said


def save(path, volume):
    nibabel = pytest.importorskip("nibabel")
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(volume.astype(np.int16), np.eye(4)), path)


@pytest.mark.parametrize(("value", "fits"), [(1, True), (2, False)])
def test_values_of_a_mask_that_a_source_has_not(tmp_path, value, fits):
    volume = np.zeros((4, 4, 4))
    volume[0] = value
    save(tmp_path / "Task10_Colon/imagesTr/colon_001.nii.gz", volume + 70)
    save(tmp_path / "Task10_Colon/labelsTr/colon_001.nii.gz", volume)
    found = fit("msd10_colon", tmp_path)
    assert found is not None
    assert found.fits == fits
    assert ("colon_001.nii.gz holds 2, which it has not" in found.said) != fits


def test_arrays_by_their_sizes(tmp_path):
    arrays = {
        f"{part}_{what}": np.zeros((3, 28, 28) if what == "images" else (3, 14), np.uint8)
        for part in ("train", "val", "test")
        for what in ("images", "labels")
    }
    np.savez(tmp_path / "chestmnist.npz", **arrays)
    found = fit("chestmnist", tmp_path)
    assert found is not None
    assert found.said == "chestmnist.npz holds train 3, val 3, test 3 images of 28 x 28"
    assert fit("pathmnist", tmp_path) is None
    assert read_folder_shapes(see_folder(tmp_path), "chestmnist.npz")["train_labels"] == (3, 14)
    (tmp_path / "broken.npz").write_bytes(b"PK")
    assert read_folder_shapes(see_folder(tmp_path), "broken.npz") == {}
