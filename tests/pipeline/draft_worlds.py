"""Random small sources of which the truth is known: how tables are written, names, folders."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

NO_FINDING = (
    "No Finding", "no_finding", "NoFinding", "No Findings", "NO FINDING", "no-finding", "normal",
    "Normal", "NORMAL", "healthy", "Healthy", "negative", "Negative", "No findings", "no findings",
    "none detected", "normals",
)  # fmt: skip
CLASSES = (
    ("Effusion", "Cardiomegaly", "Pneumothorax", "Mass"),
    ("pleural_effusion", "lung_opacity", "consolidation"),
    ("PleuralEffusion", "LungOpacity", "Atelectasis"),
    ("PLEURAL-EFFUSION", "LUNG-OPACITY", "EDEMA"),
    ("Pleural Effusion", "Lung Opacity", "Support Devices", "Edema"),
    ("COVID-19", "Viral Pneumonia", "Lung_Opacity"),
    ("mel", "nv", "bcc", "akiec"),
    ("Glaucoma", "Cataract", "Myopia"),
    ("benign", "malignant"),
    ("wartle", "grimbly", "zonk"),
    ("Tuberculosis",),
    ("COVID",),
)
IMAGE = ("image", "Image Index", "image_id", "filename", "file_name", "ImageID", "Path", "dicom_id",
         "id", "img", "image_name", "FileName", "name", "image_path", "X-ray file")  # fmt: skip
LABEL = ("label", "labels", "Finding Labels", "diagnosis", "class", "finding", "dx", "category",
         "disease", "target", "Diagnosis", "finding_name", "Class Name", "type")  # fmt: skip
PATIENT = ("patient_id", "Patient ID", "patientId", "subject_id", "PatientID", "pid")
YES_NO = (("1", "0"), ("1.0", "0.0"), ("True", "False"), ("yes", "no"), ("Y", "N"), ("TRUE",
          "FALSE"), ("positive", "negative"), ("present", "absent"))  # fmt: skip
Truth = dict[str, dict[str, bool | None]]
"""Image's stem to word of a class to whether it is there; none: nobody said."""


@dataclass
class World:
    """A source: its files, and what is true of them."""

    seed: int
    what: list[str] = field(default_factory=list)
    """How it is written, for the reader of a failure."""
    images: list[str] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    tables: dict[str, str] = field(default_factory=dict)
    truth: Truth = field(default_factory=dict)
    packed: dict[str, bytes] = field(default_factory=dict)
    """Other files."""
    labels: str = ""
    """The file that holds labels; blank: folders or names do."""

    def write(self, folder: Path) -> None:
        """Write all files below a folder."""
        record = np.random.default_rng(self.seed).integers(0, 255, (12, 12), dtype=np.uint8)
        mask = np.zeros((12, 12), np.uint8)
        mask[3:6, 2:9] = 255
        for name in (*self.images, *self.masks):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(mask if name in self.masks else record).save(path)
        for name, content in self.packed.items():
            (folder / name).write_bytes(content)
        for name, text in self.tables.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode("utf-8"))


@dataclass
class Rows:
    """Images of a world before they are written."""

    stems: list[str]
    patients: list[str]
    classes: tuple[str, ...]
    there: list[list[str]]
    """Words of each image."""


def draw_rows(rng: random.Random) -> Rows:
    """Images, their patients and what is on them."""
    classes = rng.choice(CLASSES)
    count = rng.randint(14, 30)
    style = rng.choice(("number", "word", "patient", "hash", "uid", "blank"))
    patients = [f"{rng.choice((1, 3, 7)) * 10 + n // 2:05d}" for n in range(count)]
    stems = [_stem(style, n, patients[n], rng) for n in range(count)]
    one = rng.random() < 0.5 or len(classes) == 1
    there = []
    for n in range(count):
        few = [] if rng.random() < 0.3 else rng.sample(classes, 1 if one else rng.randint(1, min(3,
               len(classes))))  # fmt: skip
        # Each class is there and away, else nothing could be told from it.
        there.append([classes[n]] if n < len(classes) else [] if n < len(classes) + 3 else few)
    return Rows(stems, patients, classes, there)


def make_world(seed: int) -> World:
    """Make a source; the same seed gives the same one."""
    rng = random.Random(seed)
    world = World(seed)
    rows = draw_rows(rng)
    single = all(len(one) < 2 for one in rows.there)
    forms: list[Callable[[World, Rows, random.Random], None]] = [_columns, _columns, _lists]
    if single:
        forms += [_class_rows, _class_rows, _folders, _names, _one_hot]
    forms += [_grades] if single else [_long_rows]
    forms += [_two_tables, _masks, _one_column, _parts]
    rng.choice(forms)(world, rows, rng)
    _add_distractors(world, rows, rng)
    return world


def _stem(style: str, n: int, patient: str, rng: random.Random) -> str:
    return {
        "number": f"{n + 1:06d}",
        "word": f"img_{n:03d}",
        "patient": f"{patient}_{n % 2:03d}",
        "hash": f"{rng.getrandbits(64):016x}",
        "uid": f"1.2.826.{rng.randint(10**8, 10**9)}.{n}",
        "blank": f"scan ({n + 1})",
    }[style]


def _place(world: World, rows: Rows, rng: random.Random) -> dict[str, str]:
    """Put the images somewhere; gives the path of each stem."""
    ending = rng.choice((".png", ".png", ".jpg", ".jpeg", ".PNG"))
    shape = rng.choice(("flat", "images", "deep", "patient", "split", "parts", "gt"))
    paths = {}
    for n, stem in enumerate(rows.stems):
        folder = {
            "flat": "", "images": "images/", "deep": "data/img/", "gt": "GT_study/images/",
            "patient": f"{rows.patients[n]}/", "split": ("train/", "test/")[n % 4 == 3],
            "parts": f"images_{n // 10:03d}/",
        }[shape]  # fmt: skip
        paths[stem] = f"{folder}{stem}{ending}"
    world.images += paths.values()
    world.what.append(f"images {shape}")
    return paths


def _write(world: World, file: str, rows: list[dict[str, str]], rng: random.Random) -> None:
    sign = rng.choice((",", ",", ",", ";", "\t"))
    if any(sign in cell for row in rows for cell in (*row, *row.values())):
        sign = ","
    quote = [[f'"{cell}"' if "," in cell or '"' in cell else cell for cell in one]
             for one in ([*rows[0]], *([*row.values()] for row in rows))]  # fmt: skip
    end = rng.choice(("\n", "\n", "\r\n"))
    start = rng.choice(("", "", "\ufeff"))
    world.tables[file] = start + end.join(sign.join(one) for one in quote) + end


def _facts(world: World, rows: Rows, rng: random.Random) -> list[dict[str, str]]:
    """Rows with the image and some facts, in any order of columns."""
    paths = _place(world, rows, rng)
    image = rng.choice(IMAGE)
    how = rng.choice(("stem", "file", "path"))
    called = {stem: {"stem": stem, "file": paths[stem].rpartition("/")[2], "path": paths[stem]}[how]
              for stem in rows.stems}  # fmt: skip
    world.what.append(f"{image} as {how}")
    extra: dict[str, Callable[[int], str]] = {
        rng.choice(PATIENT): lambda n: rows.patients[n],
        rng.choice(("age", "Patient Age", "AGE")): lambda n: str(30 + 3 * n % 50),
        rng.choice(("sex", "Patient Gender", "gender")): lambda n: "MF"[n % 3 == 1],
        rng.choice(("view", "View Position")): lambda n: ("PA", "AP")[n % 2],
        rng.choice(("hospital", "site")): lambda n: ("north", "south")[n % 5 == 1],
        rng.choice(("smoker", "portable", "contrast", "is_male")): lambda n: str(n % 2),
        rng.choice(("width", "Rows")): lambda n: str(1024 + 8 * (n % 3)),
        rng.choice(("Follow-up #", "visit")): lambda n: str(n % 3),
        rng.choice(("split", "fold", "set")): lambda n: ("train", "test")[n % 4 == 3],
        "date": lambda n: f"2019-0{1 + n % 9}-1{n % 7}",
    }
    kept = [name for name in extra if rng.random() < 0.4]
    told = []
    for n, stem in enumerate(rows.stems):
        cells = {image: called[stem], **{name: extra[name](n) for name in kept}}
        told.append(cells)
    if rng.random() < 0.15:
        told = [{"": str(n), **one} for n, one in enumerate(told)]
    return told


def tell(world: World, rows: Rows) -> None:
    for stem, words in zip(rows.stems, rows.there, strict=True):
        world.truth[stem] = {word: word in words for word in rows.classes}


def _columns(world: World, rows: Rows, rng: random.Random) -> None:
    """A column a finding."""
    yes, no = rng.choice(YES_NO)
    told = _facts(world, rows, rng)
    tell(world, rows)
    none = rng.choice(NO_FINDING) if rng.random() < 0.4 else ""
    doubt = rng.random() < 0.3 and yes in ("1", "1.0")
    for cells, words, stem in zip(told, rows.there, rows.stems, strict=True):
        if none:
            cells[none] = no if words else yes
        for word in rows.classes:
            cells[word] = yes if word in words else no
            if doubt and rng.random() < 0.2 and (words or not none):
                cells[word] = rng.choice(("", "-1" if yes == "1" else "-1.0"))
                world.truth[stem][word] = None
    world.labels = rng.choice(("labels.csv", "train.csv", "data/table.csv", "annotations.csv"))
    world.what.append(f"columns {yes}/{no} {none}")
    _write(world, world.labels, told, rng)


def _one_hot(world: World, rows: Rows, rng: random.Random) -> None:
    """One of several columns is 1, the normal one among them."""
    told = _facts(world, rows, rng)
    tell(world, rows)
    none = rng.choice(NO_FINDING)
    for cells, words in zip(told, rows.there, strict=True):
        for word in (*rows.classes, none):
            cells[word] = "1.0" if word in (words or [none]) else "0.0"
    world.labels = "GroundTruth.csv"
    world.what.append("one-hot")
    _write(world, world.labels, told, rng)


def _class_rows(world: World, rows: Rows, rng: random.Random) -> None:
    """A word a row."""
    told = _facts(world, rows, rng)
    tell(world, rows)
    none, label = rng.choice(NO_FINDING), rng.choice(LABEL)
    if len(rows.classes) == 1 and rng.random() < 0.4:
        none = rng.choice(("non-{}", "Non{}", "no_{}", "non {}", "NON-{}")).format(*rows.classes)
    for cells, words in zip(told, rows.there, strict=True):
        cells[label] = words[0] if words else none
    world.labels = rng.choice(("labels.csv", "train.csv", "metadata.csv", "meta/info.tsv"))
    world.what.append(f"class {label} {none}")
    _write(world, world.labels, told, rng)


def _lists(world: World, rows: Rows, rng: random.Random) -> None:
    """A list in a cell: with a sign between words, or written out."""
    told = _facts(world, rows, rng)
    tell(world, rows)
    none, label = rng.choice(NO_FINDING), rng.choice(LABEL)
    how = rng.choice(("|", ";", ", ", "json", "python"))
    for cells, words in zip(told, rows.there, strict=True):
        every = words or [none]
        cells[label] = (
            "[" + ", ".join(f'""{one}""' for one in every) + "]" if how == "json"
            else str(every) if how == "python" else how.join(every)
        )  # fmt: skip
    if how == "json":
        head, *lines = _quoted(told)
        world.tables["labels.csv"] = "\n".join((head, *lines)) + "\n"
    else:
        _write(world, "labels.csv", told, rng)
    world.labels = "labels.csv"
    world.what.append(f"list {label} {how} {none}")


def _quoted(told: list[dict[str, str]]) -> list[str]:
    lines = [",".join(told[0])]
    lines += [
        ",".join(f'"{cell}"' if "," in cell or '"' in cell else cell for cell in row.values())
        for row in told
    ]
    return lines


def _grades(world: World, rows: Rows, rng: random.Random) -> None:
    """Grades 0 to 3."""
    told = _facts(world, rows, rng)
    label = rng.choice(("level", "grade", "diagnosis", "KL grade", "severity"))
    grades = ("0", "1", "2", "3")
    for n, (cells, stem) in enumerate(zip(told, rows.stems, strict=True)):
        grade = grades[n % 4]
        cells[label] = grade
        world.truth[stem] = {one: one == grade for one in grades[1:]}
    world.labels = "trainLabels.csv"
    world.what.append(f"grades {label}")
    _write(world, world.labels, told, rng)


def _long_rows(world: World, rows: Rows, rng: random.Random) -> None:
    """A row a finding, several rows an image."""
    told = _facts(world, rows, rng)
    tell(world, rows)
    none, label = rng.choice(NO_FINDING), rng.choice(LABEL)
    lines = [
        {**cells, label: word}
        for cells, words in zip(told, rows.there, strict=True)
        for word in (words or [none])
    ]
    world.labels = "findings.csv"
    world.what.append(f"rows {label} {none}")
    _write(world, world.labels, lines, rng)


def _folders(world: World, rows: Rows, rng: random.Random) -> None:
    """A folder a class, perhaps below the parts of a split."""
    tell(world, rows)
    none = rng.choice(NO_FINDING)
    split = rng.random() < 0.5
    inner = rng.choice(("", "", "images/"))
    ending = rng.choice((".png", ".jpeg"))
    for n, (stem, words) in enumerate(zip(rows.stems, rows.there, strict=True)):
        part = ("train/", "val/", "test/")[n % 5 // 2] if split else ""
        world.images.append(f"{part}{words[0] if words else none}/{inner}{stem}{ending}")
    world.what.append(f"folders split {split} {inner} {none}")


def _names(world: World, rows: Rows, rng: random.Random) -> None:
    """The class stands at the beginning of a file's name."""
    if not all(one.isalpha() for one in rows.classes):
        return _folders(world, rows, rng)
    none = rng.choice([one for one in NO_FINDING if one.isalpha()])
    for n, words in enumerate(rows.there):
        stem = f"{words[0] if words else none} ({n + 1})"
        world.images.append(f"images/{stem}.png")
        world.truth[stem] = {word: word in words for word in rows.classes}
    world.what.append(f"names {none}")
    return None


def _one_column(world: World, rows: Rows, rng: random.Random) -> None:
    """One finding, whose column says yes, no, or that nobody could tell."""
    told = _facts(world, rows, rng)
    word = rows.classes[0]
    yes, no = rng.choice(YES_NO)
    doubt = rng.choice(("", "Ambiguous", "uncertain", "-1", "maybe", "unknown"))
    for n, (cells, stem) in enumerate(zip(told, rows.stems, strict=True)):
        there = (True, False, False, None if doubt else True)[n % 4]
        cells[word] = {True: yes, False: no, None: doubt}[there]
        world.truth[stem] = {word: there}
    world.labels = "predictions.csv"
    world.what.append(f"one column {yes}/{no}/{doubt}")
    _write(world, world.labels, told, rng)


def _parts(world: World, rows: Rows, rng: random.Random) -> None:
    """A table for each part of a split, of the same columns."""
    told = _facts(world, rows, rng)
    tell(world, rows)
    none, label = rng.choice(NO_FINDING), rng.choice(LABEL)
    for cells, words in zip(told, rows.there, strict=True):
        cells[label] = "|".join(words) if words else none
    names = rng.choice((("train", "test"), ("Train_labels", "Val_labels"), ("training", "testing")))
    cut = len(told) // 2
    state = rng.getstate()
    for name, part in zip(names, (told[:cut], told[cut:]), strict=True):
        rng.setstate(state)
        _write(world, f"{name}.csv", part, rng)
    world.labels = f"{names[0]}.csv"
    world.what.append(f"parts {names} {label} {none}")


def _two_tables(world: World, rows: Rows, rng: random.Random) -> None:
    """One table names the images, the other one what is on them."""
    paths = _place(world, rows, rng)
    tell(world, rows)
    key = rng.choice(("uid", "study_id", "exam", "StudyInstanceUID"))
    ids = [f"s{n:04d}" for n in range(len(rows.stems))]
    none = rng.choice(NO_FINDING)
    first = [{key: ids[n], "filename": paths[stem].rpartition("/")[2]}
             for n, stem in enumerate(rows.stems)]  # fmt: skip
    second = [{key: ids[n], "findings": "|".join(words or [none])}
              for n, words in enumerate(rows.there)]  # fmt: skip
    _write(world, "images.csv", first, rng)
    _write(world, "reports.csv", second, rng)
    world.labels = "reports.csv"
    world.what.append(f"two tables {key} {none}")


def _masks(world: World, rows: Rows, rng: random.Random) -> None:
    """A mask for each image; what it shows is not said."""
    form = rng.choice(("folder", "suffix", "gt"))
    for stem in rows.stems:
        image, mask = {
            "folder": (f"images/{stem}.png", f"masks/{stem}.png"),
            "suffix": (f"all/{stem}.png", f"all/{stem}_mask.png"),
            "gt": (f"Original/{stem}.png", f"GT/{stem}.png"),
        }[form]
        world.images.append(image)
        world.masks.append(mask)
        world.truth[stem] = {"finding": True}
    world.what.append(f"masks {form}")


def _add_distractors(world: World, rows: Rows, rng: random.Random) -> None:
    """Files that hold no labels."""
    if rng.random() < 0.3:
        lines = "\n".join(f"t{n:03d},0" for n in range(12))
        world.tables["sample_submission.csv"] = f"id,label\n{lines}\n"
        world.what.append("+submission")
    if rng.random() < 0.25 and world.labels:
        world.tables["README.txt"] = "This is a set of images.\nSee the paper, which says more.\n"
    if rng.random() < 0.3 and world.labels:
        lines = "\n".join(f"{one},{40 + n},{'MF'[n % 2]}" for n, one in
                          enumerate(dict.fromkeys(rows.patients)))  # fmt: skip
        world.tables["patients.csv"] = f"patient,age,sex\n{lines}\n"
        world.what.append("+patients")
    if rng.random() < 0.25 and world.labels:
        lines = "\n".join(f"{one},1024,{900 + n}" for n, one in enumerate(rows.stems))
        world.tables["sizes.csv"] = f"image,width,height\n{lines}\n"
        world.what.append("+sizes")
    if rng.random() < 0.25 and world.labels and "test.csv" not in world.tables:
        extra = [f"test_only/z{n:03d}.png" for n in range(6)]
        world.images += extra
        world.tables["test.csv"] = "id\n" + "\n".join(f"z{n:03d}" for n in range(6)) + "\n"
        world.what.append("+test")
