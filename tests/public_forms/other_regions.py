"""MedMNIST, DeepLesion, breast, eyes and skin: layouts as their publishers and Kaggle have them."""

from dataclasses import replace

from tests.public_forms.form import (
    DRAFTED,
    NO_IMAGE,
    NO_LABELS,
    OTHER_COLUMN,
    READ,
    UNREAD,
    Form,
    arrays,
    csv,
)

FINDINGS = (
    "atelectasis", "cardiomegaly", "effusion", "infiltration", "mass", "nodule", "pneumonia",
    "pneumothorax", "consolidation", "edema", "emphysema", "fibrosis", "pleural", "hernia",
)  # fmt: skip
MASS, NOTHING = [int(one == "mass") for one in FINDINGS], [0] * len(FINDINGS)
PARTS = {"train": "train", "val": "validate", "test": "test"}


def mnist(name, source, what, before, file, labels, says, **others):
    """An npz file; its images are called by part and place."""
    size = int(file.partition("_")[2].partition(".")[0] or 28)
    made = arrays(size, others.pop("channels", 1), **labels)
    said = {
        f"{part}_images/{at}": f"None | {PARTS[part]} | {of}"
        for part, rows in says.items() for at, of in enumerate(rows)
    }  # fmt: skip
    return Form(name, source, what, before, {file: made}, says=said, **others)


CHEST_LABELS = {"train": [MASS, NOTHING], "val": [NOTHING], "test": [MASS]}
CHEST_SAYS = {"train": ["+mass; -*", "-*"], "val": ["-*"], "test": ["+mass; -*"]}
PNEUMONIA = {"train": [[1], [0]], "val": [[0]], "test": [[1]]}
SKIN = (
    "actinic keratoses and intraepithelial carcinoma", "basal cell carcinoma",
    "benign keratosis-like lesions", "dermatofibroma", "melanoma", "melanocytic nevi",
    "vascular lesions",
)  # fmt: skip
CHEST = mnist(
    "chestmnist", "chestmnist", "28 px", READ, "chestmnist.npz", CHEST_LABELS, CHEST_SAYS,
    terms=FINDINGS,
)  # fmt: skip
MNIST_FORMS = (
    CHEST,
    mnist("chestmnist_224", "chestmnist", "224 px", READ, "chestmnist_224.npz", CHEST_LABELS,
          CHEST_SAYS, terms=FINDINGS),
    replace(
        CHEST, name="chestmnist_two", what="two sizes, other sets beside", before=UNREAD, says={},
        tables={
            **CHEST.tables,
            "chestmnist_64.npz": arrays(64, **CHEST_LABELS),
            "pneumoniamnist.npz": arrays(28, **PNEUMONIA),
        },
        refused="Expected one file chestmnist*.npz in {folder}, got chestmnist.npz, "
        "chestmnist_64.npz. Name one of them in labels.file: other sizes hold the same images.",
    ),
    mnist("pneumoniamnist", "pneumoniamnist", "64 px", READ, "pneumoniamnist_64.npz", PNEUMONIA,
          {"train": ["+pneumonia", "-pneumonia"], "val": ["-pneumonia"], "test": ["+pneumonia"]}),
    mnist("breastmnist", "breastmnist", "28 px", DRAFTED, "breastmnist.npz",
          {"train": [[0], [1]], "val": [[1]], "test": [[0]]},
          {"train": ["+malignant", "-malignant"], "val": ["-malignant"], "test": ["+malignant"]}),
    mnist("dermamnist", "dermamnist", "224 px, colour", DRAFTED, "dermamnist_224.npz",
          {"train": [[4], [5]], "val": [[0]], "test": [[6]]},
          {"train": [f"+{SKIN[4]}; -*", f"+{SKIN[5]}; -*"], "val": [f"+{SKIN[0]}; -*"],
           "test": [f"+{SKIN[6]}; -*"]}, channels=3, terms=SKIN),
)  # fmt: skip

DEEP = (
    "File_name,Patient_index,Study_index,Series_ID,Key_slice_index,Measurement_coordinates,"
    "Bounding_boxes,Lesion_diameters_Pixel_,Normalized_lesion_location,Coarse_lesion_type,"
    "Possibly_noisy,Slice_range,Spacing_mm_px_,Image_size,DICOM_windows,Patient_gender,Patient_age,"
    "Train_Val_Test"
)


def lesion(name, patient, box, kind, part):
    return (
        f'{name}.png,{patient},1,1,{int(name[-3:])},"1, 2, 3, 4, 5, 6, 7, 8","{box}","9, 5",'
        f'"0.4, 0.3, 0.5",{kind},0,"103, 115","0.8, 0.8, 5","512, 512","-175, 275",F,62.0,{part}'
    )


LESION_FORMS = (
    Form(
        "deeplesion", "deeplesion", "NIH Box, DL_info.csv, a folder a series", OTHER_COLUMN,
        {
            "DL_info.csv": csv(
                DEEP, lesion("000001_01_01_109", 1, "226.2, 90.2, 241.8, 111.5", 3, 1),
                lesion("000001_01_01_110", 1, "10, 20, 30, 40", -1, 2),
                lesion("000089_01_01_037", 89, "50, 60, 70, 80", 8, 3),
            )
        },
        ("Images_png/000001_01_01/109.png", "Images_png/000001_01_01/110.png",
         "Images_png/000089_01_01/037.png"),
        size=(512, 512),
        says={
            "000001_01_01/109": "1 | train | +3",
            "000001_01_01/110": "1 | validate | +-1",
            "000089_01_01/037": "89 | test | +8",
        },
        boxes={
            "000001_01_01/109": (("3", 226.2, 90.2, 241.8, 111.5, None, None),),
            "000001_01_01/110": (("-1", 10.0, 20.0, 30.0, 40.0, None, None),),
            "000089_01_01/037": (("8", 50.0, 60.0, 70.0, 80.0, None, None),),
        },
        facts={"000001_01_01/109": {"sex": "F", "age": 62.0}},
    ),
)  # fmt: skip
BREASTS = tuple(f"{of}/{of} ({at})" for of in ("benign", "malignant", "normal") for at in (1, 4))
BUSI = Form(
    "busi_sub", "busi", "Kaggle, the folder itself", NO_LABELS,
    images=(
        *(f"{one}.png" for one in BREASTS), *(f"{one}_mask.png" for one in BREASTS),
        "benign/benign (4)_mask_1.png",
    ),
    terms=("benign", "malignant"),
    says={
        one: "None | None | "
        + {"b": "+benign; -*", "m": "+malignant; -*", "n": "-*"}[one[0]] for one in BREASTS
    },
)  # fmt: skip
GRADES = ("1", "2", "3", "4")


def grade(value):
    return f"+{value}; -*" if value else "-*"


OCT = Form(
    "kermany_oct", "kermany_oct", "OCT2017", DRAFTED,
    images=(
        "OCT2017/train/CNV/CNV-1016042-1.jpeg", "OCT2017/train/DME/DME-1072015-1.jpeg",
        "OCT2017/test/DRUSEN/DRUSEN-1083159-1.jpeg", "OCT2017/val/NORMAL/NORMAL-1025847-2.jpeg",
    ),
    terms=("CNV", "DME", "DRUSEN"),
    says={
        "CNV-1016042-1": "1016042 | train | +CNV; -DME",
        "DME-1072015-1": "1072015 | train | +DME; -*",
        "DRUSEN-1083159-1": "1083159 | test | +DRUSEN; -*",
        "NORMAL-1025847-2": "1025847 | validate | -*",
    },
)  # fmt: skip
EYE_FORMS = (
    Form(
        "aptos", "aptos2019", "Kaggle's competition", DRAFTED,
        {
            "train.csv": csv("id_code,diagnosis", "000c1434d8d7,2", "001639a390f0,4",
                             "0024cdab0c1e,0"),
            "test.csv": csv("id_code", "0005cfc8afb6"),
            "sample_submission.csv": csv("id_code,diagnosis", "0005cfc8afb6,0"),
        },
        ("train_images/000c1434d8d7.png", "train_images/001639a390f0.png",
         "train_images/0024cdab0c1e.png", "test_images/0005cfc8afb6.png"),
        terms=GRADES,
        says={
            "000c1434d8d7": f"None | None | {grade(2)}",
            "001639a390f0": f"None | None | {grade(4)}",
            "0024cdab0c1e": f"None | None | {grade(0)}",
        },
        told=("1 image file of 4 that no image of the source has, in test_images",),
    ),
    Form(
        "aptos_split", "aptos2019", "Kaggle, in three parts", DRAFTED,
        {
            "train_1.csv": csv("id_code,diagnosis", "000c1434d8d7,2", "001639a390f0,4"),
            "valid.csv": csv("id_code,diagnosis", "0024cdab0c1e,1"),
            "test.csv": csv("id_code,diagnosis", "002c21358ce6,0"),
        },
        ("train_images/train_images/000c1434d8d7.png", "train_images/train_images/001639a390f0.png",
         "val_images/val_images/0024cdab0c1e.png", "test_images/test_images/002c21358ce6.png"),
        terms=GRADES,
        says={
            "000c1434d8d7": f"None | train | {grade(2)}",
            "001639a390f0": f"None | train | {grade(4)}",
            "0024cdab0c1e": f"None | validate | {grade(1)}",
            "002c21358ce6": f"None | test | {grade(0)}",
        },
    ),
    Form(
        "eyepacs", "eyepacs", "Kaggle's competition", NO_LABELS,
        {
            "trainLabels.csv": csv(
                "image,level", "10_left,0", "10_right,3", "13_left,0", "13_right,1"
            )
        },
        tuple(f"train/{one}.jpeg" for one in ("10_left", "10_right", "13_left", "13_right")),
        terms=GRADES,
        says={
            "10_left": f"10 | None | {grade(0)}", "10_right": f"10 | None | {grade(3)}",
            "13_left": f"13 | None | {grade(0)}", "13_right": f"13 | None | {grade(1)}",
        },
    ),
    OCT,
)  # fmt: skip
HAM = (
    "HAM_0000118,ISIC_0027419,bkl,histo,80.0,male,scalp",
    "HAM_0000118,ISIC_0025030,bkl,histo,80.0,male,scalp",
    "HAM_0002730,ISIC_0026769,mel,histo,,unknown,back",
    "HAM_0001466,ISIC_0031633,nv,follow_up,45.0,female,ear",
)
HAM_HEAD = "lesion_id,image_id,dx,dx_type,age,sex,localization"
HAM_IMAGES = (
    "HAM10000_images_part_1/ISIC_0027419.jpg", "HAM10000_images_part_1/ISIC_0025030.jpg",
    "HAM10000_images_part_1/ISIC_0026769.jpg", "HAM10000_images_part_2/ISIC_0031633.jpg",
)  # fmt: skip
DX = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
PIXELS = csv(",".join([*(f"pixel{at:04d}" for at in range(64)), "label"]), ",".join(["7"] * 65))
KMADER = Form(
    "ham_kaggle", "ham10000", "Kaggle, two parts, pixels as tables", DRAFTED,
    {"HAM10000_metadata.csv": csv(HAM_HEAD, *HAM), "hmnist_8_8_L.csv": PIXELS},
    HAM_IMAGES, terms=DX,
    says={
        "ISIC_0027419": "HAM_0000118 | None | +bkl; -*",
        "ISIC_0025030": "HAM_0000118 | None | +bkl; -*",
        "ISIC_0026769": "HAM_0002730 | None | +mel; -*",
        "ISIC_0031633": "HAM_0001466 | None | +nv; -*",
    },
    facts={
        "ISIC_0026769": {"age": None, "sex": None},
        "ISIC_0031633": {"age": 45.0, "sex": "F"},
    },
)  # fmt: skip
TAB = csv(
    f"{HAM_HEAD},dataset".replace(",", "\t"),
    *(
        "\t".join(
            f'"{cell}"' if cell and not cell[0].isdigit() else cell for cell in row.split(",")
        )
        + '\t"vidir_modern"'
        for row in HAM
    ),
)
ISIC_HEAD = (
    "image_name,patient_id,sex,age_approx,anatom_site_general_challenge,diagnosis,"
    "benign_malignant,target"
)
ONE_HOT = "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC"
TASK = "ISIC2018_Task3_Training_"
SKIN_FORMS = (
    KMADER,
    replace(
        KMADER, name="ham_kaggle_doubled", what="Kaggle, parts in both spellings", before=NO_IMAGE,
        images=(*HAM_IMAGES, *(one.replace("HAM10000_", "ham10000_") for one in HAM_IMAGES)),
        told=("holds images a second time",),
    ),
    replace(KMADER, name="ham_tab", what="Dataverse, .tab", tables={"HAM10000_metadata.tab": TAB}),
    Form(
        "isic2020", "isic2020", "Kaggle, jpeg/ beside DICOM", NO_IMAGE,
        {
            "train.csv": csv(
                ISIC_HEAD, "ISIC_2637011,IP_7279968,male,45.0,head/neck,unknown,benign,0",
                "ISIC_0015719,IP_3075186,female,45.0,upper extremity,melanoma,malignant,1",
            ),
            "test.csv": csv(",".join(ISIC_HEAD.split(",")[:5]), "ISIC_0052060,IP_1,male,70.0,"),
            "sample_submission.csv": csv("image_name,target", "ISIC_0052060,0"),
        },
        ("jpeg/train/ISIC_2637011.jpg", "jpeg/train/ISIC_0015719.jpg", "jpeg/test/ISIC_0052060.jpg",
         "train/ISIC_2637011.dcm", "train/ISIC_0015719.dcm", "test/ISIC_0052060.dcm"),
        terms=("target",),
        says={
            "ISIC_2637011": "IP_7279968 | None | -target",
            "ISIC_0015719": "IP_3075186 | None | +target",
        },
        facts={"ISIC_0015719": {"age": 45.0, "sex": "F"}},
    ),
    Form(
        "isic2018_t3", "isic2018_task3", "task 3, one-hot, a folder each", NO_LABELS,
        {
            f"{TASK}GroundTruth/{TASK}GroundTruth.csv": csv(
                ONE_HOT, "ISIC_0024306,0.0,1.0,0.0,0.0,0.0,0.0,0.0",
                "ISIC_0024310,1.0,0.0,0.0,0.0,0.0,0.0,0.0",
            )
        },
        (f"{TASK}Input/ISIC_0024306.jpg", f"{TASK}Input/ISIC_0024310.jpg"),
        terms=tuple(ONE_HOT.split(",")[1:]),
        says={
            "ISIC_0024306": "None | train | +NV; -*",
            "ISIC_0024310": "None | train | +MEL; -*",
        },
    ),
)  # fmt: skip
FORMS = (
    *MNIST_FORMS,
    *LESION_FORMS,
    BUSI,
    replace(
        BUSI, name="busi", what="Kaggle, the folder above", before=UNREAD,
        images=tuple(f"Dataset_BUSI_with_GT/{one}" for one in BUSI.images),
    ),
    *EYE_FORMS,
    *SKIN_FORMS,
)  # fmt: skip
