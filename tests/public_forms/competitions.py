"""VinDr, RSNA and SIIM: boxes and masks, as published and as competitions have them."""

from dataclasses import replace

from tests.public_forms.form import READ, SILENT, UNREAD, Form, csv

A, B, C = (
    "50a418190bc3fb1ef1633bf9678929b3",
    "9a5094b2563a1ef3ff50dc5c7ff71345",
    "21a10246a5ec7af151081d0cd6d65dc9",
)
BOXED = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"
BOX_ROWS = (
    f"{A},No finding,14,R11,,,,",
    f"{A},No finding,14,R7,,,,",
    f"{B},Cardiomegaly,3,R10,691,1375,1653,1831",
    f"{B},Aortic enlargement,0,R9,1052,715,1299,966",
    f"{B},Cardiomegaly,3,R9,600,1300,1600,1800",
)
# Two readers of one image need not agree: who drew no box of a finding denied it.
READ_BY_TWO = "None | None | +Cardiomegaly; ±Aortic enlargement; -*"
KAGGLE = Form(
    "vindr_kaggle_dicom", "vindr_cxr_kaggle", "VinBigData, DICOM", READ,
    {
        "train.csv": csv(BOXED, *BOX_ROWS),
        "sample_submission.csv": csv("image_id,PredictionString", f"{C},14 1 0 0 1 1"),
    },
    (f"train/{A}.dicom", f"train/{B}.dicom", f"test/{C}.dicom"),
    says={A: "None | None | -*", B: READ_BY_TWO},
    boxes={
        B: (
            ("Aortic enlargement", 1052.0, 715.0, 1299.0, 966.0, None, None),
            ("Cardiomegaly", 600.0, 1300.0, 1600.0, 1800.0, None, None),
            ("Cardiomegaly", 691.0, 1375.0, 1653.0, 1831.0, None, None),
        )
    },
    size=(2080, 2336),
)  # fmt: skip
VINDR = (
    "image_id,rad_id,Aortic enlargement,Atelectasis,Calcification,Cardiomegaly,Clavicle fracture,"
    "Consolidation,Edema,Emphysema,Enlarged PA,ILD,Infiltration,Lung Opacity,Lung cavity,Lung cyst,"
    "Mediastinal shift,Nodule/Mass,Pleural effusion,Pleural thickening,Pneumothorax,"
    "Pulmonary fibrosis,Rib fracture,Other lesion,COPD,Lung tumor,Pneumonia,Tuberculosis,"
    "Other diseases,No finding"
)
VINDR_TEST = VINDR.replace("rad_id,", "").replace("diseases", "disease")
PCXR = (
    "image_id,rad_ID,No finding,Bronchitis,Brocho-pneumonia,Other disease,Bronchiolitis,"
    "Situs inversus,Pneumonia,Pleuro-pneumonia,Diagphramatic hernia,Tuberculosis,"
    "Congenital emphysema,CPAM,Hyaline membrane disease,Mediastinal tumor,Lung tumor"
)


def one_hot(head, start, *there):
    columns = head.split(",")[len(start) :]
    return ",".join((*start, *(str(int(one in there)) for one in columns)))


VINDR_TABLES = {
    "annotations/image_labels_train.csv": csv(
        VINDR, one_hot(VINDR, (A, "R11"), "No finding"), one_hot(VINDR, (A, "R7"), "No finding"),
        one_hot(VINDR, (B, "R9"), "Cardiomegaly", "Pneumonia"),
    ),
    "annotations/image_labels_test.csv": csv(VINDR_TEST, one_hot(VINDR_TEST, (C,), "Lung tumor")),
    "annotations/annotations_train.csv": csv(
        "image_id,rad_id,class_name,x_min,y_min,x_max,y_max", f"{A},R11,No finding,,,,",
        f"{B},R9,Cardiomegaly,10,20,30,40",
    ),
    "annotations/annotations_test.csv": csv(
        "image_id,class_name,x_min,y_min,x_max,y_max", f"{C},Lung tumor,5,6,7,8"
    ),
}  # fmt: skip
VINDR_IMAGES = (f"train/{A}.dicom", f"train/{B}.dicom", f"test/{C}.dicom")
PHYSIONET = Form(
    "vindr_physionet", "vindr_cxr", "PhysioNet, version 1.0.0", READ, VINDR_TABLES, VINDR_IMAGES,
    terms=tuple(VINDR.split(",")[2:-2]),
    says={
        A: "None | train | -*; -Other diseases",
        B: "None | train | +Cardiomegaly; +Pneumonia; -*; -Other diseases",
        C: "None | test | +Lung tumor; -*; -Other disease",
    },
    boxes={
        B: (("Cardiomegaly", 10.0, 20.0, 30.0, 40.0, None, None),),
        C: (("Lung tumor", 5.0, 6.0, 7.0, 8.0, None, None),),
    },
)  # fmt: skip
MIRROR = "physionet.org/files/vindr-cxr/1.0.0/"
PCXR_TABLES = {
    "image_labels_train.csv": csv(
        PCXR, one_hot(PCXR, (A, "R2"), "No finding"), one_hot(PCXR, (B, "R2"), "Brocho-pneumonia")
    ),
    "image_labels_test.csv": csv(PCXR, one_hot(PCXR, (C, "R1"), "Pneumonia")),
    "annotations_train.csv": csv(
        "image_id,rad_ID,class_name,class_id,x_min,y_min,x_max,y_max",
        f"{B},R2,Other opacity,3,10,10,20,20",
    ),
    "annotations_test.csv": csv(
        "image_id,rad_ID,class_name,class_id,x_min,y_min,x_max,y_max",
        f"{C},R1,Consolidation,3,10,10,20,20",
    ),
}
VINDR_FORMS = (
    KAGGLE,
    replace(
        KAGGLE, name="vindr_png512", what="VinBigData, 512 px PNG, sizes as columns", before=SILENT,
        tables={
            "vinbigdata/train.csv": csv(
                f"{BOXED},width,height", *(f"{row},2080,2336" for row in BOX_ROWS)
            )
        },
        images=(f"vinbigdata/train/{A}.png", f"vinbigdata/train/{B}.png"),
        given="vinbigdata", size=(512, 512),
        boxes={B: tuple((*box[:5], 2080, 2336) for box in KAGGLE.boxes[B])},
    ),
    PHYSIONET,
    replace(
        PHYSIONET, name="vindr_physionet_parent", what="PhysioNet, as wget mirrors it",
        tables={MIRROR + name: text for name, text in VINDR_TABLES.items()},
        images=tuple(MIRROR + one for one in VINDR_IMAGES),
    ),
    replace(
        PHYSIONET, name="vindr_pcxr", source="vindr_pcxr", what="PhysioNet, children",
        before=UNREAD, tables=PCXR_TABLES, terms=tuple(PCXR.split(",")[3:]), boxes={},
        says={
            A: "None | train | -*",
            # A bronchopneumonia is a pneumonia, whatever stands in the column beside it.
            B: "None | train | +Brocho-pneumonia; "
            + "; ".join(
                f"-{one}" for one in PCXR.split(",")[3:]
                if one not in ("Brocho-pneumonia", "Pneumonia")
            ),
            C: "None | test | +Pneumonia; -*",
        },
    ),
)  # fmt: skip

ONE, TWO, THREE, FOUR = (
    "0004cfab-14fd-4e49-80ba-63a80b6bddd6",
    "003d8fa0-6bf1-40ed-b54c-ac657f8495c5",
    "00436515-870c-4b36-a041-de91049b9ab4",
    "0000a175-0e68-4ca4-b1af-167204a7e0bc",
)
RSNA_TABLES = {
    "stage_2_detailed_class_info.csv": csv(
        "patientId,class", f"{ONE},No Lung Opacity / Not Normal", f"{TWO},Normal",
        f"{THREE},Lung Opacity", f"{THREE},Lung Opacity",
    ),
    "stage_2_train_labels.csv": csv(
        "patientId,x,y,width,height,Target", f"{ONE},,,,,0", f"{TWO},,,,,0",
        f"{THREE},264.0,152.0,213.0,379.0,1", f"{THREE},562.0,152.0,256.0,453.0,1",
    ),
}  # fmt: skip
SUBMISSION = {
    "stage_2_sample_submission.csv": csv("patientId,PredictionString", f"{FOUR},0.5 0 0 100 100")
}
RSNA = Form(
    "rsna_dicom", "rsna_pneumonia", "Kaggle's competition, DICOM", READ,
    {**RSNA_TABLES, **SUBMISSION},
    (*(f"stage_2_train_images/{one}.dcm" for one in (ONE, TWO, THREE)),
     f"stage_2_test_images/{FOUR}.dcm"),
    terms=("Lung Opacity",),
    says={ONE: "None | None | -*", TWO: "None | None | -*", THREE: "None | None | +Lung Opacity"},
    boxes={
        THREE: (
            ("Lung Opacity", 264.0, 152.0, 477.0, 531.0, 1024, 1024),
            ("Lung Opacity", 562.0, 152.0, 818.0, 605.0, 1024, 1024),
        )
    },
    told=("1 image file of 4 that no image of the source has, in stage_2_test_images",),
)  # fmt: skip
ALL_IN_ONE = csv(
    "patientId,x,y,width,height,Target,class,age,sex,modality,position",
    f"{ONE},,,,,0,No Lung Opacity / Not Normal,51,F,CR,AP", f"{TWO},,,,,0,Normal,34,F,CR,AP",
    f"{THREE},264.0,152.0,213.0,379.0,1,Lung Opacity,33,M,CR,PA",
    f"{THREE},562.0,152.0,256.0,453.0,1,Lung Opacity,33,M,CR,PA",
)  # fmt: skip
RSNA_FORMS = (
    RSNA,
    replace(
        RSNA, name="rsna_png", what="as PNG, tables as in the competition", tables=RSNA_TABLES,
        images=tuple(f"stage_2_train_images_png/{one}.png" for one in (ONE, TWO, THREE)), told=(),
    ),
    replace(
        RSNA, name="rsna_processed", what="Kaggle, as PNG, one table, masks", before=UNREAD,
        tables={
            "stage2_train_metadata.csv": ALL_IN_ONE,
            "stage2_test_metadata.csv": csv(
                "patientId,PredictionString,age,sex,modality,position",
                f"{FOUR},0.5 0 0 100 100,66,M,CR,AP",
            ),
        },
        images=(
            *(f"Training/Images/{one}.png" for one in (ONE, TWO, THREE)),
            *(f"Training/Masks/{one}.png" for one in (ONE, TWO, THREE)), f"Test/{FOUR}.png",
        ),
        facts={THREE: {"age": 33.0, "sex": "M", "view": "PA"}}, told=(),
    ),
)  # fmt: skip

UIDS = (
    "1.2.276.0.7230010.3.1.4.8323329.5597.1517875188.959090",
    "1.2.276.0.7230010.3.1.4.8323329.12515.1517875239.501137",
    "1.2.276.0.7230010.3.1.4.8323329.4904.1517875185.355709",
)
RUNS = ("175349 7 1013 12 1009 17", "252069 1 1021 3")
NESTED = tuple(
    f"dicom-images-train/1.2.276.0.7230010.3.1.2.8323329.{at}.1517875/"
    f"1.2.276.0.7230010.3.1.3.8323329.{at}.1517875/{uid}.dcm"
    for at, uid in enumerate(UIDS)
)
SIIM_ROWS = (f"{UIDS[0]},{RUNS[0]}", f"{UIDS[0]},{RUNS[1]}", f"{UIDS[1]},-1", f"{UIDS[2]},-1")
SIIM = Form(
    "siim_stage1", "siim_pneumothorax", "stage 1, a blank in the header", READ,
    {
        "train-rle.csv": csv(
            "ImageId, EncodedPixels", *(row.replace(",", ", ") for row in SIIM_ROWS)
        )
    },
    NESTED, terms=("Pneumothorax",), size=(1024, 1024),
    # The runs, by hand: 7 pixels down column 171 from row 245, 12 down the next from row 241.
    boxes={
        UIDS[0]: (
            ("Pneumothorax", 171.0, 238.0, 174.0, 255.0, 1024, 1024),
            ("Pneumothorax", 246.0, 163.0, 248.0, 166.0, 1024, 1024),
        )
    },
    says={
        UIDS[0]: "None | None | +Pneumothorax",
        UIDS[1]: "None | None | -*",
        UIDS[2]: "None | None | -*",
    },
)  # fmt: skip
STAGE_2 = replace(
    SIIM, name="siim_stage2", what="stage 2, as on Kaggle", before=UNREAD,
    tables={"stage_2_train.csv": csv("ImageId,EncodedPixels", *SIIM_ROWS)},
    images=tuple(f"train/{uid}.dcm" for uid in UIDS),
)  # fmt: skip
SIIM_FORMS = (
    SIIM,
    STAGE_2,
    replace(
        SIIM, name="siim_submission", what="stage 1, a sample submission of the same columns",
        tables={
            **SIIM.tables,
            "sample_submission.csv": csv("ImageId,EncodedPixels", f"{UIDS[2]},-1", "1.2.9.1,-1"),
        },
    ),
    replace(
        STAGE_2, name="siim_stage2_submission", what="stage 2 with its sample submission",
        before=SILENT,
        tables={
            **STAGE_2.tables,
            "stage_2_sample_submission.csv": csv("ImageId,EncodedPixels", "ID_0,-1", "ID_1,-1"),
        },
    ),
)  # fmt: skip
FORMS = (*VINDR_FORMS, *RSNA_FORMS, *SIIM_FORMS)
