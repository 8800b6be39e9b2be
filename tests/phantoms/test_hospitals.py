import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.finding_model import FINDINGS, VISIBLE_SEVERITY
from labelassemble_phantoms.hospitals import simulate_hospitals
from labelassemble_phantoms.label_files import ANNOTATED, FINDING_WORDS

FOLDERS = ("north", "east", "west", "reference")


@pytest.fixture(scope="module")
def hospitals(tmp_path_factory) -> Path:
    return simulate_hospitals(tmp_path_factory.mktemp("made") / "hospitals", 40, 36, size=48).parent


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_everything_is_there_and_nothing_else(hospitals):
    top = {entry.name for entry in hospitals.iterdir()}
    assert top == {*FOLDERS, "truth.csv", "recipe.toml", "README.md"}
    truth = pl.read_csv(hospitals / "truth.csv")
    for name in FOLDERS:
        images = {file.name for file in (hospitals / name / "images").iterdir()}
        assert images == set(truth.filter(folder=name)["image"])
        assert (hospitals / name / "labels.csv").exists()
    image = cv2.imread(str(hospitals / "north" / "images" / "N00000_000.png"), -1)
    assert image.shape == (48, 48)
    assert not list(hospitals.parent.glob(".*hospitals*"))


def test_the_same_seed_gives_the_same_files(tmp_path):
    one, again = (
        contents(simulate_hospitals(tmp_path / name, 3, 4, size=48, seed=7).parent)
        for name in ("one", "again")
    )
    assert one == again
    other = contents(simulate_hospitals(tmp_path / "other", 3, 4, size=48, seed=8).parent)
    shared = [name for name in one if "/images/" in name and name in other]
    assert len(shared) >= 12
    assert not any(one[name] == other[name] for name in shared)


def test_more_patients_only_add(hospitals, tmp_path):
    fewer = contents(simulate_hospitals(tmp_path / "fewer", 3, 4, size=48).parent)
    more = contents(hospitals)
    images = [name for name in fewer if name.endswith(".png")]
    assert len(images) >= 3 * 3 + 4 + 4
    assert all(fewer[name] == more[name] for name in images)


def test_no_person_is_in_two_folders_and_some_come_again(hospitals):
    truth = pl.read_csv(hospitals / "truth.csv")
    folders = truth.group_by("patient").agg(pl.col("folder").n_unique(), pl.len())
    assert folders["folder"].max() == 1
    assert folders["len"].max() == 3
    reference = truth.filter(folder="reference")
    assert reference["patient"].is_unique().all()
    assert sorted(reference["hospital"].value_counts()["count"]) == [12, 12, 12]
    per_person = truth.group_by("patient").agg(pl.col("age", "sex", "habitus").n_unique())
    assert per_person.select(pl.max_horizontal("age", "sex", "habitus")).max().item() == 1


def test_truth_is_positive_only_where_visible(hospitals):
    truth = pl.read_csv(hospitals / "truth.csv")
    for name in FINDINGS:
        positive = truth.filter(pl.col(name) == 1)
        assert 0 < positive.height < truth.height
        assert positive[f"{name}_severity"].min() > VISIBLE_SEVERITY


def test_masks_of_the_reference_match_its_labels(hospitals):
    table = pl.read_csv(hospitals / "reference" / "labels.csv")
    for row in table.iter_rows(named=True):
        packed = cv2.imread(str(hospitals / "reference" / "masks" / row["image"]), -1)
        present = [bool((packed >> bit & 1).any()) for bit in range(len(FINDINGS))]
        assert present == [row[FINDING_WORDS[name]] == 1 for name in FINDINGS]


@pytest.mark.parametrize("name", FOLDERS)
def test_the_library_reads_what_was_written(hospitals, name):
    from labelassemble.sources.manifest_file import load_manifest
    from labelassemble.sources.read import read_source

    recipe = read_recipe(hospitals / "recipe.toml")
    settings = next(source for source in recipe.sources if source.name == name)
    table = read_source(settings, load_manifest(settings.manifest))
    truth = pl.read_csv(hospitals / "truth.csv").filter(folder=name)
    assert table.excluded.is_empty()
    assert table.images.height == truth.height
    assert table.images["path"].null_count() == 0
    assert table.images["patient"].n_unique() == truth["patient"].n_unique()
    assert set(table.images["sex"]) == {"F", "M"}
    assert set(table.images["view"]) <= {"PA", "AP"}
    looked_for = FINDINGS if name == "reference" else ANNOTATED[name]
    assert [term.lower() for term in table.scope] == list(looked_for)
    said = set(table.list_assessments()["assessment"])
    assert said == {"positive", "negative"} | ({"uncertain"} if name == "east" else set())
    full = table.images.height * len(looked_for)
    share = table.list_assessments().height / full
    assert 0.75 < share < 0.95 if name == "east" else share == 1


def test_hospitals_mostly_agree_with_the_truth(hospitals):
    west = pl.read_csv(hospitals / "west" / "labels.csv")
    truth = pl.read_csv(hospitals / "truth.csv").filter(folder="west")
    for name in ANNOTATED["west"]:
        said = (west[FINDING_WORDS[name]] == "YES").to_numpy()
        true = truth[name].to_numpy() == 1
        assert (said == true).mean() > 0.88
        differ = truth.filter(pl.Series(said != true))[f"{name}_severity"].to_numpy()
        assert (np.abs(differ - VISIBLE_SEVERITY) < 0.2).all()


def test_progress_is_told_for_every_patient(tmp_path):
    seen = []
    simulate_hospitals(
        tmp_path / "made", 1, 2, size=32, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(n, 5) for n in range(1, 6)]


def test_several_processes_write_the_same_files(tmp_path):
    one = contents(simulate_hospitals(tmp_path / "one", 3, 4, size=48, seed=7).parent)
    two = contents(simulate_hospitals(tmp_path / "two", 3, 4, size=48, seed=7, workers=2).parent)
    assert one == two


def test_a_failure_leaves_nothing_of_several_processes(tmp_path):
    def fail(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_hospitals(tmp_path / "made", 2, 2, size=32, progress=fail, workers=2)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_may_be_there(tmp_path):
    (tmp_path / "empty").mkdir()
    assert simulate_hospitals(tmp_path / "empty", 1, 1, size=32).exists()


def test_a_failure_leaves_nothing(tmp_path):
    def fail(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_hospitals(tmp_path / "made", 2, 2, size=32, progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_kill_leaves_no_half_written_folder(tmp_path):
    code = (
        "from pathlib import Path; from labelassemble_phantoms.hospitals import simulate_hospitals;"
        f"simulate_hospitals(Path({str(tmp_path / 'made')!r}), 5000, 5, size=32)"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        try:
            deadline = time.monotonic() + 60
            while not list(tmp_path.glob(".*.made/north/images/*.png")):
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.02)
        finally:
            process.kill()
    assert not (tmp_path / "made").exists()
    assert simulate_hospitals(tmp_path / "made", 1, 1, size=32).exists()


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        ({"patients_per_hospital": 0}, "patients_per_hospital = 0"),
        ({"test_patients": -1}, "test_patients = -1"),
        ({"size": 8}, "size between 32 and 2048"),
        ({"seed": -1}, "seed = -1"),
        ({"workers": 0}, "workers = 0"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, wishes, told):
    with pytest.raises(SettingsError, match=told):
        simulate_hospitals(tmp_path / "made", **wishes)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_or_a_file_is_refused_and_kept(tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    for target in (tmp_path, tmp_path / "kept.txt"):
        with pytest.raises(SettingsError, match="which holds something"):
            simulate_hospitals(target, 1, 1, size=32)
    assert (tmp_path / "kept.txt").read_text() == "kept"
