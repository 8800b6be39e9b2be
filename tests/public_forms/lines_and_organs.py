"""CANDID-PTX, RANZCR CLiP, and volumes of organs, as their publishers have them."""

from tests.public_forms.form import DRAFTED, OTHER_COLUMN, UNREAD, Form, csv
from tests.public_forms.volumes import task

CANDID = {
    "Pneumothorax_reports.csv": csv(
        "filename,SOPInstanceUID,StudyInstanceUID,Report,EncodedPixels",
        "P1_5.dcm,2.2.840.113564.10.1.1001,2.2.1,Left pneumothorax.,2050 3 1021 3",
        "P1_5.dcm,2.2.840.113564.10.1.1001,2.2.1,Left pneumothorax.,9000 4",
        "P1_9.dcm,2.2.840.113564.10.1.1002,2.2.2,Drain removed.,-1",
        "P7_2.dcm,2.2.840.113564.10.1.1003,2.2.3,Clear.,-1",
    ),
    "acute_rib_fracture.csv": csv(
        "anon_SOPUID,annotation_ref,mask_rle", "2.2.840.113564.10.1.1003,r1,500 7 1017 7"
    ),
    "chest_tube.csv": csv(
        "anon_SOPUID,annotation_ref,mask_rle",
        "2.2.840.113564.10.1.1001,t1,70 5", "2.2.840.113564.10.1.1001,t2,700 5",
    ),
}  # fmt: skip
CANDID_IMAGES = tuple(f"dataset/2.2.840.113564.10.1.{at}.dcm" for at in (1001, 1002, 1003))
CLIP = (
    "ETT - Abnormal", "ETT - Borderline", "ETT - Normal", "NGT - Abnormal", "NGT - Borderline",
    "NGT - Incompletely Imaged", "NGT - Normal", "CVC - Abnormal", "CVC - Borderline",
    "CVC - Normal", "Swan Ganz Catheter Present",
)  # fmt: skip
UID = "1.2.826.0.1.3680043.8.498.26697628953273228189375557799582420561"


def box(term, *edges):
    return (term, *map(float, edges), 1024, 1024)


CHEST_FORMS = (
    *(
        Form(
            source, source, f"figshare, the table of {what}", before, CANDID, CANDID_IMAGES,
            says={
                f"10.1.{at}": f"{patient} | None | {sign}{term}"
                for (at, patient), sign in zip(
                    (("1001", "P1"), ("1002", "P1"), ("1003", "P7")), signs, strict=True
                )
            } if source == "candid_ptx" else {
                f"10.1.{at}": f"None | None | {sign}{term}"
                for at, sign in zip(("1001", "1002", "1003"), signs, strict=True)
            },
            boxes=boxes,
        )
        for source, what, before, term, signs, boxes in (
            ("candid_ptx", "pneumothoraces", OTHER_COLUMN, "Pneumothorax", "+--",
             {"10.1.1001": (box("Pneumothorax", 2, 1, 4, 4), box("Pneumothorax", 8, 807, 9, 811))}),
            ("candid_ptx_rib_fracture", "rib fractures", UNREAD, "Acute rib fracture", "--+",
             {"10.1.1003": (box("Acute rib fracture", 0, 499, 2, 506),)}),
        )
    ),
    Form(
        "ranzcr_clip", "ranzcr_clip", "Kaggle's competition", DRAFTED,
        {
            "train.csv": csv(
                ",".join(("StudyInstanceUID", *CLIP, "PatientID")),
                f"{UID},0,0,0,0,0,0,1,0,0,0,0,ec89415d1",
                f"{UID[:-1]},0,1,0,0,0,0,0,1,0,0,1,bf4c6da3c",
            ),
            "sample_submission.csv": csv(
                ",".join(("StudyInstanceUID", *CLIP)), f"{UID[:-2]},0,0,0,0,0,0,0,0,0,0,0"
            ),
        },
        (f"train/{UID}.jpg", f"train/{UID[:-1]}.jpg", f"test/{UID[:-2]}.jpg"),
        terms=CLIP,
        says={
            UID: "ec89415d1 | None | +NGT - Normal; -*",
            UID[:-1]: "bf4c6da3c | None | +ETT - Borderline; +CVC - Abnormal; "
            "+Swan Ganz Catheter Present; -*",
        },
    ),
)  # fmt: skip
PANTS = "PanTS_00000001", "PanTS_00000002", "PanTS_00009001"
VOLUME_FORMS = (
    Form(
        "btcv", "btcv", "Synapse, RawData", UNREAD,
        images=("RawData/Training/img/img0001.nii.gz", "RawData/Training/img/img0010.nii.gz",
                "RawData/Testing/img/img0061.nii.gz"),
        masks={"RawData/Training/label/label0001.nii.gz": (1, 6, 13),
               "RawData/Training/label/label0010.nii.gz": (2, 6)},
        says={"img0001": "0001 | None | ", "img0010": "0010 | None | "},
    ),
    task(
        "msd09", "msd09_spleen", "Task09", UNREAD, "", {"spleen_2": (1,), "spleen_10": (1,)}, (),
        {"spleen_2": "spleen_2 | None | ", "spleen_10": "spleen_10 | None | "}, {"1": "spleen"},
    ),
    Form(
        "amos22", "amos22", "Zenodo, CT and MRI", UNREAD,
        {"dataset.json": '{"labels": {"0": "background", "1": "spleen"}, "numTraining": 2}'},
        ("imagesTr/amos_0001.nii.gz", "imagesTr/amos_0507.nii.gz", "imagesVa/amos_0008.nii.gz",
         "imagesTs/amos_0013.nii.gz"),
        {"labelsTr/amos_0001.nii.gz": (1, 15), "labelsTr/amos_0507.nii.gz": (1,),
         "labelsVa/amos_0008.nii.gz": (6,)},
        says={"amos_0001": "amos_0001 | train | ", "amos_0008": "amos_0008 | validate | "},
    ),
    Form(
        "totalsegmentator", "totalsegmentator", "Zenodo, version 2", UNREAD,
        {
            "meta.csv": "image_id;age;gender;institute;study_type;split;manufacturer;scanner_model;"
            "kvp;pathology;pathology_location\n"
            "s0011;65;m;A;ct thorax;train;siemens;x;120;tumor;lung\n"
            "s0058;47;f;B;ct abdomen;test;siemens;x;100;no_pathology;\n"
        },
        ("s0011/ct.nii.gz", "s0058/ct.nii.gz"),
        {f"{case}/segmentations/{organ}.nii.gz": (1,)
         for case in ("s0011", "s0058") for organ in ("liver", "spleen")},
        says={f"{case}/ct": f"{case} | None | +liver; +spleen" for case in ("s0011", "s0058")},
    ),
    Form(
        "pants", "pants", "its repository, two parts", UNREAD,
        images=tuple(f"Image{'Te' if one.endswith('9001') else 'Tr'}/{one}/ct.nii.gz"
                     for one in PANTS),
        masks={
            f"Label{'Te' if one.endswith('9001') else 'Tr'}/{one}/segmentations/{mask}.nii.gz": of
            for one, lesion in zip(PANTS, ((1,), (), (1,)), strict=True)
            for mask, of in (("pancreatic_lesion", lesion), ("pancreas", (1,)))
        },
        terms=("pancreatic lesion",),
        says={
            f"{PANTS[0]}/ct": f"{PANTS[0]} | train | +pancreatic lesion",
            f"{PANTS[1]}/ct": f"{PANTS[1]} | train | -pancreatic lesion",
            f"{PANTS[2]}/ct": f"{PANTS[2]} | test | +pancreatic lesion",
        },
    ),
    Form(
        "pancreas_ct_nifti", "pancreas_ct", "converted to NIfTI", UNREAD,
        images=("images/PANCREAS_0001.nii.gz", "images/PANCREAS_0002.nii.gz"),
        masks={"TCIA_pancreas_labels-02-05-2017/label0001.nii.gz": (1,),
               "TCIA_pancreas_labels-02-05-2017/label0002.nii.gz": (1,)},
        terms=("pancreatic cancer",),
        says={"PANCREAS_0001": "None | None | -*", "PANCREAS_0002": "None | None | -*"},
    ),
)  # fmt: skip
FORMS = (*CHEST_FORMS, *VOLUME_FORMS)
