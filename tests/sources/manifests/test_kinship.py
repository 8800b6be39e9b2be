"""Names that sources share, joined as an assembly joins them."""

import polars as pl
import pytest

from labelassemble.assembly.links import follow_names, pair_names, take_names
from labelassemble.sources.manifest_file import load_manifest

UUID = "0004cfab-14fd-4e49-80ba-63a80b6bddd6"


def links(ours, theirs, *, ours_patients=None, theirs_patients=None):
    """Pairs of names that a manifest's shares join, of (source, images)."""
    (source, mine), (other, others) = ours, theirs
    rows = [(source, image, (ours_patients or {}).get(image)) for image in mine]
    rows += [(other, image, (theirs_patients or {}).get(image)) for image in others]
    images = pl.DataFrame(
        {
            "row": range(len(rows)),
            "source": [row[0] for row in rows],
            "image": [row[1] for row in rows],
            "patient": [f"{row[0]}/{row[2]}" if row[2] else None for row in rows],
        },
        schema_overrides={"row": pl.Int64, "patient": pl.String},
    )
    found = set()
    for shared in load_manifest(source).overlaps:
        if shared.source == other:
            kind = "name" if shared.ours == shared.theirs == "image" else "patient"
            joined = pair_names(
                follow_names(take_names(images, source, shared.ours), shared, {}),
                take_names(images, other, shared.theirs),
                f"shared {kind}",
                shared.ours,
                shared.theirs,
            )
            found |= {
                (images["image"][left], images["image"][right], kind)
                for left, right, kind in joined.select("left", "right", "evidence").iter_rows()
            }
    return found


def test_covidx_holds_images_of_three_sources():
    mine = [f"{UUID}.png", "auntminnie-a-2020.jpeg", "000004.png", "ad.annot.original.png"]
    bimcv = "sub-S03260_ses-E06427_run-1_bp-chest_vp-pa_dx-corrected.png"
    assert links(("covidx", mine), ("rsna_pneumonia", [UUID])) == {
        (f"{UUID}.png", UUID, "shared name")
    }
    # 000004.jpg is not 000004.png.
    assert links(
        ("covidx", mine), ("covid_chestxray", ["000004.jpg", "auntminnie-a-2020.jpeg"])
    ) == {("auntminnie-a-2020.jpeg", "auntminnie-a-2020.jpeg", "shared name")}
    theirs = "sub-S03260/ses-E06427/mod-rx/x.png"
    assert links(
        ("covidx", [bimcv]),
        ("bimcv_covid19_positive", [theirs]),
        theirs_patients={theirs: "sub-S03260"},
    ) == {(bimcv, theirs, "shared patient")}


@pytest.mark.parametrize("folder", ["", "CXR_png/"])
def test_tbx11k_holds_montgomery_and_shenzhen(folder):
    name = "extra/mc+shenzhen/train/CHNCXR_0327_1.png"
    theirs = f"{folder}CHNCXR_0327_1.png"
    found = links(
        ("tbx11k", [name, "tb/tb0003.png"]),
        ("shenzhen", [theirs, f"{folder}CHNCXR_0328_1.png"]),
        theirs_patients={theirs: "CHNCXR_0327"},
    )
    # The person is known wherever the folder begins.
    assert (name, theirs, "shared patient") in found
    assert ((name, theirs, "shared name") in found) == (folder == "")
    assert len(found) <= 2


def test_kits23_holds_kits19_and_more():
    old, new = "case_00123/imaging.nii.gz", "case_00400/imaging.nii.gz"
    found = links(
        ("kits23", [f"dataset/{old}", f"dataset/{new}"]),
        ("kits19", [old]),
        ours_patients={f"dataset/{old}": "case_00123", f"dataset/{new}": "case_00400"},
        theirs_patients={old: "case_00123"},
    )
    assert found == {
        (f"dataset/{old}", old, "shared name"),
        (f"dataset/{old}", old, "shared patient"),
    }


def test_msd_liver_and_lits_have_the_same_persons():
    mine, theirs = "imagesTr/liver_7.nii.gz", "volume-7.nii"
    assert links(
        ("msd03_liver", [mine]),
        ("lits", [theirs, "volume-70.nii"]),
        ours_patients={mine: "liver_7"},
        theirs_patients={theirs: "7", "volume-70.nii": "70"},
    ) == {(mine, theirs, "shared patient")}


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("nih_google", "nih_chestxray14"),
        ("mimic_cxr_negbio", "mimic_cxr_chexpert"),
        ("vindr_cxr", "vindr_cxr_kaggle"),
    ],
)
def test_the_same_names_are_the_same_images(mine, theirs):
    assert ("a.png", "a.png", "shared name") in links((mine, ["a.png"]), (theirs, ["a.png", "b"]))


def test_ham10000_is_in_the_challenges_under_the_same_names():
    name = "ISIC_0024306"
    for later in ("isic2018_task3", "isic2019"):
        assert (name, name, "shared name") in links((later, [name]), ("ham10000", [name]))
    assert (name, name, "shared patient") in links(
        ("isic2019", [name]),
        ("ham10000", [name]),
        ours_patients={name: "HAM_0000000"},
        theirs_patients={name: "HAM_0000000"},
    )


def test_long_tailed_labels_are_of_the_same_images_and_persons():
    name = "00000001_000.png"
    assert links(
        ("nih_cxr_lt", [name]),
        ("nih_chestxray14", [name, "00000002_000.png"]),
        ours_patients={name: "1"},
        theirs_patients={name: "1", "00000002_000.png": "2"},
    ) == {(name, name, "shared name"), (name, name, "shared patient")}


def test_kits21_holds_the_cases_of_kits19_and_kits23():
    mine, other = "data/case_00123/imaging.nii.gz", "case_00123/imaging.nii.gz"
    for later in ("kits19", "kits23"):
        assert (mine, other, "shared name") in links(
            ("kits21", [mine]), (later, [other, "case_00400/imaging.nii.gz"])
        )


def test_indiana_on_kaggle_has_the_reports_of_openi():
    mine, theirs = "CXR1_1_IM-0001-4001", "1_IM-0001-4001.dcm.png"
    assert links(
        ("openi", [mine]),
        ("indiana_kaggle", [theirs, "11_IM-0067-1001.dcm.png"]),
        ours_patients={mine: "CXR1"},
        theirs_patients={theirs: "1", "11_IM-0067-1001.dcm.png": "11"},
    ) == {(mine, theirs, "shared patient")}


def test_messidor_2_holds_pairs_of_messidor_s_eyes():
    mine = ["20051020_43808_0100_PP.png", "IM004832.jpg"]
    assert links(("messidor2", mine), ("messidor", ["20051020_43808_0100_PP.tif"])) == {
        ("20051020_43808_0100_PP.png", "20051020_43808_0100_PP.tif", "shared name")
    }
