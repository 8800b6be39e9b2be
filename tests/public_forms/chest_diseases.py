"""Tuberculosis, reports and COVID-19: headers and layouts as people have them."""

import json
from dataclasses import replace

from tests.public_forms.form import (
    DRAFTED,
    OTHER_COLUMN,
    READ,
    UNREAD,
    Form,
    csv,
    sheet,
)

TB_IMAGES = ("health/h0001", "sick/s0001", "tb/tb0003", "tb/tb0005")


def coco(images, boxes):
    """A JSON file of COCO: images by name, boxes (image, category, left, top, wide, high)."""
    names = ("ActiveTuberculosis", "ObsoletePulmonaryTuberculosis", "PulmonaryTuberculosis")
    images = [
        {"id": at, "file_name": name, "width": 512, "height": 512}
        for at, name in enumerate(images, 1)
    ]
    drawn = [
        {"id": at, "image_id": of, "category_id": kind, "bbox": list(box), "area": 1, "iscrowd": 0}
        for at, (of, kind, *box) in enumerate(boxes, 1)
    ]
    kinds = [{"id": at, "name": name} for at, name in enumerate(names, 1)]
    return json.dumps({"images": images, "annotations": drawn, "categories": kinds})


TB_SAYS = {
    "h0001": "None | train | -*",
    "s0001": "None | train | -*",
    "tb0003": "None | train | +ActiveTuberculosis; -*",
    "tb0005": "None | validate | +ObsoletePulmonaryTuberculosis; -*",
}
TB_BOXES = {
    "tb0003": (("ActiveTuberculosis", 10.0, 20.0, 40.0, 60.0, 512, 512),),
    "tb0005": (("ObsoletePulmonaryTuberculosis", 5.0, 6.0, 12.0, 14.0, 512, 512),),
}


def tbx(name, what, before, start):
    names = [f"{one}.png" for one in TB_IMAGES]
    return Form(
        name, "tbx11k", what, before,
        {
            f"annotations/json/{start}_train.json": coco(names[:3], [(3, 1, 10, 20, 30, 40)]),
            f"annotations/json/{start}_val.json": coco(names[3:], [(1, 2, 5, 6, 7, 8)]),
        },
        tuple(f"imgs/{one}" for one in names), size=(512, 512),
        terms=("ActiveTuberculosis", "ObsoletePulmonaryTuberculosis"),
        says=TB_SAYS, boxes=TB_BOXES,
    )  # fmt: skip


SIMPLE = csv(
    "fname,image_height,image_width,source,bbox,target,tb_type,image_type",
    "h0001.png,512,512,train,none,no_tb,none,healthy",
    "s0001.png,512,512,train,none,no_tb,none,sick_but_no_tb",
    "tb0003.png,512,512,train,\"{'xmin': 10.0, 'ymin': 20.0, 'width': 30.0, 'height': 40.0}\",tb,"
    "active_tb,tb",
    "tb0005.png,512,512,val,\"{'xmin': 5.0, 'ymin': 6.0, 'width': 7.0, 'height': 8.0}\",tb,"
    "latent_tb,tb",
)
TB_FORMS = (
    tbx("tbx_all", "official, all_train.json and all_val.json", READ, "all"),
    tbx("tbx_kaggle", "Kaggle, TBX11K_train.json and TBX11K_val.json", UNREAD, "TBX11K"),
    Form(
        "tbx_simplified", "tbx11k", "Kaggle, simplified: data.csv", OTHER_COLUMN,
        {"tbx11k-simplified/data.csv": SIMPLE},
        tuple(f"tbx11k-simplified/images/{one.rpartition('/')[2]}.png" for one in TB_IMAGES),
        size=(512, 512), given="tbx11k-simplified", terms=("active_tb", "latent_tb"),
        says={
            "h0001": "None | train | -*",
            "s0001": "None | train | -*",
            "tb0003": "None | train | +active_tb; -*",
            "tb0005": "None | validate | +latent_tb; -*",
        },
        boxes={
            "tb0003": (("active_tb", 10.0, 20.0, 40.0, 60.0, 512, 512),),
            "tb0005": (("latent_tb", 5.0, 6.0, 12.0, 14.0, 512, 512),),
        },
    ),
    Form(
        "tb_database", "tb_chest_radiography", "Kaggle, two folders and their lists", DRAFTED,
        {
            f"TB_Chest_Radiography_Database/{name}.metadata.xlsx": sheet(
                ("FILE NAME", "FORMAT", "SIZE", "URL"), (f"{name}-1", "PNG", "512*512", "x")
            )
            for name in ("Normal", "Tuberculosis")
        },
        tuple(
            f"TB_Chest_Radiography_Database/{of}/{of}-{at}.png"
            for of in ("Normal", "Tuberculosis") for at in (1, 2)
        ),
        terms=("Tuberculosis",),
        says={
            "Normal-1": "None | None | -*", "Normal-2": "None | None | -*",
            "Tuberculosis-1": "None | None | +Tuberculosis",
            "Tuberculosis-2": "None | None | +Tuberculosis",
        },
    ),
)  # fmt: skip


def report(uid, terms, images):
    found = "".join(f"<major>{one}</major>" for one in terms)
    shown = "".join(f'<parentImage id="{one}"></parentImage>' for one in images)
    return (
        f"<?xml version='1.0' encoding='utf-8'?><eCitation><uId id=\"{uid}\"/>"
        f"<MeSH>{found}</MeSH>{shown}</eCitation>"
    )


REPORT_FORMS = (
    Form(
        "openi_xml", "openi", "official, reports as XML", READ,
        {
            "ecgen-radiology/1.xml": report(
                "CXR1", ["normal"], ["CXR1_1_IM-0001-3001", "CXR1_1_IM-0001-4001"]
            ),
            "ecgen-radiology/2.xml": report(
                "CXR2", ["Cardiomegaly/borderline", "Opacity/lung"], ["CXR2_IM-0652-1001"]
            ),
        },
        ("images/CXR1_1_IM-0001-3001.png", "images/CXR1_1_IM-0001-4001.png",
         "images/CXR2_IM-0652-1001.png"),
        says={
            "CXR1_1_IM-0001-3001": "CXR1 | None | -*",
            "CXR1_1_IM-0001-4001": "CXR1 | None | -*",
            "CXR2_IM-0652-1001": "CXR2 | None | +Cardiomegaly; +Opacity; -*",
        },
    ),
    Form(
        "openi_kaggle", "indiana_kaggle", "Kaggle, two tables", UNREAD,
        {
            "indiana_reports.csv": csv(
                "uid,MeSH,Problems,image,indication,comparison,findings,impression",
                "1,normal,normal,Xray Chest PA and Lateral,pain,None.,Clear.,No disease.",
                "2,Cardiomegaly/borderline;Opacity/lung/base/left,Cardiomegaly;Opacity,"
                "Xray Chest PA and Lateral,pain,None.,\"Large heart; opacity, left.\",Opacity.",
            ),
            "indiana_projections.csv": csv(
                "uid,filename,projection", "1,1_IM-0001-3001.dcm.png,Lateral",
                "1,1_IM-0001-4001.dcm.png,Frontal", "2,2_IM-0652-1001.dcm.png,Frontal",
            ),
        },
        tuple(
            f"images/images_normalized/{one}.dcm.png"
            for one in ("1_IM-0001-3001", "1_IM-0001-4001", "2_IM-0652-1001")
        ),
        says={
            "1_IM-0001-3001.dcm": "1 | None | -*",
            "1_IM-0001-4001.dcm": "1 | None | -*",
            "2_IM-0652-1001.dcm": "2 | None | +Cardiomegaly; +Opacity; -*",
        },
        facts={"1_IM-0001-3001.dcm": {"view": "Lateral"}},
    ),
)  # fmt: skip

COVID = (
    "patientid,offset,sex,age,finding,RT_PCR_positive,survival,intubated,intubation_present,"
    "went_icu,in_icu,needed_supplemental_O2,extubated,temperature,pO2_saturation,leukocyte_count,"
    "neutrophil_count,lymphocyte_count,view,modality,date,location,folder,filename,doi,url,license,"
    "clinical_notes,other_notes,"
)


def covid_row(start, view, name):
    place = f'X-ray,"January 22, 2020","Hospital, City",images,{name},10.1/x,https://x,,note,,'
    return f"{start},{',' * 12}{view},{place}"


PNEUMONIA = ("Pneumonia", "Pneumonia/Viral", "Pneumonia/Viral/COVID-19", "Pneumonia/Bacterial",
             "Pneumonia/Fungal")  # fmt: skip
RADIOGRAPHY = ("COVID", "Lung_Opacity", "Normal", "Viral Pneumonia")
COVIDX_FORMS = tuple(
    Form(
        name, "covidx", what, before,
        {
            train: csv("1 ARDSSevere.png negative rsna", "379 ariX-a.png positive cohen",
                       "MIDRC-RICORD-1C-419639-001 419639-a.png positive ricord"),
            test: csv("5 b.png negative rsna"),
        },
        ("train/ARDSSevere.png", "train/ariX-a.png", "train/419639-a.png", "test/b.png"),
        says={
            "ARDSSevere": "1 | train | -COVID-19",
            "ariX-a": "379 | train | +positive",
            "419639-a": "MIDRC-RICORD-1C-419639-001 | train | +positive",
            "/b": "5 | test | -COVID-19",
        },
    )
    for name, what, before, train, test in (
        ("covidx_repo", "lists of its repository", READ, "train_COVIDx9A.txt", "test_COVIDx9A.txt"),
        ("covidx_cxr2", "Kaggle, train.txt and test.txt", UNREAD, "train.txt", "test.txt"),
    )
)  # fmt: skip
COVID_FORMS = (
    Form(
        "covid_git", "covid_chestxray", "its repository, October 2020", READ,
        {
            "metadata.csv": csv(
                COVID, covid_row("2,0,M,65,Pneumonia/Viral/COVID-19,Y", "PA", "auntminnie-a.jpg"),
                covid_row("4,0,F,45,No Finding,", "AP Supine", "b.png"),
                covid_row("5,0,F,45,Pneumonia,", "L", "c.jpeg"),
            )
        },
        ("images/auntminnie-a.jpg", "images/b.png", "images/c.jpeg"), terms=PNEUMONIA,
        says={
            "auntminnie-a": "2 | None | +Pneumonia/Viral/COVID-19; +Pneumonia/Viral; +Pneumonia; "
            "-Pneumonia/Bacterial; -Pneumonia/Fungal",
            "/b": "4 | None | -*",
        },
    ),
    *COVIDX_FORMS,
    Form(
        "covidx_v3", "covidx", "its third version: three columns, three classes", UNREAD,
        {
            "train_split_v3.txt": csv("1 ARDSSevere.png normal", "379 ariX-a.png COVID-19",
                                      "7 c.png pneumonia"),
            "test_split_v3.txt": csv("5 b.png normal"),
        },
        ("train/ARDSSevere.png", "train/ariX-a.png", "train/c.png", "test/b.png"),
        says={
            "ARDSSevere": "1 | train | -COVID-19",
            "ariX-a": "379 | train | +COVID-19",
            "/c": "7 | train | +pneumonia; -COVID-19",
            "/b": "5 | test | -COVID-19",
        },
    ),
)  # fmt: skip
DATABASE = Form(
    "covid_radiography", "covid19_radiography", "Kaggle, versions 2 to 5", DRAFTED,
    {
        "README.md.txt": "x",
        **{
            f"{name}.metadata.xlsx": sheet(
                ("FILE NAME", "FORMAT", "SIZE", "URL"), (f"{name}-1", "PNG", "299*299", "x")
            )
            for name in RADIOGRAPHY
        },
    },
    tuple(f"{name}/{kind}/{name}-{at}.png" for name in RADIOGRAPHY
          for kind in ("images", "masks") for at in (1, 2)),
    says={
        f"{name}-{at}": f"None | None | {said}"
        for name, said in (
            ("COVID", "+COVID"), ("Lung_Opacity", "+Lung_Opacity; -COVID"),
            ("Normal", "-COVID; -Lung_Opacity; -Viral Pneumonia"),
            ("Viral Pneumonia", "+Viral Pneumonia; -COVID"),
        )
        for at in (1, 2)
    },
)  # fmt: skip
TOP = "COVID-19_Radiography_Dataset/"
RADIOGRAPHY_FORMS = (
    DATABASE,
    replace(
        DATABASE, name="covid_radiography_top", what="Kaggle, the folder above",
        tables={TOP + name: content for name, content in DATABASE.tables.items()},
        images=tuple(TOP + one for one in DATABASE.images),
    ),
    replace(
        DATABASE, name="covid_radiography_v1", what="Kaggle, version 1", tables={},
        images=tuple(
            f"{name}/{name} ({at}).png" for name in ("COVID-19", "NORMAL", "Viral Pneumonia")
            for at in (1, 2)
        ),
        says={
            f"{name} ({at})": f"None | None | {said}"
            for name, said in (
                ("COVID-19", "+COVID-19"), ("NORMAL", "-COVID; -Lung_Opacity; -Viral Pneumonia"),
                ("Viral Pneumonia", "+Viral Pneumonia; -COVID"),
            )
            for at in (1, 2)
        },
    ),
)  # fmt: skip
FORMS = (*TB_FORMS, *REPORT_FORMS, *COVID_FORMS, *RADIOGRAPHY_FORMS)
