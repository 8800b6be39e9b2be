"""MIMIC-CXR, PadChest and BRAX: headers as their publishers write them."""

from dataclasses import replace

from tests.public_forms.form import DRAFTED, OTHER_COLUMN, READ, UNREAD, Form, csv

IDS = (
    "02aa804e-bde0afdd-112c0b34-7bc16630-4e384014",
    "174413ec-4ec4c1f7-34ea26b7-c5f994f8-79ef1962",
    "2a2277a9-b0ded155-c0de8eb9-c124d10e-82c5caab",
)
META = csv(
    "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,"
    "StudyDate,StudyTime,ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,"
    "PatientOrientationCodeSequence_CodeMeaning",
    f"{IDS[0]},10000032,50414267,CHEST,PA,3056,2544,21800506,213014.531,CHEST,postero-anterior,E",
    f"{IDS[1]},10000032,50414267,CHEST,LATERAL,3056,2544,21800506,213014.531,CHEST,lateral,E",
    f"{IDS[2]},10000764,57375967,CHEST,AP,3056,2544,21800507,213014.531,CHEST,antero-posterior,E",
)
PARTS = csv(
    "dicom_id,study_id,subject_id,split",
    f"{IDS[0]},50414267,10000032,train",
    f"{IDS[1]},50414267,10000032,train",
    f"{IDS[2]},57375967,10000764,test",
)
MIMIC = (
    "subject_id,study_id,Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,"
    "Fracture,Lung Lesion,Lung Opacity,No Finding,Pleural Effusion,Pleural Other,Pneumonia,"
    "Pneumothorax,Support Devices"
)
LABELS = csv(
    MIMIC, "10000032,50414267,1.0,0.0,-1.0" + "," * 11, "10000764,57375967,,,,,,,,,1.0,,,,,"
)
BY_HAND = csv(
    "study_id,Airspace Opacity,Atelectasis,Cardiomegaly,Consolidation,Edema,"
    "Enlarged Cardiomediastinum,Fracture,Lung Lesion,Pleural Effusion,Pleural Other,Pneumonia,"
    "Pneumothorax,Support Devices",
    "50414267,1.0,0.0,,-1.0,,,,,,,,,",
    "57375967,,,,,,,,,0.0,,,,1.0",
)
MIMIC_TERMS = tuple(one for one in MIMIC.split(",")[2:] if one != "No Finding")
PLACES = tuple(
    f"p{person[:2]}/p{person}/s{study}/{name}.jpg"
    for name, person, study in zip(
        IDS,
        ("10000032", "10000032", "10000764"),
        ("50414267", "50414267", "57375967"),
        strict=True,
    )
)
FILES = tuple(f"files/{one}" for one in PLACES)


def tables(labels="chexpert", content=LABELS, version="2.0.0"):
    return {
        "mimic-cxr-2.0.0-metadata.csv": META,
        "mimic-cxr-2.0.0-split.csv": PARTS,
        f"mimic-cxr-{version}-{labels}.csv": content,
    }


MIMIC_FORM = Form(
    "mimic_files", "mimic_cxr_chexpert", "MIMIC-CXR-JPG, files/p10/...", READ, tables(), FILES,
    terms=MIMIC_TERMS,
    says={
        IDS[0]: "10000032 | train | +Atelectasis; -Cardiomegaly; ?Consolidation",
        # No finding denies all but devices.
        IDS[2]: "10000764 | test | " + "; ".join(f"-{one}" for one in MIMIC_TERMS[:-1]),
    },
)  # fmt: skip
WGET = "physionet.org/files/mimic-cxr-jpg/2.0.0/"
LT = (
    "dicom_id,subject_id,study_id,ViewPosition,ViewCodeSequence_CodeMeaning,fpath,Atelectasis,"
    "Calcification of the Aorta,Cardiomegaly,Consolidation,Edema,Emphysema,"
    "Enlarged Cardiomediastinum,Fibrosis,Fracture,Hernia,Infiltration,Lung Lesion,Lung Opacity,"
    "Mass,No Finding,Nodule,Pleural Effusion,Pleural Other,Pleural Thickening,Pneumomediastinum,"
    "Pneumonia,Pneumoperitoneum,Pneumothorax,Subcutaneous Emphysema,Support Devices,Tortuous Aorta"
)
LT_COLUMNS = LT.split(",")[6:]
LT_TERMS = tuple(one for one in LT_COLUMNS if one != "No Finding")


def long_tail(at, start, *there):
    cells = [str(int(term in there)) for term in LT_COLUMNS]
    return ",".join((IDS[at], *start, f"files/{PLACES[at]}", *cells))


MIMIC_FORMS = (
    MIMIC_FORM,
    replace(MIMIC_FORM, name="mimic_nofiles", what="MIMIC-CXR-JPG, p10/... at the top",
            images=PLACES),
    replace(
        MIMIC_FORM, name="mimic_physionet_parent", what="MIMIC-CXR-JPG, as wget mirrors it",
        before=UNREAD,
        tables={f"{WGET}{name}": text for name, text in tables().items()},
        images=tuple(WGET + one for one in FILES),
    ),
    replace(MIMIC_FORM, name="mimic_21_names", what="MIMIC-CXR-JPG 2.1.0, smaller, as PNG",
            images=tuple(one.replace(".jpg", ".png") for one in FILES)),
    replace(MIMIC_FORM, name="mimic_negbio", source="mimic_cxr_negbio", what="labels of NegBio",
            tables=tables("negbio")),
    replace(
        MIMIC_FORM, name="mimic_radiologist", source="mimic_cxr_radiologist",
        what="its test set, read by hand",
        tables=tables("test-set-labeled", BY_HAND, "2.1.0"),
        terms=tuple(BY_HAND.partition("\n")[0].split(",")[1:]),
        says={
            IDS[0]: "10000032 | train | +Airspace Opacity; -Atelectasis; ?Consolidation",
            IDS[2]: "10000764 | test | -Pleural Effusion; +Support Devices",
        },
    ),
    Form(
        "cxr_lt", "mimic_cxr_lt", "CXR-LT 2023, train.csv with MIMIC's files", DRAFTED,
        {
            "train.csv": csv(
                LT,
                long_tail(0, ("10000032", "50414267", "PA", "postero-anterior"), "Mass", "Hernia"),
                long_tail(1, ("10000032", "50414267", "LATERAL", "lateral"), "Mass"),
                long_tail(2, ("10000764", "57375967", "AP", "antero-posterior"), "No Finding"),
            )
        },
        FILES, terms=LT_TERMS,
        says={
            IDS[0]: "10000032 | None | +Mass; +Hernia; -*",
            IDS[2]: "10000764 | None | -*",
        },
    ),
)  # fmt: skip

PADCHEST = (
    ",ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,"
    "ViewPosition_DICOM,Projection,MethodProjection,Pediatric,Modality_DICOM,Manufacturer_DICOM,"
    "Rows_DICOM,Columns_DICOM,MethodLabel,Report,Labels,Localizations"
)
PAD = (
    "0,{0}.png,0,20140915,s1,p1,1930,M,POSTEROANTERIOR,PA,Manual,No,CR,X,100,100,Physician,x,"
    "\"['pneumonia', 'nodule']\",[]",
    "1,{1}.png,0,20140915,s1,p1,1930,M,LATERAL,L,Manual,No,CR,X,100,100,Physician,x,['normal'],[]",
    "2,{2}.png,1,20150915,s2,p2,1950,F,ANTEROPOSTERIOR,AP,Manual,No,CR,X,100,100,RNN_model,x,"
    "['normal'],[]",
)
LONG = (
    "20536686640136348236148679891455886468_k6ga29",
    "135803415504923515076821959678074435083_fzis7b",
    "113855343774216031107737439268243531979_3k951l",
)
SHORT = ("417479072833215885_d67d31", "617242249122636348_3a037c", "717242249122636348_3a037d")


def padchest(name, what, before, table, names, images):
    says = {
        names[0]: "p1 | None | +pneumonia; +nodule; -*",
        names[2]: "p2 | None | -*",
    }
    rows = (row.format(*names) for row in PAD)
    facts = {names[0]: {"view": "PA", "sex": "M"}, names[2]: {"view": "AP", "sex": "F"}}
    return Form(name, "padchest", what, before, {table: csv(PADCHEST, *rows)}, images,
                says=says, facts=facts)  # fmt: skip


BRAX = (
    "DicomPath,PngPath,PatientID,PatientSex,PatientAge,StudyDate,No Finding,"
    "Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,"
    "Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices,"
    "ViewPosition,Rows,Columns,Manufacturer,AccessionNumber"
)
BRAX_PATHS = ("id_0000/Study_1.0/Series_1.0/image-1.0.5-0", "id_0001/Study_2.0/Series_2.0/image-2")


def brax_row(path, person, sex, age, cells, view):
    start = f"Anonymized_DICOMs/{path}.dcm,images/{path}.png,{person},{sex},{age},20080101"
    return f"{start},{cells},{view},3056,2544,X,A1"


OTHER_FORMS = (
    padchest("padchest_dirs", "PadChest, images in 0/ to 54/", READ,
             "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv", LONG,
             (f"0/{LONG[0]}.png", f"0/{LONG[1]}.png", f"1/{LONG[2]}.png")),
    padchest("padchest_sample", "PadChest, the sample of BIMCV and Kaggle", UNREAD,
             "chest_x_ray_images_labels_sample.csv", SHORT,
             tuple(f"sample/{one}.png" for one in SHORT)),
    Form(
        "brax", "brax", "PhysioNet", OTHER_COLUMN,
        {
            "master_spreadsheet_update.csv": csv(
                BRAX,
                brax_row(BRAX_PATHS[0], "id_0000", "F", "85 or more", "1" + "," * 13, "PA"),
                brax_row(BRAX_PATHS[1], "id_0001", "M", "55", ",,-1,1,,,,0,,,,,,", "AP"),
            )
        },
        tuple(f"images/{one}.png" for one in BRAX_PATHS),
        says={
            BRAX_PATHS[0]: "id_0000 | None | "
            + "; ".join(f"-{one}" for one in BRAX.split(",")[7:19]),
            BRAX_PATHS[1]: "id_0001 | None | ?Cardiomegaly; +Lung Opacity; -Pneumonia",
        },
        terms=tuple(BRAX.split(",")[7:20]),
    ),
)  # fmt: skip
FORMS = (*MIMIC_FORMS, *OTHER_FORMS)
