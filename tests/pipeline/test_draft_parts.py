"""Sources in parts, as tables or as folders of classes, which folders spell in many ways."""

import numpy as np
import pytest
from PIL import Image

from labelassemble.pipeline.describe_draft import describe_draft
from labelassemble.pipeline.draft_manifest import draft_manifest

WORDS = ("COVID-19", "Normal", "Tuberculosis")


def draw(folder, *names):
    for seed, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 255, (16, 16), dtype=np.uint8)
        Image.fromarray(pixels).save(path)


def write(folder, name, *lines):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n")


def draft(folder, tmp_path):
    drafted = draft_manifest(folder, tmp_path / "m.toml")
    assert drafted.check is not None, describe_draft(drafted)
    assert not drafted.check.problems
    assert drafted.check.table is not None
    return drafted


def count_parts(drafted):
    parts = drafted.check.table.images["official_split"].drop_nulls().value_counts()
    return dict(parts.iter_rows())


@pytest.mark.parametrize(
    ("names", "table", "images"),
    [
        (("train", "valid", "test"), "{}/labels.csv", "{}/{}.png"),
        (("Training", "Validation", "Testing"), "{}/_annotations.csv", "{}/images/{}.png"),
        (("train", "val", "test"), "{0}/{0}_labels.csv", "images/{}{}.png"),
        (("train", "valid", "test"), "{}.csv", "images/{}{}.png"),
        (("train_set", "dev_set", "test_set"), "csv/{}.csv", "{}/{}.png"),
    ],
)
def test_tables_of_parts_are_one_source(names, table, images, tmp_path):
    folder = tmp_path / "source"
    for at, part in enumerate(names):
        stems = [f"{at}{number:03d}" for number in range(6)]
        paths = [images.format(part, stem) for stem in stems]
        draw(folder, *paths)
        files = [path.rpartition("/")[2] for path in paths]
        rows = [f"{file},{WORDS[n % 3]}" for n, file in enumerate(files)]
        write(folder, table.format(part), "filename,class", *rows)
    drafted = draft(folder, tmp_path)
    assert count_parts(drafted) == {"train": 6, "validate": 6, "test": 6}
    positive = {one.term: (one.positive, one.negative) for one in drafted.check.terms}
    assert positive == {"COVID-19": (6, 12), "Tuberculosis": (6, 12)}


def test_a_test_table_without_labels_is_told_for_what_it_is(tmp_path):
    folder = tmp_path / "source"
    draw(folder, *(f"images/{number}.png" for number in range(10)))
    rows = [f"{number},{WORDS[number % 3]}" for number in range(6)]
    write(folder, "train.csv", "image_id,label", *rows)
    write(folder, "test.csv", "image_id", *map(str, range(6, 10)))
    drafted = draft(folder, tmp_path)
    assert drafted.check.table.images.height == 6
    assert "test.csv: it names images, and holds no labels" in describe_draft(drafted)


@pytest.mark.parametrize("parts", [("",), ("train/", "val/", "test/"), ("Train_Images/", "Test/")])
@pytest.mark.parametrize(
    ("classes", "none", "known"),
    [
        (("01_NORMAL", "02_PNEUMONIA"), "01_NORMAL", {"02_PNEUMONIA": "pneumonia"}),
        (("PNEUMONIA (1)", "NORMAL (1)"), "NORMAL (1)", {"PNEUMONIA (1)": "pneumonia"}),
        (("Normal (1341)", "Pneumonia(3875)"), "Normal (1341)", {"Pneumonia(3875)": "pneumonia"}),
        (("NORMAL_10192", "COVID_3616"), "NORMAL_10192", {"COVID_3616": "covid_19"}),
        (("Class1_Normal", "Class2_Edema"), "Class1_Normal", {"Class2_Edema": "edema"}),
        (("LungOpacity", "NoFinding"), "NoFinding", {"LungOpacity": "lung_opacity"}),
        (("PLEURAL-EFFUSION", "HEALTHY"), "HEALTHY", {"PLEURAL-EFFUSION": "effusion"}),
        (("3-PleuralEffusion", "1-Normal"), "1-Normal", {"3-PleuralEffusion": "effusion"}),
        (("COVID-19", "non-COVID-19"), "non-COVID-19", {"COVID-19": "covid_19"}),
    ],
)
def test_folders_of_classes_in_every_spelling(classes, none, known, parts, tmp_path):
    folder = tmp_path / "source"
    draw(folder, *(f"{part}{word}/{part[:2]}{word[:3]}{number}.png"
                   for part in parts for word in classes for number in range(4)))  # fmt: skip
    drafted = draft(folder, tmp_path)
    assert {one.term: one.name for one in drafted.check.terms} == known
    assert f'"{none}",  #' in drafted.text
    wrong = [one for one in drafted.check.terms if one.positive != one.negative]
    assert not wrong
    assert len(count_parts(drafted)) == (len(parts) if parts != ("",) else 0)


def test_numbered_folders_are_no_classes(tmp_path):
    folder = tmp_path / "source"
    draw(folder, *(f"patient_{who:05d}/{number}.png" for who in range(6) for number in range(3)))
    drafted = draft(folder, tmp_path)
    assert not drafted.check.terms
