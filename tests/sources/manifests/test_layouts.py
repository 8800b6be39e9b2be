"""Sources in their published layout, by the plain command: `check NAME FOLDER`."""

from typing import NamedTuple

import nibabel
import numpy as np
import pytest
from PIL import Image
from tests.public_forms.form import draw

from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.sources.manifest_file import load_manifest


class Layout(NamedTuple):
    """What lies in a folder, and what comes out of it."""

    name: str
    """Of the built-in manifest."""
    files: tuple[str, ...]
    """Images, volumes, masks."""
    tables: dict[str, str]
    """Name to text."""
    classes: dict[str, tuple[int, int]]
    """Class to images on which it is positive and negative."""
    images: int
    """Images that are read."""
    patients: int = 0
    """Different patients that are named."""
    split: dict[str, int] | None = None
    """The published parts."""


def columns(names, *rows):
    return "\n".join([",".join(names), *(",".join(row) for row in rows)]) + "\n"


def ones(names, *here):
    return ["1.0" if name in here else "0.0" for name in names]


NIH_LT = load_manifest("nih_cxr_lt").labels.columns
MIMIC_LT = load_manifest("mimic_cxr_lt").labels.columns
PCXR = ("No finding", *load_manifest("vindr_pcxr").labels.columns)
BRAX = load_manifest("brax").labels.columns
ISIC18 = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
ISIC19 = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK")
MAMMO = (
    "study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,"
    "breast_density,split"
)
ODIR = (
    "ID,Patient Age,Patient Sex,Left-Fundus,Right-Fundus,Left-Diagnostic Keywords,"
    "Right-Diagnostic Keywords,N,D,G,C,A,H,M,O,filepath,labels,target,filename"
)
DICOM = "02aa804e-bde0afdd-112c0b34-7bc16630-4e384014"
DRAWN = "2. All Segmentation Groundtruths"
INDIANA = (
    "1_IM-0001-4001.dcm.png",
    "1_IM-0001-3001.dcm.png",
    "2_IM-0652-1001.dcm.png",
    "3_IM-1384-1001.dcm.png",
)
RADIOGRAPHY = (
    *tuple(
        f"{name}/{part}/{name}-{number}.png"
        for name, number in [("COVID", 1), ("COVID", 2), ("Lung_Opacity", 1), ("Normal", 1)]
        for part in ("images", "masks")
    ),
    "Viral Pneumonia/images/Viral Pneumonia-1.png",
    "Viral Pneumonia/masks/Viral Pneumonia-1.png",
)
RADIOGRAPHY_CLASSES = {"covid_19": (2, 3), "lung_opacity": (1, 1)}
GRADES = {
    "diabetic_retinopathy": (3, 1),
    "moderate_npdr": (1, 3),
    "proliferative_diabetic_retinopathy": (1, 3),
}

LAYOUTS = [
    Layout("covid19_radiography", RADIOGRAPHY, {}, RADIOGRAPHY_CLASSES, 5),
    Layout(
        "covid19_radiography",
        tuple(f"COVID-19_Radiography_Dataset/{name}" for name in RADIOGRAPHY),
        {"COVID-19_Radiography_Dataset/README.md.txt": "x"},
        RADIOGRAPHY_CLASSES,
        5,
    ),
    Layout(
        "covid19_radiography",
        ("COVID-19/COVID-19 (1).png", "NORMAL/NORMAL (1).png", "NORMAL/NORMAL (2).png"),
        {},
        {"covid_19": (1, 2)},
        3,
    ),
    Layout(
        "covid_qu_ex",
        (
            *tuple(
                f"COVID-QU-Ex/{twice}/{twice}/{part}/{kind}/{inside}/{name}"
                for twice in ["Lung Segmentation Data"]
                for part, kind, name in [
                    ("Train", "COVID-19", "covid_1.png"),
                    ("Val", "Non-COVID", "non_COVID (1).png"),
                    ("Test", "Normal", "Normal (1).png"),
                ]
                for inside in ("images", "lung masks")
            ),
            "COVID-QU-Ex/Infection Segmentation Data/Train/COVID-19/images/covid_1.png",
        ),
        {},
        {"covid_19": (1, 2), "pneumonia": (2, 1)},
        3,
        split={"train": 1, "validate": 1, "test": 1},
    ),
    Layout(
        "tb_chest_radiography",
        tuple(
            f"TB_Chest_Radiography_Database/{name}"
            for name in (
                "Normal/Normal-1.png",
                "Normal/Normal-2.png",
                "Tuberculosis/Tuberculosis-1.png",
            )
        ),
        {},
        {"tuberculosis": (1, 2)},
        3,
    ),
    Layout(
        "nih_cxr_lt",
        (
            "images_001/00000001_000.png",
            "images_001/00000002_000.png",
            "images_002/00000013_005.png",
        ),
        {
            f"PruneCXR/miccai2023_nih-cxr-lt_labels_{part}.csv": columns(
                ["id", *NIH_LT, "subj_id"], [image, *ones(NIH_LT, finding), patient]
            )
            for part, image, finding, patient in [
                ("train", "00000001_000.png", "Tortuous Aorta", "1"),
                ("val", "00000002_000.png", "No Finding", "2"),
                ("test", "00000013_005.png", "Pneumoperitoneum", "13"),
            ]
        },
        {"aortic_elongation": (1, 2), "pneumoperitoneum": (1, 2), "hernia": (0, 3)},
        3,
        3,
        {"train": 1, "validate": 1, "test": 1},
    ),
    Layout(
        "mimic_cxr_lt",
        (f"files/p10/p10000032/s50414267/{DICOM}.jpg",),
        {
            "train.csv": columns(
                ["dicom_id", "subject_id", "study_id", "ViewPosition", "fpath", *MIMIC_LT],
                [DICOM, "10000032", "50414267", "AP", "x.jpg", *ones(MIMIC_LT, "Fibrosis", "Mass")],
                ["other", "10000032", "50414267", "LATERAL", "y.jpg", *ones(MIMIC_LT)],
            )
        },
        {"fibrosis": (1, 0), "mass": (1, 0), "hernia": (0, 1)},
        1,
        1,
    ),
    Layout(
        "vindr_pcxr",
        ("train/a.dicom", "train/b.dicom", "test/c.dicom"),
        {
            "image_labels_train.csv": columns(
                ["image_id", "rad_ID", *PCXR],
                ["a", "R2", *ones(PCXR, "No finding")],
                ["b", "R2", *ones(PCXR, "Brocho-pneumonia")],
            ),
            "image_labels_test.csv": columns(
                ["image_id", "rad_ID", *PCXR], ["c", "R1", *ones(PCXR, "Pneumonia")]
            ),
        },
        # A bronchopneumonia denies no pneumonia.
        {"pneumonia": (1, 1), "tuberculosis": (0, 3)},
        3,
        patients=3,  # DICOM files without a patient: a study is one
        split={"train": 2, "test": 1},
    ),
    Layout(
        "brax",
        (
            "images/id_1/Study_1/Series_1/image-1-0.png",
            "images/id_2/Study_1/Series_1/image-2-0.png",
        ),
        {
            "master_spreadsheet_update.csv": columns(
                [
                    "DicomPath",
                    "PngPath",
                    "PatientID",
                    "PatientSex",
                    "PatientAge",
                    "StudyDate",
                    *BRAX,
                    "ViewPosition",
                    "Rows",
                    "Columns",
                    "Manufacturer",
                    "AccessionNumber",
                ],
                [
                    "Anonymized_DICOMs/x.dcm",
                    "images/id_1/Study_1/Series_1/image-1-0.png",
                    "id_1",
                    "F",
                    "85 or more",
                    "20080101",
                    "",
                    "",
                    "1.0",
                    "-1.0",
                    *([""] * 10),
                    "PA",
                    "1",
                    "1",
                    "",
                    "",
                ],
                [
                    "Anonymized_DICOMs/y.dcm",
                    "images/id_2/Study_1/Series_1/image-2-0.png",
                    "id_2",
                    "M",
                    "55",
                    "20080101",
                    "1.0",
                    *([""] * 13),
                    "AP",
                    "1",
                    "1",
                    "",
                    "",
                ],
            )
        },
        {"cardiomegaly": (1, 1), "lung_opacity": (0, 1), "support_devices": (0, 0)},
        2,
        2,
    ),
    Layout(
        "jsrt",
        ("images/images/JPCLN001.png", "images/images/JPCLN002.png", "images/images/JPCNN001.png"),
        {
            "jsrt_metadata.csv": "study_id,subtlety,size,age,gender,x,y,state,position,diagnosis\n"
            "JPCLN001.png,3,37,77,Male,1572,753,malignant,r.upper lobe(S2),lung cancer\n"
            "JPCLN002.png,4,7,?,Female,1402,1244,benign,r.upper lobe(S2),tuberculoma\n"
            "JPCNN001.png,,,30,Female,,,non-nodule,,\n"
        },
        {"nodule": (2, 1)},
        3,
    ),
    *(
        Layout(
            "busi",
            tuple(
                f"{above}{kind}/{kind} ({name}.png"
                for kind in ("benign", "malignant", "normal")
                for name in ("1)", "1)_mask", "2)", "2)_mask", "2)_mask_1")
            ),
            {},
            {
                "benign_breast_lesion": (2, 4),
                "malignant_breast_lesion": (2, 4),
                "breast_lesion": (4, 2),
            },
            6,
        )
        for above in ("", "Dataset_BUSI_with_GT/")
    ),
    *(
        Layout(
            name,
            ("images/s1/i1.dicom", "images/s2/i2.dicom"),
            {
                "breast-level_annotations.csv": f"{MAMMO}\n"
                "s1,r1,i1,L,CC,3518,2800,BI-RADS 4,DENSITY C,training\n"
                "s2,r2,i2,R,MLO,3518,2800,BI-RADS 1,DENSITY B,test\n"
            },
            classes,
            2,
            2,
            {"train": 1, "test": 1},
        )
        for name, classes in [
            ("vindr_mammo", {"birads_4": (1, 1), "birads_5": (0, 2)}),
            ("vindr_mammo_density", {"density_c": (1, 1), "density_a": (0, 2)}),
        ]
    ),
    Layout(
        "ham10000",
        ("HAM10000_images_part_1/ISIC_0024306.jpg", "HAM10000_images_part_2/ISIC_0024307.jpg"),
        {
            "HAM10000_metadata.csv": "lesion_id,image_id,dx,dx_type,age,sex,localization\n"
            "HAM_0000000,ISIC_0024306,akiec,follow_up,,unknown,scalp\n"
            "HAM_0000000,ISIC_0024307,akiec,histo,60.0,male,back\n",
            "hmnist_8_8_L.csv": "pixel0000,label\n1,2\n",
        },
        {"actinic_keratosis_or_bowen_disease": (2, 0), "melanoma": (0, 2)},
        2,
        1,
    ),
    Layout(
        "ham10000",
        ("HAM10000_images_part_1/ISIC_0024306.jpg",),
        {
            "HAM10000_metadata.tab": "lesion_id\timage_id\tdx\tdx_type\tage\tsex\t"
            "localization\tdataset\n"
            '"HAM_0000000"\t"ISIC_0024306"\t"mel"\t"histo"\t\t"unknown"\t"scalp"\t"vidir_modern"\n'
        },
        {"melanoma": (1, 0), "dermatofibroma": (0, 1)},
        1,
        1,
    ),
    Layout(
        "isic2018_task3",
        (
            "ISIC2018_Task3_Training_Input/ISIC_0024306.jpg",
            "ISIC2018_Task3_Test_Input/ISIC_0034524.jpg",
        ),
        {
            f"ISIC2018_Task3_{part}_GroundTruth/ISIC2018_Task3_{part}_GroundTruth.csv": columns(
                ["image", *ISIC18], [image, *ones(ISIC18, kind)]
            )
            for part, image, kind in [
                ("Training", "ISIC_0024306", "NV"),
                ("Test", "ISIC_0034524", "MEL"),
            ]
        },
        {
            "melanoma": (1, 1),
            "melanocytic_nevus": (1, 1),
            "actinic_keratosis_or_bowen_disease": (0, 2),
        },
        2,
        split={"train": 1, "test": 1},
    ),
    Layout(
        "isic2019",
        ("ISIC_2019_Training_Input/ISIC_0000000.jpg", "ISIC_2019_Training_Input/ISIC_0024306.jpg"),
        {
            "ISIC_2019_Training_GroundTruth.csv": columns(
                ["image", *ISIC19],
                ["ISIC_0000000", *ones(ISIC19, "SCC")],
                ["ISIC_0024306", *ones(ISIC19, "AK")],
            ),
            "ISIC_2019_Training_Metadata.csv": "image,age_approx,anatom_site_general,"
            "lesion_id,sex\n"
            "ISIC_0000000,55.0,anterior torso,,female\n"
            "ISIC_0024306,,,HAM_0000000,\n",
        },
        {
            "squamous_cell_carcinoma": (1, 1),
            "actinic_keratosis_or_bowen_disease": (1, 1),
        },
        2,
        1,
    ),
    Layout(
        "isic2020",
        (
            "jpeg/train/ISIC_2637011.jpg",
            "jpeg/train/ISIC_0015719.jpg",
            "jpeg/test/ISIC_0052060.jpg",
        ),
        {
            "train.csv": "image_name,patient_id,sex,age_approx,anatom_site_general_challenge,"
            "diagnosis,benign_malignant,target\n"
            "ISIC_2637011,IP_7279968,male,45.0,head/neck,unknown,benign,0\n"
            "ISIC_0015719,IP_3075186,female,,upper extremity,melanoma,malignant,1\n",
            "sample_submission.csv": "image_name,target\nISIC_0052060,0\n",
        },
        {"melanoma": (1, 1)},
        2,
        2,
    ),
    Layout(
        "aptos2019",
        (*tuple(f"train_images/{name}.png" for name in "abcd"), "test_images/e.png"),
        {
            "train.csv": "id_code,diagnosis\na,0\nb,1\nc,2\nd,4\n",
            "test.csv": "id_code\ne\n",
            "sample_submission.csv": "id_code,diagnosis\ne,0\n",
        },
        GRADES,
        4,
    ),
    Layout(
        "eyepacs",
        tuple(f"train/{name}.jpeg" for name in ("10_left", "10_right", "13_left", "13_right")),
        {"trainLabels.csv": "image,level\n10_left,0\n10_right,1\n13_left,2\n13_right,4\n"},
        GRADES,
        4,
        2,
    ),
    Layout(
        "idrid_grading",
        tuple(
            f"B. Disease Grading/1. Original Images/{part}/IDRiD_00{number}.jpg"
            for part in ("a. Training Set", "b. Testing Set")
            for number in range(1, 5)
        ),
        {
            f"B. Disease Grading/2. Groundtruths/{part} Labels.csv": "Image name,Retinopathy grade,"
            "Risk of macular edema ,,\nIDRiD_001,0,0,,\nIDRiD_002,1,0,,\nIDRiD_003,2,2,,\n"
            "IDRiD_004,4,1,,\n"
            for part in ("a. IDRiD_Disease Grading_Training", "b. IDRiD_Disease Grading_Testing")
        },
        GRADES,
        4,
    ),
    Layout(
        "odir5k",
        (
            "preprocessed_images/0_right.jpg",
            "preprocessed_images/1_left.jpg",
            "ODIR-5K/ODIR-5K/Training Images/0_right.jpg",
        ),
        {
            "full_df.csv": f"{ODIR}\n"
            "0,69,Female,0_left.jpg,0_right.jpg,cataract,normal fundus,0,0,0,1,0,0,0,0,"
            "x/0_right.jpg,['N'],\"[1, 0, 0, 0, 0, 0, 0, 0]\",0_right.jpg\n"
            "1,57,Male,1_left.jpg,1_right.jpg,glaucoma,normal fundus,0,0,1,0,0,0,0,0,x/1_left.jpg,"
            "['G'],\"[0, 0, 1, 0, 0, 0, 0, 0]\",1_left.jpg\n"
        },
        {"glaucoma": (1, 1), "cataract": (0, 1), "diabetic_retinopathy": (0, 1)},
        2,
        2,
    ),
    Layout(
        "kermany_oct",
        (
            "OCT2017/train/CNV/CNV-1016042-1.jpeg",
            "OCT2017/train/CNV/CNV-1016042-2.jpeg",
            "OCT2017/train/DME/DME-1072015-1.jpeg",
            "OCT2017/val/DRUSEN/DRUSEN-95633-1.jpeg",
            "OCT2017/test/NORMAL/NORMAL-1038998-1.jpeg",
        ),
        {},
        # Where CNV is, drusen may be too.
        {
            "choroidal_neovascularization": (2, 3),
            "drusen": (1, 2),
            "diabetic_macular_edema": (1, 4),
        },
        5,
        4,
        {"train": 3, "validate": 1, "test": 1},
    ),
    Layout(
        "indiana_kaggle",
        tuple(f"images/images_normalized/{name}" for name in INDIANA),
        {
            "indiana_projections.csv": "uid,filename,projection\n"
            + "".join(f"{name.split('_')[0]},{name},Frontal\n" for name in INDIANA),
            "indiana_reports.csv": "uid,MeSH,Problems,image,indication,comparison,"
            "findings,impression\n"
            "1,normal,normal,Xray Chest PA,x,y,clear,none\n"
            "2,Cardiomegaly/borderline;Pulmonary Artery/enlarged,Cardiomegaly;Pulmonary Artery,"
            "x,,,,\n"
            "3,Technical Quality of Image Unsatisfactory,Technical Quality of Image Unsatisfactory,"
            "x,,,,\n",
        },
        {"cardiomegaly": (1, 2), "scoliosis": (0, 3)},
        4,
        3,
    ),
    Layout(
        "idrid_lesions",
        tuple(
            f"A. Segmentation/{name}"
            for name in (
                "1. Original Images/a. Training Set/IDRiD_01.jpg",
                "1. Original Images/b. Testing Set/IDRiD_55.jpg",
                f"{DRAWN}/a. Training Set/1. Microaneurysms/IDRiD_01_MA.tif",
                f"{DRAWN}/a. Training Set/2. Haemorrhages/IDRiD_01_HE.tif",
                f"{DRAWN}/b. Testing Set/1. Microaneurysms/IDRiD_55_MA.tif",
            )
        ),
        {},
        {"microaneurysm": (2, 0), "retinal_hemorrhage": (1, 0)},
        2,
        2,
        {"train": 1, "test": 1},
    ),
    *(
        Layout(
            name,
            (
                f"{above}imagesTr/{case}_001.nii.gz",
                f"{above}labelsTr/{case}_001.nii.gz",
                f"{above}imagesTs/{case}_002.nii.gz",
            ),
            {},
            {term: (1, 0)},
            1,
            1,
        )
        for name, case, term in [
            ("msd06_lung", "lung", "lung_tumor"),
            ("msd08_hepaticvessel", "hepaticvessel", "liver_tumor"),
        ]
        for above in ("", "Task/")
    ),
    *(
        Layout(name, files, {}, {term: (1, 0)}, 1, 1)
        for name, files, term in [
            ("kits19", ("data/case_00000/imaging", "data/case_00000/segmentation"), "kidney_tumor"),
            ("kits23", ("data/case_00000/imaging", "data/case_00000/segmentation"), "kidney_tumor"),
            ("lits", ("volume-7", "segmentation-7"), "liver_tumor"),
            ("msd03_liver", ("imagesTr/liver_0", "labelsTr/liver_0"), "liver_tumor"),
            (
                "msd07_pancreas",
                ("imagesTr/pancreas_1", "labelsTr/pancreas_1"),
                "pancreatic_neoplasm",
            ),
            ("panorama", ("batch_1/100_1_0000", "panorama_labels/manual_labels/100_1"), "pdac"),
        ]
        for files in [tuple(f"{file}.nii.gz" for file in files)]
    ),
    Layout(
        "kits21",
        tuple(
            f"data/case_0000{number}/{name}.nii.gz"
            for number in (0, 1)
            for name in ("imaging", "aggregated_MAJ_seg", "aggregated_AND_seg")
        ),
        {},
        {"kidney_tumor": (2, 0), "kidney_cyst": (0, 2)},
        2,
        2,
    ),
]


def build(folder, layout):
    """Write the files of a layout; masks hold 1 and, but for the lung, 2."""
    for place, name in enumerate(layout.files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".nii.gz"):
            volume = np.zeros((2, 2, 2), dtype=np.uint8)
            volume.ravel()[:2] = (1, 1 if "lung" in name else 2)
            nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), path)
        elif DRAWN in name:
            Image.fromarray(np.eye(8, dtype=np.uint8) * 76).save(path)
        elif name.endswith(".dicom"):
            path.write_bytes(draw(name, (8, 8)))
        else:
            pixels = np.random.default_rng(place).integers(0, 255, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(path)
    for name, text in layout.tables.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_plain_command_reads_it(layout, tmp_path):
    build(tmp_path, layout)
    check = check_source(layout.name, tmp_path)
    assert check.problems == ()
    assert check.vocabulary == load_manifest(layout.name).vocabulary
    assert check.table.images.height == layout.images
    assert check.table.images["path"].null_count() == 0
    assert {name: check.cells[name][:2] for name in layout.classes} == layout.classes
    assert check.table.images["patient"].drop_nulls().n_unique() == layout.patients
    parts = check.table.images["official_split"].drop_nulls().value_counts()
    assert dict(parts.iter_rows()) == (layout.split or {})


@pytest.mark.parametrize(
    "name", ["busi", "covid19_radiography", "tb_chest_radiography", "kermany_oct", "ham10000"]
)
def test_draft_knows_it(name, tmp_path):
    build(tmp_path, next(layout for layout in LAYOUTS if layout.name == name))
    assert draft_manifest(tmp_path).known == (name,)


@pytest.mark.parametrize(
    ("name", "classes", "expected"),
    [
        ("dermamnist", 7, {"melanoma": (1, 6), "benign_keratosis": (1, 6)}),
        ("octmnist", 4, {"drusen": (1, 3), "diabetic_macular_edema": (1, 3)}),
        ("retinamnist", 5, {"diabetic_retinopathy": (4, 1), "mild_npdr": (1, 4)}),
        ("pathmnist", 9, {"mucus": (1, 8), "slide_background": (1, 8)}),
        ("bloodmnist", 8, {"platelet": (1, 7)}),
        ("tissuemnist", 8, {"podocyte": (1, 7)}),
        ("organamnist", 11, {"femur_left": (1, 10), "spleen": (1, 10)}),
        ("organcmnist", 11, {"liver": (1, 10)}),
        ("organsmnist", 11, {"kidney_right": (1, 10)}),
        ("breastmnist", 2, {"malignant_breast_lesion": (1, 1)}),
    ],
)
def test_medmnist(name, classes, expected, tmp_path):
    labels = np.arange(classes, dtype=np.uint8)[:, None]
    images = np.zeros((classes, 28, 28), dtype=np.uint8)
    arrays = {f"train_{kind}": part for kind, part in (("images", images), ("labels", labels))}
    np.savez(tmp_path / f"{name}.npz", **arrays)
    check = check_source(name, tmp_path)
    assert check.problems == ()
    assert {one: check.cells[one][:2] for one in expected} == expected
