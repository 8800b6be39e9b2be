"""PadChest, and the COVID-19 collections that use its program: written-out lists."""

import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.manifest_file import load_manifest

PADCHEST = (
    ",ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,"
    "ViewPosition_DICOM,Projection,MethodProjection,Pediatric,MethodLabel,Labels,Localizations\n"
)


def pad(image, labels, method="Physician", projection="PA", patient="1", sex="F"):
    return (
        f"0,{image},0,20140915,s{image},{patient},1930.0,{sex},POSTEROANTERIOR,{projection},"
        f'Manual review of DICOM fields,No,{method},"{labels}","[]"\n'
    )


def read_padchest(read, *rows):
    name = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"
    return read("padchest", {name: PADCHEST + "".join(rows)})


def test_padchest(read):
    found = read_padchest(
        read,
        pad("a.png", "['atelectasis ', 'pleural effusion', ' COPD signs']"),
        pad("b.png", "['normal']", method="RNN", projection="AP_horizontal", sex="O"),
        pad("c.png", "['rib fracture', 'mass']", patient="2"),
        pad("d.png", "['exclude']"),
        pad("e.png", "", patient="2"),
        pad("f.png", "['nodule']", projection="L"),
        pad("g.png", "['nodule']", projection="EXCLUDE"),
    )
    first = found.found("a.png")
    assert (first["atelectasis"], first["effusion"], first["copd"]) == ("+", "+", "+")
    assert (first["nodule"], first["pneumothorax"], first["cardiomegaly"]) == ("-", "-", "-")
    # Which atelectasis it is the report does not say.
    assert "lobar_atelectasis" not in first
    # Nobody denies that it is there by not mentioning an azygos lobe.
    assert "azygos_lobe" not in first
    # Kinds of what the report denies are denied with it.
    assert found.found("c.png")["lobar_atelectasis"] == "-"
    assert found.found("c.png")["fracture"] == found.found("c.png")["rib_fracture"] == "+"
    # PadChest's mass is one of the chest, not of the lung: which one is open.
    assert found.found("c.png")["thoracic_mass"] == "+"
    assert "mass" not in found.found("c.png")
    assert set(found.terms("b.png").values()) == {"-"}
    assert found.found("d.png") == found.found("e.png") == {}
    assert found.evidence("a.png") == {"report"}
    assert found.evidence("b.png") == {"text_mining"}
    assert found.column("patient")["c.png"] == found.column("patient")["e.png"] == "2"
    assert found.column("view")["b.png"] == "AP_horizontal"
    assert found.column("sex")["b.png"] is None
    assert found.table.excluded.height == 2


def test_padchest_remarks_and_normal_beside_a_finding(read):
    found = read_padchest(
        read,
        pad("a.png", "['cardiomegaly', 'unchanged']"),
        pad("b.png", "['normal', 'unchanged']"),
        pad("c.png", "['normal', 'kyphosis']"),
        pad("d.png", "['suboptimal study', 'infiltrates']"),
    )
    assert found.terms("a.png") == {"cardiomegaly": "+"}
    assert set(found.terms("b.png").values()) == {"-"}
    assert found.terms("c.png")["kyphosis"] == "+"
    assert found.terms("c.png")["scoliosis"] == "-"
    assert found.terms("d.png") == {"infiltrates": "+"}
    reasons = set(found.table.list_assessments().filter(image="c.png")["reason"])
    assert all("'normal' beside it set aside" in reason for reason in reasons)


def test_padchest_every_label_of_its_tree_is_read_and_another_is_refused(read):
    scope = load_manifest("padchest").scope
    words = [*scope.terms, *scope.positive_only]
    assert len(words) == 188
    rows = [pad(f"{place}.png", f"['{word}']") for place, word in enumerate(words)]
    found = read_padchest(read, *rows)
    assert all(found.terms(f"{place}.png")[word] == "+" for place, word in enumerate(words))
    with pytest.raises(SourceError, match="'noodle' in column 'Labels' has no meaning: 1 image"):
        read_padchest(read, pad("a.png", "['noodle']"))


BIMCV = "\tPatientID\tReportID\tReport\tLabels\tLocalizations\tlabelCUIS\n"
PERSONS = (
    "participant\tmodality_dicom\tbody_parts\tage\tgender\n"
    "sub-S03047\t['CR']\t[['chest']]\t[54]\tM\nsub-S03048\t['DX']\t[['chest']]\t[30]\tNone\n"
)


def bimcv_images():
    return {
        "sub-S03047/ses-E07985/mod-rx/sub-S03047_ses-E07985_run-1_bp-chest_vp-ap_cr.png": "",
        "sub-S03047/ses-E07985/mod-rx/sub-S03047_ses-E07985_run-1_bp-chest_vp-ll_cr.png": "",
        "sub-S03047/ses-E09999/mod-rx/sub-S03047_ses-E09999_run-1_bp-chest_vp-ap_cr.png": "",
        "sub-S03048/ses-E06166/mod-rx/sub-S03048_ses-E06166_acq-2_run-1_bp-chest_vp-pa_dx.png": "",
        "sub-S03048/ses-E06166/mod-rx/sub-S03048_ses-E06166_run-1_bp-chest_cr.png": "",
    }


@pytest.mark.parametrize("name", ["labels_covid19_posi.tsv", "labels_covid_posi.tsv"])
def test_bimcv_positive(read, name):
    labels = (
        "0\tsub-S03047\tses-E07985\tinfiltrado\t['COVID 19 uncertain', 'infiltrates']\t[]\t[]\n"
        "1\tsub-S03048\tses-E06166\tsin hallazgos\t['normal']\t[]\t[]\n"
    )
    files = {f"derivatives/labels/{name}": BIMCV + labels, "participants.tsv": PERSONS}
    found = read("bimcv_covid19_positive", {**files, **bimcv_images()})
    first, second = found.table.images["image"]
    assert "E07985" in first
    assert found.found(first)["covid_19"] == found.found(first)["pneumonia"] == "?"
    assert found.found(first)["infiltration"] == "+"
    assert found.found(first)["effusion"] == "-"
    # A positive test: the silence of the report denies no pneumonia.
    assert not {"covid_19", "pneumonia", "viral_pneumonia"} & set(found.found(second))
    assert found.found(second)["infiltration"] == "-"
    assert list(found.column("patient").values()) == ["sub-S03047", "sub-S03048"]
    assert list(found.column("view").values()) == ["ap", "pa"]
    assert list(found.column("sex").values()) == ["M", None]
    assert found.evidence(first) == {"text_mining"}
    reasons = sorted(found.table.excluded["reason"])
    assert reasons[0] == "column 'view' is ''"
    assert reasons[1] == "column 'view' is 'll'"
    assert "has no row of it" in reasons[2]


@pytest.mark.parametrize("name", ["labels_SARS-cov-2_nega.tsv", "Labels_covid_NEG_JAN21.tsv"])
def test_bimcv_negative(read, name):
    labels = (
        "0\tsub-S03047\tses-E07985\tx\t['pneumonia']\t[]\t[]\n"
        "1\tsub-S03048\tses-E06166\tx\t['COVID 19', 'viral pneumonia']\t[]\t[]\n"
    )
    files = {f"derivatives/labels/{name}": BIMCV + labels, **bimcv_images()}
    found = read("bimcv_covid19_negative", files)
    first, second = found.table.images["image"]
    assert found.found(first)["covid_19"] == "-"
    assert found.found(first)["pneumonia"] == "+"
    assert found.found(second)["covid_19"] == found.found(second)["pneumonia"] == "+"
    assert found.table.images["sex"].null_count() == 2
