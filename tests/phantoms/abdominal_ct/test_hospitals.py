from pathlib import Path

import nibabel
import numpy as np
import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.pipeline.check_source import check_source
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.abdominal_ct.clinics import CLINICS, LESION_WORDS, find_clinic
from labelassemble_phantoms.abdominal_ct.hospitals import simulate_abdominal_hospitals
from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS
from labelassemble_phantoms.abdominal_ct.recipe_files import FOLDERS
from labelassemble_phantoms.abdominal_ct.scanner import STYLES

SHAPE = (32, 32, 16)


@pytest.fixture(scope="module")
def hospitals(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("made") / "hospitals"
    return simulate_abdominal_hospitals(place, 8, 12, shape=SHAPE).parent


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_everything_is_there_and_nothing_else(hospitals):
    top = {entry.name for entry in hospitals.iterdir()}
    assert top == {*FOLDERS, "truth.csv", "lesions.csv", "recipe.toml", "README.md"}
    truth = pl.read_csv(hospitals / "truth.csv")
    for name in FOLDERS:
        for part in ("images", "masks"):
            files = {file.name for file in (hospitals / name / part).iterdir()}
            assert files == set(truth.filter(folder=name)["image"])
        assert (hospitals / name / "manifest.toml").exists()
    assert truth["patient"].is_unique().all()
    assert not list(hospitals.parent.glob(".*hospitals*"))


@pytest.mark.parametrize("name", FOLDERS)
def test_the_library_reads_what_was_written(hospitals, name):
    """`labelassemble check`: no problem, and the source says what is true of what it looked for."""
    place = hospitals / name
    checked = check_source(str(place / "manifest.toml"), place, vocabulary="abdominal_ct")
    assert checked.problems == ()
    assert checked.table is not None
    assert checked.table.excluded.is_empty()
    truth = pl.read_csv(hospitals / "truth.csv").filter(folder=name)
    looked_for = find_clinic(name).looked_for
    assert {term.term: term.name for term in checked.terms} == {
        LESION_WORDS[k]: k for k in looked_for
    }
    for term in checked.terms:
        positive = int(truth[term.name].sum())
        assert (term.positive, term.negative) == (positive, truth.height - positive)
        assert (term.uncertain, term.unknown) == (0, 0)


def test_specialists_leave_other_lesions_out_of_their_masks(hospitals):
    lesions = pl.read_csv(hospitals / "lesions.csv")
    hidden = lesions.filter(drawn=0)
    assert hidden.height > 3
    assert set(hidden["folder"]) <= {"pdac_clinic", "cyst_clinic", "pannet_clinic"}
    assert lesions.filter(folder="normals").height == 0
    for row in lesions.iter_rows(named=True):
        clinic = find_clinic(row["folder"])
        mask = np.asanyarray(
            nibabel.load(hospitals / row["folder"] / "masks" / row["image"]).dataobj
        )
        value = clinic.values[row["kind"]]
        assert (mask == value).any() == (row["drawn"] == 1)
    for name, clinic in CLINICS.items():
        allowed = {0, *(clinic.values[kind] for kind in clinic.looked_for)}
        allowed.add(clinic.values.get("pancreas", 0))
        for file in (hospitals / name / "masks").iterdir():
            assert set(np.unique(np.asanyarray(nibabel.load(file).dataobj))) <= allowed


def test_image_and_mask_lie_alike_and_lesions_where_the_table_says(hospitals):
    lesions = pl.read_csv(hospitals / "lesions.csv").filter(pl.col("drawn") == 1)
    for row in lesions.iter_rows(named=True):
        place = hospitals / row["folder"]
        image, mask = (nibabel.load(place / part / row["image"]) for part in ("images", "masks"))
        assert (image.affine == mask.affine).all()
        assert image.shape == mask.shape == SHAPE
        same = lesions.filter(image=row["image"], kind=row["kind"])
        if same.height == 1:
            value = find_clinic(row["folder"]).values[row["kind"]]
            voxels = np.argwhere(np.asanyarray(mask.dataobj) == value)
            assert len(voxels) == row["voxels"]
            middle = (mask.affine @ [*voxels.mean(axis=0), 1])[:3]
            away = np.linalg.norm(middle - [row["x_mm"], row["y_mm"], row["z_mm"]])
            assert away < 0.3 * row["diameter_mm"] + max(image.header.get_zooms())


def test_files_have_their_hospitals_orientation_and_spacing(hospitals):
    truth = pl.read_csv(hospitals / "truth.csv")
    for row in truth.iter_rows(named=True):
        image = nibabel.load(hospitals / row["folder"] / "images" / row["image"])
        axes = "".join(nibabel.aff2axcodes(image.affine))
        assert axes == row["orientation"] == STYLES[row["hospital"]].orientation
        sides = [row[f"{axis}_spacing_mm"] for axis in "xyz"]
        assert image.header.get_zooms() == pytest.approx(sides, abs=1e-3)
        assert row["phase"] in STYLES[row["hospital"]].phases
    assert set(truth["orientation"]) == {"RAS", "LPS"}
    reference = truth.filter(folder="reference")
    assert reference["hospital"].value_counts()["count"].to_list() == [3, 3, 3, 3]
    assert all(0 < reference[kind].sum() < reference.height for kind in LESIONS)


def test_the_recipe_is_read(hospitals):
    recipe = read_recipe(hospitals / "recipe.toml")
    assert recipe.vocabulary == "abdominal_ct"
    assert recipe.sources[0].folder == hospitals / "pdac_clinic"


def test_complete_hospitals_draw_everything(tmp_path):
    recipe = simulate_abdominal_hospitals(
        tmp_path / "made", 3, 1, shape=(20, 20, 16), complete=True
    )
    lesions = pl.read_csv(recipe.parent / "lesions.csv")
    assert lesions["drawn"].to_list() == [1] * lesions.height
    assert set(read_recipe(recipe).experiment.parts) == set(CLINICS)
    place = recipe.parent / "cyst_clinic"
    checked = check_source(str(place / "manifest.toml"), place, vocabulary="abdominal_ct")
    assert checked.problems == ()
    assert {term.name for term in checked.terms} == set(LESIONS)


def test_the_same_seed_gives_the_same_files(tmp_path):
    one, again, other = (
        contents(
            simulate_abdominal_hospitals(tmp_path / n, 1, 1, shape=(20, 20, 16), seed=seed).parent
        )
        for n, seed in (("one", 7), ("again", 7), ("other", 8))
    )
    assert one == again
    images = [name for name in one if "/images/" in name]
    assert len(images) == 5
    assert not any(one[name] == other[name] for name in images)


def test_several_processes_write_the_same_files(hospitals, tmp_path):
    two = contents(
        simulate_abdominal_hospitals(tmp_path / "two", 8, 12, shape=SHAPE, workers=2).parent
    )
    assert two == contents(hospitals)


def test_more_patients_only_add(hospitals, tmp_path):
    fewer = contents(simulate_abdominal_hospitals(tmp_path / "fewer", 1, 2, shape=SHAPE).parent)
    more = contents(hospitals)
    volumes = [name for name in fewer if name.endswith(".nii.gz")]
    assert len(volumes) == 2 * (4 + 2)
    assert all(fewer[name] == more[name] for name in volumes)
    rows = set((hospitals / "lesions.csv").read_text().splitlines())
    assert set((tmp_path / "fewer" / "lesions.csv").read_text().splitlines()) <= rows


def test_no_two_patients_share_their_numbers(hospitals):
    truth = pl.read_csv(hospitals / "truth.csv")
    assert truth["habitus"].n_unique() > 0.7 * truth.height
    assert truth.select("x_spacing_mm", "z_spacing_mm").is_unique().all()
    lesions = pl.read_csv(hospitals / "lesions.csv")
    assert lesions["diameter_mm"].is_unique().all()


def test_progress_is_told_and_an_empty_folder_may_be_there(tmp_path):
    seen = []
    (tmp_path / "made").mkdir()
    simulate_abdominal_hospitals(
        tmp_path / "made", 1, 2, shape=(16, 16, 16), progress=lambda *told: seen.append(told)
    )
    assert seen == [(n, 6) for n in range(1, 7)]


def test_a_failure_leaves_nothing(tmp_path):
    def fail(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_abdominal_hospitals(tmp_path / "made", 1, 1, shape=(16, 16, 16), progress=fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"patients_per_hospital": 0}, "patients_per_hospital = 0"),
        ({"test_patients": -1}, "test_patients = -1"),
        ({"shape": (8, 32, 32)}, "three numbers of voxels from 16 to 640"),
        ({"seed": -1}, "seed = -1"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, wishes, told):
    with pytest.raises(SettingsError, match=told):
        simulate_abdominal_hospitals(tmp_path / "made", **wishes)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_refused_and_kept(tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(SettingsError, match="which holds something"):
        simulate_abdominal_hospitals(tmp_path, 1, 1, shape=(16, 16, 16))
    assert (tmp_path / "kept.txt").read_text() == "kept"
