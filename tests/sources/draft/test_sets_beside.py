"""Several sources in one folder, each with the folder that it lies in."""

import nibabel
import numpy as np

from labelassemble.sources.draft.sets_beside import find_sets
from labelassemble.sources.folder_seen import see_folder
from labelassemble.sources.manifest_file import builtin_manifests

NIH = "Image Index,Finding Labels,Patient ID,Patient Age,Patient Gender,View Position"
RLE = "ImageId,EncodedPixels"


def put(folder, *names, **tables):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)


def find(folder):
    sets = find_sets(see_folder(folder), builtin_manifests())
    return [(one.place, *(known.name for known in one.fitting)) for one in sets]


def test_side_by_side(tmp_path):
    put(tmp_path / "a", "images/1.png", Data_Entry=f"{NIH}\n1.png,Mass,1,50,M,PA\n")
    put(tmp_path / "b/deep", "x/1.dcm", **{"train-rle": f"{RLE}\n1,-1\n"})
    put(tmp_path / "c", "images/images/MCUCXR_0001_0.png", "images/images/MCUCXR_0104_1.png")
    assert find(tmp_path) == [
        ("a/", "nih_chestxray14"),
        ("b/", "siim_pneumothorax"),
        ("c/", "montgomery"),
    ]


def test_one_that_lies_around_another(tmp_path):
    put(tmp_path, "images/1.png", Data_Entry=f"{NIH}\n1.png,Mass,1,50,M,PA\n")
    put(tmp_path / "more", "1.dcm", **{"train-rle": f"{RLE}\n1,-1\n"})
    assert find(tmp_path) == [("", "nih_chestxray14"), ("more/", "siim_pneumothorax")]


def test_one_alone_is_seen_from_above(tmp_path):
    put(tmp_path / "tables", Data_Entry=f"{NIH}\n1.png,Mass,1,50,M,PA\n")
    put(tmp_path, "images_001/1.png", "images_002/2.png")
    assert find(tmp_path) == [("", "nih_chestxray14")]


def test_labels_of_their_own_for_the_same_images(tmp_path):
    terms = "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Lesion,Lung Opacity,Edema,"
    terms += "Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,"
    terms += "Fracture,Support Devices"
    start = "mimic-cxr-2.0.0-"
    tables = {
        f"{start}metadata": "dicom_id,subject_id,study_id,ViewPosition\na,1,2,PA\n",
        f"{start}split": "dicom_id,study_id,subject_id,split\na,2,1,train\n",
        f"{start}chexpert": f"subject_id,study_id,{terms}\n1,2{',' * 14}\n",
        f"{start}negbio": f"subject_id,study_id,{terms}\n1,2{',' * 14}\n",
    }
    put(tmp_path, "files/p10/p1/s2/a.jpg", **tables)
    assert find(tmp_path) == [("", "mimic_cxr_chexpert"), ("", "mimic_cxr_negbio")]


def save(path, volume):
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(volume.astype(np.int16), np.eye(4)), path)


def test_two_that_nothing_tells_apart(tmp_path):
    volume = np.zeros((4, 4, 4))
    save(tmp_path / "case_00001/imaging.nii.gz", volume + 9)
    volume[0], volume[1] = 1, 2
    save(tmp_path / "case_00001/segmentation.nii.gz", volume)
    assert find(tmp_path) == [("", "kits19", "kits23")]
    (tmp_path / "case_00001/instances").mkdir()
    (tmp_path / "case_00001/instances/a.nii.gz").touch()
    assert find(tmp_path) == [("", "kits23")]


def test_nothing_known(tmp_path):
    put(tmp_path, "a/1.png", "b/2.png", mine="x,y\n1,2\n")
    assert find(tmp_path) == []
