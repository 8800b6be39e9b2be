"""BIMCV, Kermany, ChestX-Det, JSRT, Montgomery and Shenzhen; a set that no built-in reads."""

import json
from dataclasses import replace

from tests.public_forms.form import (
    NO_LABELS,
    OTHER_COLUMN,
    READ,
    SILENT,
    UNREAD,
    Form,
    csv,
)

ONE = "sub-S03044/ses-E07985/mod-rx/sub-S03044_ses-E07985_run-1_bp-chest_vp-ap_cr"
TWO = "sub-S03045/ses-E07986/mod-rx/sub-S03045_ses-E07986_run-1_bp-chest_vp-pa_dx"
PEOPLE = csv(
    "participant\tmodality_dicom\tbody_parts\tage\tgender",
    "sub-S03044\t['CR']\t[['chest']]\t[70]\tM",
    "sub-S03045\t['DX']\t[['chest']]\t[50]\tF",
)
BIMCV = (
    "\tPatientID\tReportID\tReport\tLabels\tLocalizations\tLabelsLocalizationsBySentence\tlabelCUIS"
    "\tLocalizationsCUIS"
)


def bimcv(name, source, what, before, table, words, said):
    rows = (
        f"0\tsub-S03044\tses-E07985\tx\t{words}\t[]\t[]\t[]\t[]",
        "1\tsub-S03045\tses-E07986\tx\t['normal']\t[]\t[]\t[]\t[]",
    )
    return Form(
        name, source, what, before,
        {f"derivatives/labels/{table}": csv(BIMCV, *rows), "participants.tsv": PEOPLE},
        (f"{ONE}.png", f"{TWO}.png"),
        says={
            "S03044_ses-E07985_run-1_bp-chest_vp-ap_cr": f"sub-S03044 | None | {said}",
            "S03045_ses-E07986_run-1_bp-chest_vp-pa_dx": "sub-S03045 | None | -*",
        },
        facts={
            "S03044_ses-E07985_run-1_bp-chest_vp-ap_cr": {"view": "ap", "sex": "M"},
            "S03045_ses-E07986_run-1_bp-chest_vp-pa_dx": {"view": "pa", "sex": "F"},
        },
    )  # fmt: skip


KERMANY = ("NORMAL/IM-0115-0001", "NORMAL/NORMAL2-IM-0383-0001", "PNEUMONIA/person1_bacteria_1",
           "PNEUMONIA/person1_virus_6")  # fmt: skip
KERMANY_V2 = Form(
    "kermany_v2", "kermany_pneumonia", "Mendeley, version 2", READ,
    images=tuple(f"chest_xray/train/{one}.jpeg" for one in KERMANY),
    terms=("PNEUMONIA", "bacteria", "virus"),
    says={
        KERMANY[0]: "IM-0115 | train | -*",
        KERMANY[1]: "IM-0383 | train | -*",
        KERMANY[2]: "person1 | train | +PNEUMONIA; +bacteria; -*",
        KERMANY[3]: "person1 | train | +PNEUMONIA; +virus; -*",
    },
)  # fmt: skip
LITTER = b"\0\5\x16\7\0\2\0\0Mac OS X"
DET = (
    ("train/36199.png", ["Effusion"], [[10, 20, 30, 40]]),
    ("train/36200.png", [], []),
    ("train/36201.png", ["Mass", "Effusion"], [[1, 2, 3, 4], [5, 6, 7, 8]]),
    ("test/36202.png", ["Pneumothorax"], [[9, 9, 19, 19]]),
)


def det_list(part):
    rows = [
        {"file_name": name.rpartition("/")[2], "syms": syms, "boxes": boxes, "polygons": []}
        for name, syms, boxes in DET if name.startswith(part)
    ]  # fmt: skip
    return json.dumps(rows)


JSRT = csv(
    "study_id,subtlety,size,age,gender,x,y,state,position,diagnosis",
    "JPCLN001.png,3,37,77,Male,1572,753,malignant,r.upper lobe(S2),lung cancer",
    "JPCLN002.png,4,7,58,Female,1402,1244,benign,r.upper lobe(S2),granuloma",
    "JPCNN001.png,,,?,Female,,,non-nodule,,",
)
CHINA = ("CHNCXR_0001_0", "CHNCXR_0003_0", "CHNCXR_0327_1", "CHNCXR_0348_1")
USA = ("MCUCXR_0001_0", "MCUCXR_0002_0", "MCUCXR_0104_1")


def last_digit(names):
    return {one: f"{one[:-2]} | None | {'+' if one.endswith('1') else '-'}1" for one in names}


SHENZHEN = Form(
    "shenzhen_nlm", "shenzhen", "NLM, CXR_png", READ,
    {
        f"ClinicalReadings/{one}.txt": "male 45yrs\nnormal\n" for one in CHINA
    },
    tuple(f"CXR_png/{one}.png" for one in CHINA), says=last_digit(CHINA), terms=("1",),
)  # fmt: skip
MONTGOMERY = Form(
    "montgomery_nlm", "montgomery", "NLM, CXR_png and masks of the same names", READ,
    images=(
        *(f"CXR_png/{one}.png" for one in USA),
        *(f"ManualMask/{side}Mask/{one}.png" for side in ("left", "right") for one in USA),
    ),
    says=last_digit(USA), terms=("1",),
)  # fmt: skip
LUNGS = ("CHNCXR_0001_1", "CHNCXR_0002_0", "CHNCXR_0003_1", "CHNCXR_0004_0")
FORMS = (
    bimcv("bimcv_pos", "bimcv_covid19_positive", "the positive, in one folder", SILENT,
          "labels_covid_posi.tsv", "['COVID 19', 'pneumonia']",
          "+COVID 19; +pneumonia; -*"),
    bimcv("bimcv_neg", "bimcv_covid19_negative", "the negative, in one folder", READ,
          "Labels_covid_NEG_JAN21.tsv", "['pneumonia']", "+pneumonia; -*"),
    KERMANY_V2,
    replace(
        KERMANY_V2, name="kermany_kaggle", what="Kaggle: a copy of the whole inside it",
        before=UNREAD,
        tables={f"chest_xray/__MACOSX/chest_xray/train/._{one.rpartition('/')[2]}.jpeg": LITTER
                for one in KERMANY},
        images=(*KERMANY_V2.images, *(f"chest_xray/{one}" for one in KERMANY_V2.images)),
        given="chest_xray", told=("holds images a second time",),
    ),
    Form(
        "chestxdet", "chestx_det", "its repository, lists as JSON", NO_LABELS,
        {f"ChestX_Det_{part}.json": det_list(part) for part in ("train", "test")},
        tuple(name for name, _, _ in DET),
        says={
            "36199": "None | train | +Effusion; -*",
            "36200": "None | train | -*",
            "36201": "None | train | +Mass; +Effusion; -*",
            "36202": "None | test | +Pneumothorax; -*",
        },
        boxes={
            "36199": (("Effusion", 10.0, 20.0, 30.0, 40.0, 1024, 1024),),
            "36201": (("Effusion", 5.0, 6.0, 7.0, 8.0, 1024, 1024),
                      ("Mass", 1.0, 2.0, 3.0, 4.0, 1024, 1024)),
            "36202": (("Pneumothorax", 9.0, 9.0, 19.0, 19.0, 1024, 1024),),
        },
    ),
    Form(
        "jsrt_raddar", "jsrt", "Kaggle, jsrt_metadata.csv", OTHER_COLUMN,
        {"jsrt_metadata.csv": JSRT},
        tuple(f"images/images/{one}.png" for one in ("JPCLN001", "JPCLN002", "JPCNN001")),
        terms=("malignant", "benign"),
        says={
            "JPCLN001": "None | None | +malignant; -*",
            "JPCLN002": "None | None | +benign; -*",
            "JPCNN001": "None | None | -*",
        },
        facts={"JPCLN001": {"sex": "M"}},
    ),
    Form(
        "jsrt_orig", "jsrt", "its publishers, raw files without a header", NO_LABELS,
        {
            "CLNDAT_EN.txt": csv(
                "JPCLN001.IMG\t5\t15\t53\tMale\t1634\t692\tmalignant\tl.upper lobe\tx"
            ),
            "CNNDAT_EN.TXT": csv("JPCNN001.IMG\t30\tFemale\tnon-nodule"),
            "Nodule154images/JPCLN001.IMG": bytes(2048),
            "NonNodule93images/JPCNN001.IMG": bytes(2048),
        },
        refused="Expected JSRT, chest radiographs with and without a lung nodule in a form that "
        "can be read, got Nodule154images/JPCLN001.IMG, NonNodule93images/JPCNN001.IMG in "
        "{folder}. These are raw files without a header (2048 x 2048 numbers of 16 bits, the high "
        "byte first, in which 0 is white): convert them to PNG, or take the copy on Kaggle, "
        "which has jsrt_metadata.csv.",
    ),
    Form(
        "covid_figure1", "", "figures of articles, no column for the file", OTHER_COLUMN,
        {
            "metadata.csv": csv(
                "patientid,offset,sex,age,finding,survival,temperature,pO2_saturation,view,"
                "modality,artifacts,notes",
                "COVID-00001,0,,27,No Finding,,,,PA,X-ray,,",
                "COVID-00002,0,F,48,COVID-19,,,,AP,X-ray,,",
                "COVID-00004,0,F,48,,,,,AP,X-ray,,",
                "COVID-00005,0,M,60,Pneumonia,,,,AP,X-ray,,",
            )
        },
        tuple(f"images/COVID-0000{of}" for of in ("1.jpg", "2.png", "4.jpg", "5.jpg")),
        terms=("COVID-19", "Pneumonia"),
        says={
            "COVID-00001": "None | None | -*",
            "COVID-00002": "None | None | +COVID-19; -*",
            "COVID-00004": "None | None | ",
            "COVID-00005": "None | None | +Pneumonia; -*",
        },
        told=("no patient is named",),
        not_it="covid_chestxray",
    ),
    SHENZHEN,
    replace(
        SHENZHEN, name="shenzhen_raddar", what="Kaggle, a table and images/images/", before=UNREAD,
        tables={"shenzhen_metadata.csv": csv(
            "study_id,sex,age,findings", *(f"{one}.png,Female,9,normal" for one in CHINA))},
        images=tuple(f"images/images/{one}.png" for one in CHINA),
    ),
    replace(
        SHENZHEN, name="B_cxr_masks_kaggle", what="Kaggle, lungs drawn beside", before=UNREAD,
        tables={}, says=last_digit(LUNGS),
        images=(
            *(f"Lung Segmentation/CXR_png/{one}.png" for one in LUNGS),
            *(f"Lung Segmentation/masks/{one}_mask.png" for one in LUNGS[:2]),
        ),
    ),
    MONTGOMERY,
    replace(
        MONTGOMERY, name="montgomery_raddar", what="Kaggle, a table and images/images/",
        before=UNREAD,
        tables={"montgomery_metadata.csv": csv(
            "study_id,gender,age,findings", *(f"{one}.png,F,27,normal" for one in USA))},
        images=tuple(f"images/images/{one}.png" for one in USA),
    ),
)  # fmt: skip
