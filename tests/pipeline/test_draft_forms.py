"""Small folders as people have them: a draft of each is read as it stands, with the right counts.

Each form is drafted, the drafted manifest is checked, and read strictly; every count is stated by
hand beside the form.
"""

from dataclasses import dataclass, field
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from labelassemble.pipeline.describe_draft import describe_draft
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source
from labelassemble.vocabulary.vocabulary import load_vocabulary


@dataclass(frozen=True)
class Form:
    """A folder, and what a draft of it must give."""

    name: str
    images: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    tables: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    """Empty ones."""
    encoding: str = ""
    positive: dict[str, int] = field(default_factory=dict)
    """Every term of the scope to the images on which it is there."""
    negative: dict[str, int] | None = None
    count: int | None = None
    """Images of the source."""
    patients: int | None = None
    split: dict[str, int] | None = None
    said: tuple[str, ...] = ()
    """What the command says, or the manifest."""
    own: bool = False
    """Whether a vocabulary of its own words is written."""


def many(pattern: str, numbers=range(4)) -> tuple[str, ...]:
    return tuple(pattern.format(n) for n in numbers)


def rows(head: str, *lines: str) -> str:
    return "\n".join((head, *lines)) + "\n"


def each(head: str, line: str, values) -> str:
    return rows(head, *(line.format(n, *np.atleast_1d(value)) for n, value in enumerate(values)))


EYES = (
    "ID,Patient Age,Patient Sex,Left-Fundus,Right-Fundus,Left-Diagnostic Keywords,N,D,G,C,A,H,M,O"
)

TABLES = [
    Form(
        "two image columns, eight columns of findings",
        images=(*many("img/{}_left.jpg"), *many("img/{}_right.jpg")),
        tables={
            "full.csv": rows(
                EYES,
                "0,69,Female,0_left.jpg,0_right.jpg,cataract,0,0,0,1,0,0,0,0",
                '1,57,Male,1_left.jpg,1_right.jpg,"normal fundus, glaucoma",0,0,1,0,0,0,0,1',
                "2,42,Male,2_left.jpg,2_right.jpg,laser spot,0,1,0,0,0,0,0,1",
                "3,66,Female,3_left.jpg,3_right.jpg,normal fundus,1,0,0,0,0,0,0,0",
            )
        },
        encoding="finding_columns",
        positive={"N": 1, "D": 1, "G": 1, "C": 1, "A": 0, "H": 0, "M": 0, "O": 2},
        count=4,
        said=("Left-Fundus, Right-Fundus", "one row an image"),
        own=True,
    ),
    Form(
        "a width that is the name of a file too",
        images=many("records/{}.png", range(100, 108)),
        tables={
            "t.csv": each(
                "width,file,label", "{0},x{1}.png,{2}",
                [(100 + n, "ab"[n % 2]) for n in range(8)],
            ).replace("x10", "10").replace(",0,", ",")
        },
        encoding="class_column",
        positive={"a": 4, "b": 4},
        own=True,
    ),
    Form(
        "one train table where the other is missing",
        images=many("train/patient{}/study1/view1_frontal.jpg", range(1, 5)),
        tables={
            "train.csv": each(
                "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Cardiomegaly,Edema",
                "Set-v1/train/patient{1}/study1/view1_frontal.jpg,Male,60,Frontal,AP,{2}",
                [(1, "1.0,,"), (2, ",1.0,0.0"), (3, ",-1.0,1.0"), (4, ",,1.0")],
            )
        },
        encoding="finding_columns",
        positive={"Cardiomegaly": 1, "Edema": 2},
        negative={"Cardiomegaly": 1, "Edema": 2},
        patients=4,
    ),
    Form(
        "lesions, of which some have several images",
        images=many("part_1/ISIC_{}.jpg"),
        tables={
            "meta.csv": rows(
                "lesion_id,image_id,dx,dx_type,age,sex,localization",
                "HAM_1,ISIC_0,bkl,histo,80.0,male,scalp",
                "HAM_1,ISIC_1,bkl,histo,80.0,male,scalp",
                "HAM_2,ISIC_2,nv,consensus,,unknown,ear",
                "HAM_3,ISIC_3,mel,histo,55.0,female,back",
            )
        },
        encoding="class_column",
        positive={"bkl": 2, "nv": 1, "mel": 1},
        negative={"bkl": 2, "nv": 3, "mel": 3},
        patients=3,
        said=("skin", "_vocabulary.toml")[1:],
        own=True,
    ),
    Form(
        "one-hot columns of an unknown organ",
        images=many("in/I_{}.jpg"),
        tables={
            "gt/truth.csv": each(
                "image,MEL,NV,BCC,AKIEC", "I_{},{}",
                ["1.0,0.0,0.0,0.0", "0.0,1.0,0.0,0.0", "0.0,0.0,1.0,0.0", "0.0,0.0,0.0,1.0"],
            )
        },
        encoding="finding_columns",
        positive={"MEL": 1, "NV": 1, "BCC": 1, "AKIEC": 1},
        negative={"MEL": 3, "NV": 3, "BCC": 3, "AKIEC": 3},
        own=True,
    ),
    Form(
        "grades of each eye",
        images=(*many("train/{}_left.jpeg", range(10, 14)), *many("train/{}_right.jpeg", range(10,
            14))),
        tables={
            "labels.csv": rows(
                "image,level",
                *(f"{n}_{side},{(n + k) % 3}" for n in range(10, 14) for k,
                    side in enumerate(("left", "right"))),
            )
        },
        encoding="class_column",
        positive={"1": 3, "2": 3},
        patients=4,
        own=True,
    ),
    Form(
        "a form for predictions beside the labels",
        images=(*many("train_images/a{}.png"), *many("test_images/b{}.png")),
        tables={
            "train.csv": each("id_code,diagnosis", "a{},{}", [0, 2, 1, 2]),
            "test.csv": each("id_code", "b{1}", range(4)),
            "sample_submission.csv": each("id_code,diagnosis", "b{},0", range(4)),
        },
        encoding="class_column",
        positive={"1": 1, "2": 2},
        count=4,
        said=("sample_submission.csv: a form for a contest's predictions",),
        own=True,
    ),
    Form(
        "predictions that are all one, under another name",
        images=(*many("a{}.png"), *many("b{}.png")),
        tables={
            "first.csv": each("image,Mass,Edema", "a{},{}", ["1,0", "0,1", "0,0", "1,1"]),
            "second.csv": each("image,Mass,Edema", "b{},0,0", range(4)),
        },
        encoding="finding_columns",
        positive={"Mass": 2, "Edema": 2},
        count=4,
        said=("unlike first.csv",),
    ),
    Form(
        "a form of probabilities alone",
        images=many("test/b{}.png"),
        tables={"sample_submission.csv": each("id,target", "b{},0.5", range(4))},
        encoding="unlabelled",
        count=4,
        said=("sample_submission.csv",),
    ),
    Form(
        "yes and no, of words that nobody knows",
        images=many("s{}.png"),
        tables={"t.csv": each("scan,fibroid,septum", "s{},{}", ["yes,no", "no,no", "Yes,YES",
            "no,no"])},
        encoding="finding_columns",
        positive={"fibroid": 2, "septum": 1},
        negative={"fibroid": 2, "septum": 3},
        own=True,
    ),
    Form(
        "true and false, one column",
        images=many("s{}.png"),
        tables={"t.csv": each("filename,haemangioblast", "s{}.png,{}", ["TRUE", "FALSE", "True",
            "false"])},
        encoding="finding_columns",
        positive={"haemangioblast": 2},
        negative={"haemangioblast": 2},
        own=True,
    ),
    Form(
        "written-out lists",
        images=many("s{}.png"),
        tables={
            "t.csv": rows(
                "image,tags", 's0.png,"[""drusen"", ""scar""]"', "s1.png,[]",
                's2.png,"[""drusen""]"', 's3.png,"[""scar""]"',
            )
        },
        encoding="list_literal",
        positive={"drusen": 2, "scar": 2},
        own=True,
    ),
    Form(
        "blanks beside findings",
        images=many("s{}.png"),
        tables={"t.csv": each("image,findings", "s{}.png,{}", ["Mass", "", "Edema", ""])},
        encoding="class_column",
        positive={"Mass": 1, "Edema": 1},
        negative={"Mass": 1, "Edema": 1},
        said=("if that means no finding",),
    ),
    Form(
        "positives alone, and blanks",
        images=many("s{}.png"),
        tables={"t.csv": each("image,Mass,Edema", "s{}.png,{}", ["1,", ",", ",1", ","])},
        encoding="finding_columns",
        positive={"Mass": 1, "Edema": 1},
        said=("blank may well mean it",),
    ),
    Form(
        "findings and boxes in one table, two rows an image",
        images=many("s{}.png"),
        tables={
            "t.csv": rows(
                "image,Mass,Calcification,xmin,ymin,xmax,ymax",
                "s0.png,1,1,1,1,9,9", "s0.png,1,1,3,3,8,8", "s1.png,0,0,,,,", "s2.png,1,0,2,2,7,7",
                "s3.png,0,0,,,,",
            )
        },
        encoding="finding_columns",
        positive={"Mass": 2, "Calcification": 1},
        count=4,
        said=("boxes",),
    ),
    Form(
        "a class that is denied by its own name",
        images=many("c{}.png", range(6)),
        tables={"t.csv": each("image,class", "c{}.png,{}", ["COVID", "non-COVID", "NonCOVID"] * 2)},
        encoding="class_column",
        positive={"COVID": 2},
        negative={"COVID": 4},
    ),
    Form(
        "benign and malignant, without a word for a column",
        images=many("c{}.png", range(6)),
        tables={"t.csv": each("image,kind", "c{}.png,{}", ["Benign", "Malignant", "normal"] * 2)},
        encoding="class_column",
        positive={"Benign": 2, "Malignant": 2},
        negative={"Benign": 4, "Malignant": 4},
        own=True,
    ),
    Form(
        "the row's number is no patient",
        images=many("c{}.png", range(6)),
        tables={"t.csv": each(",image,label", "{0},c{0}.png,{1}", ["Mass", "normal"] * 3)},
        encoding="class_column",
        positive={"Mass": 3},
        patients=0,
    ),
    Form(
        "three tables of one split",
        images=(*many("train/a{}.png"), *many("val/b{}.png"), *many("test/c{}.png")),
        tables={
            "train.csv": each("image,diagnosis", "a{},{}", ["drusen", "normal"] * 2),
            "valid.csv": each("image,diagnosis", "b{},{}", ["drusen", "normal"] * 2),
            "test.csv": each("image,diagnosis", "c{},{}", ["drusen", "normal"] * 2),
        },
        encoding="class_column",
        positive={"drusen": 6},
        split={"train": 4, "validate": 4, "test": 4},
        own=True,
    ),
    Form(
        "two columns for one image, of which one is on disk",
        images=many("png/p{}/i1.png"),
        tables={
            "t.csv": each(
                "DicomPath,PngPath,PatientID,Edema,Mass",
                "dcm/p{0}/i1.dcm,png/p{0}/i1.png,id{0},{1}", ["1.0,", "0.0,1.0", ",-1.0",
                    "1.0,0.0"],
            )
        },
        encoding="finding_columns",
        positive={"Edema": 2, "Mass": 1},
        patients=4,
    ),
    Form(
        "labels in another table than the names of images",
        images=many("img/{}_x.png"),
        tables={
            "projections.csv": each("uid,filename,projection", "{0},{0}_x.png,Frontal", range(4)),
            "reports.csv": each("uid,findings", "{},{}", ["Mass", "normal", "Edema", "normal"]),
        },
        encoding="class_column",
        positive={"Mass": 1, "Edema": 1},
        count=4,
    ),
    Form(
        "one folder under two spellings",
        images=(*many("SET_part_1/I_{}.jpg"), *many("set_part_1/I_{}.jpg"),
                *many("SET_part_2/I_{}.jpg", range(4, 8)),
                *many("set_part_2/I_{}.jpg", range(4, 8))),
        tables={"m.csv": each("image_id,dx", "I_{},{}", ["nv", "mel"] * 4)},
        encoding="class_column",
        positive={"nv": 4, "mel": 4},
        count=8,
        said=("the same images again",),
        own=True,
    ),
    Form(
        "each image as JPEG and as DICOM",
        images=(*many("jpeg/train/I_{}.jpg"), *many("train/I_{}.dcm")),
        tables={"train.csv": each("image_name,patient_id,target", "I_{},P{},{}",
                               [(0, 1), (0, 0), (1, 1), (1, 0)])},
        encoding="finding_columns",
        positive={"target": 2},
        count=4,
        patients=2,
    ),
    Form(
        "tabs and quotes",
        images=many("x/ISIC_{}.jpg"),
        tables={"m.tab": each('"image_id"\t"dx"', '"ISIC_{}"\t"{}"', ["nv", "mel"] * 2)},
        encoding="class_column",
        positive={"nv": 2, "mel": 2},
        own=True,
    ),
]  # fmt: skip

FOLDERS = [
    Form(
        "classes below parts of a split, one deeper",
        images=(*many("set/train/NORMAL/a{}.png"), *many("set/train/PNEUMONIA/b{}.png"),
                *many("set/test/NORMAL/c{}.png", range(2)), *many("set/test/PNEUMONIA/d{}.png",
                    range(2))),
        encoding="folder_names",
        positive={"PNEUMONIA": 6},
        negative={"PNEUMONIA": 6},
        split={"train": 8, "test": 4},
    ),
    Form(
        "a doubled folder",
        images=tuple(
            f"{start}/train/{word}/{word[0]}{n}.png"
            for start in ("xr", "xr/xr") for word in ("NORMAL", "PNEUMONIA") for n in range(4)
        ),
        encoding="folder_names",
        positive={"PNEUMONIA": 4},
        negative={"PNEUMONIA": 4},
        count=8,
        said=("the same images again",),
    ),
    Form(
        "an empty folder beside that of the one class",
        images=many("data/COVID/c{}.png"),
        folders=("data/NORMAL",),
        encoding="folder_names",
        positive={"COVID": 4},
    ),
    Form(
        "an empty folder beside folders of classes",
        images=(*many("glioma/c{}.png"), *many("notumor/d{}.png")),
        folders=("pituitary",),
        encoding="folder_names",
        positive={"glioma": 4},
        negative={"glioma": 4},
        own=True,
    ),
    Form(
        "classes deep down, an image on top",
        images=("sample.png", *many("a/b/pos/x{}.png"), *many("a/b/neg/y{}.png")),
        positive={"pos": 4},
        negative={"pos": 4},
        count=8,
        own=True,
    ),
    Form(
        "classes of uneven depth",
        images=(*many("normal/x{}.png"), *many("tumour/p1/y{}.png"), *many("tumour/p2/z{}.png")),
        encoding="folder_names",
        positive={"tumour": 8},
        negative={"tumour": 4},
        own=True,
    ),
    Form(
        "patients below classes",
        images=(*many("COVID/Patient ({})/1.png"), *many("Non-COVID/Patient ({})/1.png", range(7,
            11))),
        encoding="folder_names",
        positive={"COVID": 4},
        negative={"COVID": 4},
        patients=8,
    ),
    Form(
        "parts that are called in more than a word",
        images=(*many("Training_set/cyst/a{}.png"), *many("Training_set/healthy/b{}.png"),
                *many("Test-Images/cyst/c{}.png"), *many("Test-Images/healthy/d{}.png")),
        encoding="folder_names",
        positive={"cyst": 8},
        negative={"cyst": 8},
        split={"train": 8, "test": 8},
        own=True,
    ),
    Form(
        "a test part without labels",
        images=(*many("train/AMD/a{}.png"), *many("train/Normal/b{}.png"), *many("test/t{}.png",
            range(3))),
        positive={"AMD": 4},
        negative={"AMD": 4},
        count=8,
        said=("3 images lie in no folder of a class",),
        own=True,
    ),
    Form(
        "grades as folders",
        images=tuple(f"{grade}/{grade}x{n}.png" for grade in range(4) for n in range(3)),
        encoding="folder_names",
        positive={"1": 3, "2": 3, "3": 3},
        negative={"1": 9, "2": 9, "3": 9},
        own=True,
    ),
    Form(
        "numbered classes with words",
        images=(*many("0_normal/a{}.png"), *many("1_mild/b{}.png"), *many("2_severe/c{}.png")),
        encoding="folder_names",
        positive={"1_mild": 4, "2_severe": 4},
        own=True,
    ),
    Form(
        "one class of few images each",
        images=("CNV/a.png", "DME/b.png", "DRUSEN/c.png", "NORMAL/d.png"),
        encoding="folder_names",
        positive={"CNV": 1, "DME": 1, "DRUSEN": 1},
        negative={"CNV": 3, "DME": 3, "DRUSEN": 3},
        own=True,
    ),
    Form(
        "classes of volumes",
        images=(*many("AD/a{}.nii"), *many("CN healthy/b{}.nii")),
        encoding="folder_names",
        positive={"AD": 4},
        own=True,
    ),
    Form(
        "a folder of one disease",
        images=many("COVID-19/c{}.png"),
        encoding="unlabelled",
        count=4,
        said=('encoding = "every_image"', 'positive = ["COVID-19"]'),
    ),
    Form(
        "a folder of the healthy",
        images=many("Normal/c{}.png"),
        encoding="unlabelled",
        count=4,
        said=('encoding = "every_image"', 'negative = ["..."]'),
    ),
    Form(
        "a word for masks in the name of the folder of all",
        images=(*many("Set_with_GT/benign/b{}.png"), *many("Set_with_GT/malignant/m{}.png")),
        encoding="folder_names",
        positive={"benign": 4, "malignant": 4},
        own=True,
    ),
    Form(
        "images in a folder that is called like one of masks",
        images=many("Lung Segmentation/c{}.png"),
        encoding="unlabelled",
        count=4,
    ),
    Form(
        "volumes alone",
        images=many("scans/v{}.nii.gz"),
        encoding="unlabelled",
        count=4,
    ),
]  # fmt: skip

MASKS = [
    Form(
        "masks beside images",
        images=many("set/images/k{}.png"),
        masks=many("set/masks/k{}.png"),
        encoding="mask_values",
        positive={"finding": 4},
        count=4,
    ),
    Form(
        "masks as JPEG, whose edges ring",
        images=many("images/k{}.jpg"),
        masks=many("masks/k{}.jpg"),
        encoding="mask_values",
        positive={"finding": 4},
        count=4,
        said=("above = 127",),
    ),
    Form(
        "several masks of an image",
        images=many("pics/k{}.png"),
        masks=(*many("pics/k{}_mask.png"), "pics/k1_mask_1.png", "pics/k2_mask_1.png"),
        encoding="mask_values",
        positive={"finding": 4},
        count=4,
        said=("2 images have further masks, which are joined",),
    ),
    Form(
        "masks with another end, and another word",
        images=many("Original/p{}.jpg"),
        masks=many("Ground Truth/p{}_segmentation.png"),
        encoding="mask_values",
        positive={"finding": 4},
        count=4,
    ),
    Form(
        "masks in a folder that is not called so",
        images=many("pics/p{}.png"),
        masks=many("areas/p{}.png"),
        encoding="mask_values",
        positive={"finding": 4},
        count=4,
    ),
    Form(
        "nnU-Net without dataset.json",
        images=many("imagesTr/l_00{}_0000.nii.gz"),
        masks=many("labelsTr/l_00{}.nii.gz"),
        encoding="mask_values",
        positive={"value_1": 4, "value_2": 4},
        count=4,
        own=True,
    ),
    Form(
        "Decathlon without dataset.json, a test part beside it",
        images=(*many("Task/imagesTr/l_00{}.nii"), *many("Task/imagesTs/l_01{}.nii")),
        masks=many("Task/labelsTr/l_00{}.nii"),
        encoding="mask_values",
        positive={"value_1": 4, "value_2": 4},
        count=4,
        said=("4 images are no case",),
        own=True,
    ),
    Form(
        "volumes and segmentations of one number",
        images=many("vol/volume-{}.nii"),
        masks=many("seg/segmentation-{}.nii"),
        encoding="mask_values",
        positive={"value_1": 4, "value_2": 4},
        count=4,
        own=True,
    ),
    Form(
        "a folder a case",
        images=many("case_{}/imaging.nii.gz"),
        masks=many("case_{}/segmentation.nii.gz"),
        encoding="mask_values",
        positive={"value_1": 4, "value_2": 4},
        count=4,
        own=True,
    ),
    Form(
        "a mask for each of two structures",
        images=many("CXR_png/M_{}_0.png"),
        masks=(*many("ManualMask/leftMask/M_{}_0.png"), *many("ManualMask/rightMask/M_{}_0.png")),
        encoding="mask_values",
        positive={"leftMask": 4, "rightMask": 4},
        count=4,
    ),
    Form(
        "masks of some images alone",
        images=many("img/s{}.png", range(6)),
        masks=many("mask/s{}_mask.png", range(4)),
        encoding="mask_values",
        positive={"finding": 4},
        count=6,
        said=("2 images without one",),
    ),
    Form(
        "masks in the folders of classes",
        images=(*many("benign/benign ({}).png"), *many("normal/normal ({}).png")),
        masks=(*many("benign/benign ({})_mask.png"), "benign/benign (1)_mask_1.png"),
        positive={"benign": 4},
        negative={"benign": 4},
        count=8,
        own=True,
    ),
    Form(
        "images and masks below each class",
        images=(*many("COVID/images/COVID-{}.png"), *many("Normal/images/Normal-{}.png")),
        masks=(*many("COVID/masks/COVID-{}.png"), *many("Normal/masks/Normal-{}.png")),
        encoding="folder_names",
        positive={"COVID": 4},
        negative={"COVID": 4},
        count=8,
    ),
    Form(
        "a table beside images and masks of one name",
        images=many("Images/s{}.png"),
        masks=many("Masks/s{}.png"),
        tables={"t.csv": each("image,label", "s{}.png,{}", ["polyp", "normal"] * 2)},
        encoding="class_column",
        positive={"polyp": 2},
        negative={"polyp": 2},
        count=4,
        own=True,
    ),
    Form(
        "masks below parts of a split",
        images=(*many("train/images/k{}.png"), *many("val/images/j{}.png")),
        masks=(*many("train/masks/k{}.png"), *many("val/masks/j{}.png")),
        encoding="mask_values",
        positive={"finding": 8},
        split={"train": 4, "validate": 4},
    ),
]  # fmt: skip


def build(folder: Path, form: Form) -> None:
    generator = np.random.default_rng(1)
    for name in (*form.images, *form.masks):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mask = name in form.masks
        if name.endswith((".nii", ".nii.gz")):
            volume = generator.integers(-500, 500, (6, 6, 6)).astype(np.int16)
            if mask:
                volume[:] = 0
                volume[1, :2], volume[2, :2] = 1, 2
            nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), path)
            continue
        if name.endswith(".dcm"):
            path.write_bytes(bytes(128) + b"DICM")  # read by no draft, as no check opens it
            continue
        pixels = generator.integers(0, 255, (32, 32), dtype=np.uint8)
        if mask:
            pixels[:] = 0
            pixels[4:9, 5:20] = 255
        Image.fromarray(pixels).save(path)
    for name, text in form.tables.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name in form.folders:
        (folder / name).mkdir(parents=True)


@pytest.mark.parametrize("form", [*TABLES, *FOLDERS, *MASKS], ids=lambda form: form.name)
def test_a_draft_is_read_as_it_stands(form, tmp_path):
    folder, output = tmp_path / "source", tmp_path / "drafted.toml"
    folder.mkdir()
    build(folder, form)
    drafted = draft_manifest(folder, output, own=True)
    check = drafted.check
    assert check is not None
    assert check.problems == ()
    assert drafted.passed == tuple(dict.fromkeys(drafted.passed))
    manifest = load_manifest(str(output))
    table = read_source(SourceSettings(name="mine", manifest="m", folder=folder), manifest)
    if form.encoding:
        assert manifest.labels.encoding == form.encoding
    if form.positive or form.encoding:
        assert {one.term: one.positive for one in check.terms} == form.positive
    if form.negative is not None:
        assert {one.term: one.negative for one in check.terms} == form.negative
    if form.count is not None:
        assert table.images.height == form.count
    if form.patients is not None:
        assert table.images["patient"].drop_nulls().n_unique() == form.patients
    if form.split is not None:
        parts = table.images["official_split"].drop_nulls().value_counts()
        assert dict(parts.iter_rows()) == form.split
    words = describe_draft(drafted) + drafted.text
    for said in form.said:
        assert said in words
    if form.own:
        assert drafted.own_vocabulary is not None
        known = load_vocabulary(str(drafted.own_vocabulary))
        assert all(known.find(term) for term in form.positive)
        assert all(one.name for one in check.terms)
        assert f"--vocabulary {drafted.own_vocabulary}" in words
