"""Fundus photographs: Messidor, DeepDRiD, DDR, REFUGE, RFMiD and BRSET."""

from tests.public_forms.form import DRAFTED, NO_LABELS, OTHER_COLUMN, Form, csv, sheet

GRADES = ("1", "2", "3", "4")


def grade(value):
    return f"+{value}; -*" if value else "-*"


MESSIDOR = (
    "Image name",
    "Ophthalmologic department",
    "Retinopathy grade",
    "Risk of macular edema ",
)
MESSIDOR_FORMS = (
    Form(
        "messidor", "messidor", "ADCIS, a workbook a folder", NO_LABELS,
        {
            "Base11/Annotation_Base11.xls": sheet(
                MESSIDOR,
                ("20051019_38557_0100_PP.tif", "Service Ophtalmologie Lariboisière", 3, 1),
                ("20051020_43808_0100_PP.tif", "Service Ophtalmologie Lariboisière", 0, 0),
            ),
            "Base22/Annotation_Base22.xls": sheet(
                MESSIDOR, ("20060523_48477_0100_PP.tif", "CHU de St Etienne", 1, 0)
            ),
        },
        ("Base11/20051019_38557_0100_PP.tif", "Base11/20051020_43808_0100_PP.tif",
         "Base22/20060523_48477_0100_PP.tif"),
        says={
            "20051019_38557_0100_PP.tif":
                "None | None | +Retinopathy grade; +Risk of macular edema",
            "20051020_43808_0100_PP.tif":
                "None | None | -Retinopathy grade; -Risk of macular edema",
            "20060523_48477_0100_PP.tif":
                "None | None | +Retinopathy grade; -Risk of macular edema",
        },
    ),
    Form(
        "messidor2", "messidor2", "ADCIS, grades of Google Brain", DRAFTED,
        {
            "messidor_data.csv": csv(
                "image_id,adjudicated_dr_grade,adjudicated_dme,adjudicated_gradable",
                "20051020_43808_0100_PP.png,0,0,1", "20051020_43832_0100_PP.png,2,1,1",
                "IM004832.jpg,,,0",
            ),
            "messidor-2.csv": "20051020_43808_0100_PP.png;20051020_43832_0100_PP.png\n",
        },
        ("IMAGES/20051020_43808_0100_PP.png", "IMAGES/20051020_43832_0100_PP.png",
         "IMAGES/IM004832.JPG"),
        terms=GRADES,
        says={
            "20051020_43808_0100_PP": f"None | None | {grade(0)}",
            "20051020_43832_0100_PP": f"None | None | {grade(2)}",
            "IM004832": "None | None | ",
        },
    ),
    Form(
        "messidor2_kaggle", "messidor2", "Kaggle, called as in APTOS", DRAFTED,
        {
            "messidor_data.csv": csv(
                "id_code,diagnosis,adjudicated_dme,adjudicated_gradable",
                "20051020_43808_0100_PP.png,0,0,1", "IM004832.jpg,4,0,1",
            ),
        },
        ("messidor-2/preprocess/20051020_43808_0100_PP.png",
         "messidor-2/preprocess/IM004832.jpg"),
        terms=GRADES,
        says={
            "20051020_43808_0100_PP": f"None | None | {grade(0)}",
            "IM004832": f"None | None | {grade(4)}",
        },
    ),
)  # fmt: skip
REGULAR, WIDE = "regular_fundus_images", "ultra-widefield_images"
TEST = f"{REGULAR}/Online-Challenge1&2-Evaluation"
EYES = (
    "patient_id,image_id,image_path,Overall quality,left_eye_DR_Level,right_eye_DR_Level,"
    "patient_DR_Level,Clarity,Field definition,Artifact"
)
DEEP_TABLES = {
    f"{REGULAR}/regular-fundus-training/regular-fundus-training.csv": csv(
        EYES,
        r"4,4_l1,\regular-fundus-training\4\4_l1.jpg,0,3,,4,6,6,8",
        r"4,4_r1,\regular-fundus-training\4\4_r1.jpg,0,,4,4,8,6,6",
        r"56,56_r3,\regular-fundus-training\56\56_r3.jpg,0,1,,1,10,8,1",
    ),
    f"{REGULAR}/regular-fundus-training/regular-fundus-source-training.csv": csv(
        "patient_id,image_id,image_path,Source", r"4,4_l1,\x\4\4_l1.jpg,Nation"
    ),
    f"{REGULAR}/regular-fundus-validation/regular-fundus-validation.csv": csv(
        EYES, r"265,265_r2,\regular-fundus-validation\265\265_r2.jpg,1,,0,2,10,10,0"
    ),
    f"{TEST}/Challenge1_labels.xlsx": sheet(("image_id", "DR_Levels"), ("347_l2", 5)),
    f"{TEST}/Challenge1_upload.csv": csv("image_id,DR_Levels", "347_l2,"),
    f"{WIDE}/ultra-widefield-training/ultra-widefield-training.csv": csv(
        "patient_id,image_id,image_path,DR_level,position",
        r"4,4_r1,ultra-widefield-training\4\4_r1.jpg,1,right_eye",
    ),
    f"{WIDE}/ultra-widefield-validation/ultra-widefield-validation.csv": csv(
        "patient_id,image_id,image_path,DR_level,position",
        r"34,34_l2,ultra-widefield-validation\34\34_l2.jpg,0,left_eye",
    ),
}
DEEP_IMAGES = (
    f"{REGULAR}/regular-fundus-training/Images/4/4_l1.jpg",
    f"{REGULAR}/regular-fundus-training/Images/4/4_r1.jpg",
    f"{REGULAR}/regular-fundus-training/Images/56/56_r3.jpg",
    f"{REGULAR}/regular-fundus-validation/Images/265/265_r2.jpg", f"{TEST}/Images/347/347_l2.jpg",
    f"{WIDE}/ultra-widefield-training/Images/4/4_r1.jpg",
    f"{WIDE}/ultra-widefield-validation/Images/34/34_l2.jpg",
)  # fmt: skip
DEEP_FORMS = (
    Form(
        "deepdrid", "deepdrid", "its repository, three parts", OTHER_COLUMN, DEEP_TABLES,
        DEEP_IMAGES, terms=GRADES,
        says={
            "4_l1": f"4 | train | {grade(3)}", "4_r1": f"4 | train | {grade(4)}",
            "56_r3": f"56 | train | {grade(1)}", "265_r2": f"265 | validate | {grade(0)}",
            "347_l2": "347 | test | ",
        },
    ),
    Form(
        "deepdrid_uwf", "deepdrid_uwf", "its repository, two parts", OTHER_COLUMN, DEEP_TABLES,
        DEEP_IMAGES, terms=GRADES,
        says={"4_r1": f"4 | train | {grade(1)}", "34_l2": f"34 | validate | {grade(0)}"},
    ),
)  # fmt: skip
BRSET = (
    "image_id,patient_id,camera,patient_age,comorbidities,diabetes_time_y,insuline,patient_sex,"
    "exam_eye,diabetes,nationality,optic_disc,vessels,macula,DR_SDRG,DR_ICDR,focus,Illuminaton,"
    "image_field,artifacts,diabetic_retinopathy,macular_edema,scar,nevus,amd,vascular_occlusion,"
    "hypertensive_retinopathy,drusens,hemorrhage,retinal_detachment,myopic_fundus,"
    "increased_cup_disc,other,quality"
)
CONDITIONS = (
    "diabetic_retinopathy", "macular_edema", "scar", "nevus", "amd", "vascular_occlusion",
    "hypertensive_retinopathy", "drusens", "hemorrhage", "retinal_detachment", "myopic_fundus",
    "increased_cup_disc", "other",
)  # fmt: skip
BRSET_FORM = Form(
    "brset", "brset", "PhysioNet, version 1.0.1", DRAFTED,
    {
        "labels_brset.csv": csv(
            BRSET,
            "img00001,1,Canon CR,48.0,diabetes1,12,yes,1,1,yes,Brazil,2,1,2,4,4,1,1,1,1,"
            "1,1,0,0,0,0,0,0,0,0,0,0,0,Adequate",
            "img00002,1,Canon CR,48.0,diabetes1,12,yes,1,2,yes,Brazil,1,1,1,0,0,1,1,1,1,"
            "0,0,0,0,0,0,0,1,0,0,0,1,0,Adequate",
            "img00003,2,NIKON NF5050,,,,,2,1,No,Brazil,1,1,1,0,0,1,1,1,1,"
            "0,0,0,0,0,0,0,0,0,0,0,0,0,Adequate",
        )
    },
    tuple(f"fundus_photos/img0000{at}.jpg" for at in (1, 2, 3)),
    terms=CONDITIONS,
    says={
        "img00001": "1 | None | +diabetic_retinopathy; +macular_edema; -*",
        "img00002": "1 | None | +drusens; +increased_cup_disc; -*", "img00003": "2 | None | -*",
    },
    facts={"img00001": {"sex": "M", "age": 48.0}, "img00003": {"sex": "F", "age": None}},
)  # fmt: skip
RFMID = (
    "ID,Disease_Risk,DR,ARMD,MH,DN,MYA,BRVO,TSLN,ERM,LS,MS,CSR,ODC,CRVO,TV,AH,ODP,ODE,ST,CWS,CB,"
    "HR,CRAO,CME,VH,BRAO,CL"
)
"""Not all of its columns."""


def rfmid(name, risk, *there):
    columns = RFMID.split(",")[2:]
    return f"{name},{risk}," + ",".join("1" if one in there else "0" for one in columns)


OTHER_FORMS = (
    Form(
        "ddr", "ddr", "its drive, three lists, lesions beside", NO_LABELS,
        {
            "DR_grading/train.txt": "007-0004-000.jpg 0\n007-0004-100.jpg 5\n",
            "DR_grading/valid.txt": "007-3399-200.jpg 2\n",
            "DR_grading/test.txt": "20170323101857463.jpg 4\n",
        },
        ("DR_grading/train/007-0004-000.jpg", "DR_grading/train/007-0004-100.jpg",
         "DR_grading/valid/007-3399-200.jpg", "DR_grading/test/20170323101857463.jpg",
         "lesion_segmentation/train/image/007-0004-000.jpg",
         "lesion_segmentation/train/label/EX/007-0004-000.tif"),
        terms=GRADES,
        says={
            "007-0004-000": f"None | train | {grade(0)}", "007-0004-100": "None | train | ",
            "007-3399-200": f"None | validate | {grade(2)}",
            "20170323101857463": f"None | test | {grade(4)}",
        },
    ),
    Form(
        "refuge", "refuge", "training part, masks beside", NO_LABELS,
        images=(
            "Training400/Glaucoma/g0001.jpg", "Training400/Non-Glaucoma/n0001.jpg",
            "Annotation-Training400/Disc_Cup_Masks/Glaucoma/g0001.bmp",
            "Annotation-Training400/Disc_Cup_Masks/Non-Glaucoma/n0001.bmp",
        ),
        terms=("Glaucoma",),
        says={"g0001": "None | None | +Glaucoma", "n0001": "None | None | -Glaucoma"},
    ),
    Form(
        "rfmid", "rfmid", "three parts of the same numbers", DRAFTED,
        {
            "Training_Set/RFMiD_Training_Labels.csv": csv(
                RFMID, rfmid(1, 1, "DR", "CWS"), rfmid(2, 0), rfmid(3, 1, "CRVO")
            ),
            "Test_Set/RFMiD_Testing_Labels.csv": csv(RFMID, rfmid(1, 0), rfmid(2, 1, "DN")),
        },
        ("Training_Set/Training/1.png", "Training_Set/Training/2.png",
         "Training_Set/Training/3.png", "Test_Set/Test/1.png", "Test_Set/Test/2.png"),
        terms=("DR", "ARMD", "DN", "BRVO", "CRVO", "CRAO", "BRAO", "ODC", "CWS"),
        says={
            "Training/1": "None | None | +DR; +CWS; -*", "Training/2": "None | None | -*",
            "Training/3": "None | None | +CRVO; -*",
        },
    ),
)  # fmt: skip
FORMS = (*MESSIDOR_FORMS, *DEEP_FORMS, *OTHER_FORMS, BRSET_FORM)
