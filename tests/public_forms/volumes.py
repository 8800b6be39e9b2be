"""Volumes with masks: KiTS, LiTS, the Medical Segmentation Decathlon, PANORAMA, AbdomenAtlas."""

import json

from tests.public_forms.form import DRAFTED, READ, UNREAD, Form, sheet

HIDDEN = b"\0\5\x16\7\0\2\0\0Mac OS X"


def kits(name, source, what, place, before=UNREAD, **others):
    return Form(
        name, source, what, before,
        images=tuple(f"{place}case_0000{at}/imaging.nii.gz" for at in (0, 1)),
        masks={
            f"{place}case_00000/segmentation.nii.gz": (1, 2),
            f"{place}case_00001/segmentation.nii.gz": (1,),
            **others,
        },
        terms=("tumor", "cyst") if source == "kits23" else ("tumor",),
        says={
            "case_00000/imaging": "case_00000 | None | +tumor; -*",
            "case_00001/imaging": "case_00001 | None | -*",
        },
    )  # fmt: skip


def task(name, source, what, before, place, cases, terms, says, values, given=".", tables=None):
    """A task of the decathlon: imagesTr, labelsTr, dataset.json."""
    return Form(
        name, source, what, before,
        {
            f"{place}dataset.json": json.dumps({
                "name": "x", "modality": {"0": "CT"}, "labels": {"0": "background", **values},
                "numTraining": len(cases), "training": [],
            }),
            **(tables or {}),
        },
        tuple(f"{place}imagesTr/{one}.nii.gz" for one in cases),
        {f"{place}labelsTr/{one}.nii.gz": of for one, of in cases.items()},
        terms=terms, says=says, given=given,
    )  # fmt: skip


NNUNET = {
    "Dataset220_KiTS2023/dataset.json": json.dumps({
        "channel_names": {"0": "CT"}, "file_ending": ".nii.gz", "numTraining": 2,
        "labels": {"background": 0, "kidney": [1, 2, 3], "masses": [2, 3], "tumor": 2},
        "regions_class_order": [1, 3, 2],
    })
}  # fmt: skip
ORGANS = (
    "aorta", "gall_bladder", "kidney_left", "kidney_right", "liver", "pancreas", "postcava",
    "spleen", "stomach", "adrenal_gland_left", "adrenal_gland_right", "bladder", "celiac_trunk",
    "colon", "duodenum", "esophagus", "femur_left", "femur_right", "hepatic_vessel", "intestine",
    "lung_left", "lung_right", "portal_vein_and_splenic_vein", "prostate", "rectum",
)  # fmt: skip


def atlas(name, what, place):
    case = f"{place}BDMAP_00000001/"
    masks = {f"{case}segmentations/{one}.nii.gz": (1,) for one in ORGANS}
    masks[f"{case}segmentations/prostate.nii.gz"] = ()
    return Form(
        name, "abdomenatlas", what, READ, images=(f"{case}ct.nii.gz",),
        masks={**masks, f"{case}combined_labels.nii.gz": (1, 2, 3)}, terms=ORGANS,
        says={"BDMAP_00000001/ct": "BDMAP_00000001 | None | "
              + "; ".join(f"{'-' if one == 'prostate' else '+'}{one}" for one in ORGANS)},
    )  # fmt: skip


LITS_SAYS = {"volume-0": "0 | None | +tumor", "volume-28": "28 | None | -tumor"}
PANORAMA = Form(
    "panorama", "panorama", "batches beside a clone of its labels", UNREAD,
    {
        "panorama_labels/clinical_information.xlsx": sheet(
            ("patient ID", "study ID", "age", "sex"), (100000, 1, 60, "F"), (100001, 1, 61, "M")
        )
    },
    ("batch_1/100000_00001_0000.nii.gz", "batch_2/100001_00001_0000.nii.gz"),
    {
        "panorama_labels/manual_labels/100000_00001.nii.gz": (1, 3, 4),
        "panorama_labels/automatic_labels/100001_00001.nii.gz": (2, 3, 4, 5, 6),
    },
    terms=("PDAC lesion",),
    says={
        "100000_00001_0000": "100000 | None | +PDAC lesion",
        "100001_00001_0000": "100001 | None | -PDAC lesion",
    },
)  # fmt: skip
LIVER = task(
    "msd03", "msd03_liver", "Task03, a Mac's files beside", UNREAD, "",
    {"liver_0": (1, 2), "liver_1": (1,)}, ("cancer",),
    {"liver_0": "liver_0 | None | +cancer", "liver_1": "liver_1 | None | -cancer"},
    {"1": "liver", "2": "cancer"},
    tables={f"{of}/._liver_0.nii.gz": HIDDEN for of in ("imagesTr", "labelsTr")},
)  # fmt: skip
FORMS = (
    kits("kits19_git", "kits19", "its repository, data/case_...", "data/"),
    kits("kits19_flat", "kits19", "Kaggle, cases at the top", ""),
    kits("kits23", "kits23", "dataset/case_... with readers' masks", "dataset/",
         **{"dataset/case_00000/instances/kidney_instance-1_annotation-1.nii.gz": (1,)}),
    Form(
        "kits23_nnunet", "nnunet_dataset", "KiTS23 as nnU-Net has it, regions", READ, NNUNET,
        tuple(f"Dataset220_KiTS2023/imagesTr/KiTS-0000{at}_0000.nii.gz" for at in (0, 1, 2)),
        {
            "Dataset220_KiTS2023/labelsTr/KiTS-00000.nii.gz": (1, 2),
            "Dataset220_KiTS2023/labelsTr/KiTS-00001.nii.gz": (1, 3),
            "Dataset220_KiTS2023/labelsTr/KiTS-00002.nii.gz": (1,),
        },
        given="Dataset220_KiTS2023", terms=("kidney", "masses", "tumor"),
        says={
            "KiTS-00000_0000": "KiTS-00000 | None | +kidney; +masses; +tumor",
            "KiTS-00001_0000": "KiTS-00001 | None | +kidney; +masses; -tumor",
            "KiTS-00002_0000": "KiTS-00002 | None | +kidney; -masses; -tumor",
        },
    ),
    Form(
        "nnunet_v1", "nnunet_dataset", "nnU-Net version 1", READ,
        {"dataset.json": json.dumps({
            "modality": {"0": "CT"}, "labels": {"0": "background", "1": "liver", "2": "cancer"},
            "numTraining": 1, "training": [],
        })},
        ("imagesTr/a_001_0000.nii.gz",), {"labelsTr/a_001.nii.gz": (1,)},
        terms=("liver", "cancer"), says={"a_001_0000": "a_001 | None | +liver; -cancer"},
    ),
    Form(
        "lits_codalab", "lits", "CodaLab, two batches", UNREAD,
        images=("Training Batch 1/volume-0.nii", "Training Batch 2/volume-28.nii"),
        masks={"Training Batch 1/segmentation-0.nii": (1, 2),
               "Training Batch 2/segmentation-28.nii": (1,)},
        terms=("tumor",), says=LITS_SAYS,
    ),
    Form(
        "lits_kaggle_nested", "lits", "Kaggle, each folder in one of its name", UNREAD,
        images=("volume_pt1/volume_pt1/volume-0.nii", "volume_pt2/volume_pt2/volume-28.nii"),
        masks={f"segmentations/segmentations/segmentation-{at}.nii": of
               for at, of in ((0, (1, 2)), (28, (1,)))},
        terms=("tumor",), says=LITS_SAYS,
    ),
    LIVER,
    task(
        "msd07_top", "msd07_pancreas", "Task07, the folder above", UNREAD, "Task07_Pancreas/",
        {"pancreas_001": (1, 2), "pancreas_004": (1,)}, ("cancer",),
        {"pancreas_001": "pancreas_001 | None | +cancer",
         "pancreas_004": "pancreas_004 | None | -cancer"},
        {"1": "pancreas", "2": "cancer"},
    ),
    task(
        "msd10", "msd10_colon", "Task10", UNREAD, "", {"colon_001": (1,), "colon_005": ()},
        ("colon cancer primaries",),
        {"colon_001": "colon_001 | None | +colon cancer primaries",
         "colon_005": "colon_005 | None | -colon cancer primaries"},
        {"1": "colon cancer primaries"},
    ),
    task(
        "msd06_lung", "msd06_lung", "Task06", DRAFTED, "", {"lung_001": (1,), "lung_003": ()},
        ("cancer",),
        {"lung_001": "lung_001 | None | +cancer", "lung_003": "lung_003 | None | -cancer"},
        {"1": "cancer"},
    ),
    task(
        "msd08", "msd08_hepaticvessel", "Task08", DRAFTED, "",
        {"hepaticvessel_001": (1, 2), "hepaticvessel_002": (1,)}, ("tumor",),
        {"hepaticvessel_001": "hepaticvessel_001 | None | +tumor",
         "hepaticvessel_002": "hepaticvessel_002 | None | -tumor"},
        {"1": "Vessel", "2": "Tumour"},
    ),
    PANORAMA,
    atlas("abdomenatlas", "version 1.1 mini", ""),
    atlas("abdomenatlas_parent", "version 1.1 mini, the folder above", "AbdomenAtlas1.1Mini/"),
)  # fmt: skip
