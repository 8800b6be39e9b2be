"""NIH ChestX-ray14 and what was made of it; CheXpert. Headers as their publishers write them."""

from dataclasses import replace

from tests.public_forms.form import DRAFTED, READ, SILENT, UNREAD, Form, csv

NIH = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)
FLAT = NIH.replace("[Width,Height]", "Width,OriginalImageHeight").replace(
    "[x,y]", "_x,OriginalImagePixelSpacing_y"
)
FOURTEEN = (
    *("Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia"),
    *("Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening"),
    "Hernia",
)
ROWS = (
    "00000001_000.png,Cardiomegaly,0,1,57,M,PA,2682,2749,0.143,0.143",
    "00000001_001.png,Cardiomegaly|Emphysema,1,1,58,M,PA,2894,2729,0.143,0.143",
    "00000002_000.png,No Finding,0,2,80,F,AP,2500,2048,0.171,0.171",
    "00000013_005.png,Infiltration|Mass,5,13,60,F,AP,3056,2544,0.139,0.139",
)
NAMES = tuple(row.partition(",")[0] for row in ROWS)
FOLDERS = ("images_001", "images_002", "images_003", "images_001")
IN_PARTS = tuple(f"{of}/images/{name}" for of, name in zip(FOLDERS, NAMES, strict=True))
IN_ONE = tuple(f"images/{name}" for name in NAMES)
BOXES = csv(
    "Image Index,Finding Label,Bbox [x,y,w,h],,,", "00000013_005.png,Mass,100.5,200,40,60,,,"
)
LISTS = {
    "train_val_list.txt": csv(*NAMES[:3]),
    "test_list.txt": csv(NAMES[3]),
}
SAYS = {
    "00000001_000": "1 | train | +Cardiomegaly; -*",
    "00000001_001": "1 | train | +Cardiomegaly; +Emphysema; -*",
    "00000002_000": "2 | train | -*",
    "00000013_005": "13 | test | +Infiltration; +Mass; -*",
}
FACTS = {
    "00000001_000": {"view": "PA", "age": 57.0, "sex": "M"},
    "00000013_005": {"view": "AP", "age": 60.0, "sex": "F"},
}


def nih(name, what, before, table, head=NIH, rows=ROWS, images=IN_ONE, **others):
    tables = {table: csv(head, *rows), "BBox_List_2017.csv": BOXES, **LISTS}
    boxed = {"00000013_005": (("Mass", 100.5, 200.0, 140.5, 260.0, 1024, 1024),)}
    return Form(
        name, "nih_chestxray14", what, before, tables, images,
        says=SAYS, terms=FOURTEEN, boxes=boxed, facts=FACTS, **others,
    )  # fmt: skip


TAIL = tuple(f"{row}," for row in ROWS)
V2020 = nih("nih_v2020", "NIH Box, version 2020", READ, "Data_Entry_2017_v2020.csv")
SAMPLE = csv(FLAT, *(row.replace(",57,", ",057Y,").replace(",60,", ",060Y,") for row in ROWS))
LT = (
    "id,Atelectasis,Cardiomegaly,Consolidation,Edema,Effusion,Emphysema,Fibrosis,Hernia,"
    "Infiltration,Mass,Nodule,Pleural_Thickening,Pneumonia,Pneumothorax,Pneumoperitoneum,"
    "Pneumomediastinum,Subcutaneous Emphysema,Tortuous Aorta,Calcification of the Aorta,"
    "No Finding,subj_id"
)
LT_TERMS = tuple(LT.split(",")[1:-2])
FOUR = ",Fracture,Pneumothorax,Airspace opacity,Nodule or mass"
FOUR_TERMS = tuple(FOUR.split(",")[1:])
FOUR_ROWS = (
    f"{ROWS[0]},NO,NO,YES,NO",
    f"{ROWS[3]},YES,YES,NO,NO",
    f"{ROWS[2]},NO,NO,NO,NO",
)
FOUR_SAYS = {
    "00000001_000": "1 | test | +Airspace opacity; -*",
    "00000013_005": "13 | test | +Fracture; +Pneumothorax; -*",
    "00000002_000": "2 | validate | -*",
}


def long_tail(name, patient, *there):
    """A row of the table of twenty columns."""
    cells = [str(int(term in there)) for term in (*LT_TERMS, "No Finding")]
    return ",".join((name, *cells[:-1], str(int(not there)), patient))


NIH_FORMS = (
    nih("nih_kaggle", "Kaggle, twelve folders of images, a comma at the end of each row", UNREAD,
        "Data_Entry_2017.csv", f"{NIH},", TAIL, IN_PARTS),
    nih("nih_kaggle_notail", "Kaggle, a later version", UNREAD,
        "Data_Entry_2017.csv", images=IN_PARTS),
    nih("nih_kaggle_renamed", "Kaggle's table under the name of NIH's", READ,
        "Data_Entry_2017_v2020.csv", f"{NIH},", TAIL, IN_PARTS),
    nih("nih_box_sex", "NIH Box of 2025, a column Patient Sex", UNREAD,
        "Data_Entry_2017_v2020.csv", f"{NIH},".replace("Gender", "Sex"), TAIL),
    V2020,
    replace(
        V2020, name="nih_partial", what="one archive of images of twelve", before=UNREAD,
        images=IN_PARTS[:1],
        refused="3 of the 4 images have no file below nih_partial/, which holds 1 image file, such "
        "as 00000001_001.png. Name the folder of the images (`images` of this source in the "
        "recipe), or allow it: missing_images = \"exclude\" ('keep': without files, for tables "
        "alone).",
    ),
    replace(
        V2020, name="nih_sample", what="Kaggle, a sample, the table twice", before=UNREAD,
        tables={"sample_labels.csv": SAMPLE, "sample/sample_labels.csv": SAMPLE},
        images=tuple(f"sample/images/{name}" for name in NAMES),
        says={k: v.replace("train", "None").replace("test", "None") for k, v in SAYS.items()},
        boxes={}, told=("the same table again",),
    ),
    Form(
        "nih_lt", "nih_cxr_lt", "NIH-CXR-LT, a table a part", DRAFTED,
        {
            f"PruneCXR/miccai2023_nih-cxr-lt_labels_{part}.csv": csv(LT, *rows)
            for part, rows in {
                "train": (
                    long_tail(NAMES[0], "1", "Cardiomegaly"),
                    long_tail(NAMES[1], "1", "Tortuous Aorta", "Effusion"),
                ),
                "val": (long_tail(NAMES[2], "2"),),
                "test": (long_tail(NAMES[3], "13", "Pneumothorax"),),
            }.items()
        },
        IN_ONE, terms=LT_TERMS,
        says={
            "00000001_000": "1 | train | +Cardiomegaly; -*",
            "00000001_001": "1 | train | +Tortuous Aorta; +Effusion; -*",
            "00000002_000": "2 | validate | -*",
            "00000013_005": "13 | test | +Pneumothorax; -*",
        },
    ),
    Form(
        "nih_google_bucket", "nih_google", "four findings, a table a part", UNREAD,
        {
            "four_findings_expert_labels/four_findings_expert_labels_test_labels.csv":
            csv(NIH + FOUR, *FOUR_ROWS[:2]),
            "four_findings_expert_labels/four_findings_expert_labels_validation_labels.csv":
            csv(NIH + FOUR, FOUR_ROWS[2]),
        },
        IN_ONE, terms=FOUR_TERMS, says=FOUR_SAYS,
    ),
    Form(
        "nih_google_txrv", "nih_google", "four findings, as TorchXRayVision packs them", READ,
        {
            "google2019_nih-chest-xray-labels.csv": csv(
                f"{NIH}{FOUR},Set Id", *(f"{row},test" for row in FOUR_ROWS[:2]),
                f"{FOUR_ROWS[2]},val",
            )
        },
        IN_ONE, terms=FOUR_TERMS, says=FOUR_SAYS,
    ),
)  # fmt: skip

CHEXPERT = (
    "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,"
    "Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,"
    "Pleural Effusion,Pleural Other,Fracture,Support Devices"
)
THIRTEEN = tuple(CHEXPERT.split(",")[6:])
TEST_HEAD = "Path," + ",".join(CHEXPERT.split(",")[5:])
TRAIN = (
    "{root}/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,,,,,,,,0.0,,,,1.0",
    "{root}/train/patient00002/study2/view1_frontal.jpg,Male,87,Frontal,PA,,,-1.0,1.0,,-1.0,,,,,0.0"
    ",,1.0,",
    "{root}/train/patient00002/study1/view2_lateral.jpg,Male,83,Lateral,,,,,1.0,,,,,,,,,,",
)
VALID = (
    "{root}/valid/patient64541/study1/view1_frontal.jpg,Male,73,Frontal,AP"
    ",0.0,1.0,1.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0",
)
TEST = (
    "{root}/test/patient64741/study1/view1_frontal.jpg"
    ",0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0",
)
CX_IMAGES = tuple(row.partition("/")[2].partition(",")[0] for row in (*TRAIN, *VALID))
CX_SAYS = {
    "patient00001/study1/view1_frontal": "patient00001 | train | +Support Devices; -*",
    "patient00002/study2/view1_frontal":
    "patient00002 | train | ?Cardiomegaly; +Lung Opacity; ?Edema; -Pleural Effusion; +Fracture",
    "patient64541/study1/view1_frontal":
    "patient64541 | validate | +Enlarged Cardiomediastinum; +Cardiomegaly; +Lung Opacity; -*",
}  # fmt: skip
BATCHES = {
    "train/patient00001": "CheXpert-v1.0 batch 2 (train 1)/patient00001",
    "train/patient00002": "CheXpert-v1.0 batch 3 (train 2)/patient00002",
    "valid/": "CheXpert-v1.0 batch 1 (validate & csv)/valid/",
}


def chexpert(name, what, before, root="CheXpert-v1.0", place="", **others):
    def table(rows):
        return csv(CHEXPERT, *(row.format(root=root) for row in rows))

    tables = {f"{place}train.csv": table(TRAIN), f"{place}valid.csv": table(VALID)}
    form = Form(name, "chexpert", what, before, tables, CX_IMAGES, says=CX_SAYS, terms=THIRTEEN)
    return replace(form, **others)


def fill(row):
    """A row whose findings are nowhere blank."""
    cells = row.split(",")
    return ",".join((*cells[:5], *(cell or "0.0" for cell in cells[5:])))


def in_batches(path):
    start = next(one for one in BATCHES if path.startswith(one))
    return BATCHES[start] + path.removeprefix(start)


IN_BATCHES = tuple(map(in_batches, CX_IMAGES))
FULL = chexpert("chexpert_full", "train/ and valid/", READ)
CHEXPERT_FORMS = (
    chexpert("chexpert_small", "CheXpert-v1.0-small, the folder itself", READ,
             "CheXpert-v1.0-small"),
    chexpert("chexpert_small_parent", "CheXpert-v1.0-small, the folder above", UNREAD,
             "CheXpert-v1.0-small", "CheXpert-v1.0-small/",
             images=tuple(f"CheXpert-v1.0-small/{one}" for one in CX_IMAGES)),
    chexpert("chexpert_batches", "AIMI, folders of batches, tables in the first", UNREAD,
             place="CheXpert-v1.0 batch 1 (validate & csv)/", images=IN_BATCHES),
    chexpert("chexpert_batches_moved", "AIMI, tables beside the folders of batches", READ,
             images=IN_BATCHES),
    FULL,
    replace(
        FULL, name="chexpert_trainonly", what="without valid.csv", before=UNREAD,
        tables={"train.csv": FULL.tables["train.csv"]}, images=CX_IMAGES[:3],
        says={k: v for k, v in CX_SAYS.items() if "64541" not in k},
        told=("valid.csv is not there",),
    ),
    replace(
        FULL, name="chexpert_test", what="AIMI, the test set beside",
        tables={
            **FULL.tables,
            "test.csv": csv(TEST_HEAD, *(row.format(root="CheXpert-v1.0") for row in TEST)),
        },
        images=(*CX_IMAGES, "test/patient64741/study1/view1_frontal.jpg"),
        told=("1 image file of 5 that no image of the source has, in test/",),
    ),
    replace(
        FULL, name="chexpert_filled", what="passed on with 0 in its blank cells", before=SILENT,
        tables={
            "train.csv": csv(CHEXPERT, *(fill(row.format(root="CheXpert-v1.0")) for row in TRAIN)),
            "valid.csv": FULL.tables["valid.csv"],
        },
        refused="14 columns whose blank cells were filled in this copy: 'Pleural Other' is blank "
        "on 0% of 2 rows, as published on 97%; what nobody looked for reads as looked for. Take "
        "the table as published; or, where somebody did look for all of it, say so in a manifest "
        'of your own: extends = "chexpert" and published.blank = {}.',
    ),
    replace(
        FULL, name="chexpert_sex_unknown", what="its one row of an unknown sex",
        tables={
            **FULL.tables,
            "train.csv": str(FULL.tables["train.csv"]).replace("Female", "Unknown"),
        },
        facts={"patient00001/study1/view1_frontal": {"sex": None, "age": 68.0, "view": "AP"}},
    ),
)  # fmt: skip
FORMS = (*NIH_FORMS, *CHEXPERT_FORMS)
