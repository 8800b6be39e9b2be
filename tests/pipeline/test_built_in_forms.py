"""Built-in sources in the forms in which their copies circulate: the same cells, or told."""

import csv
import gzip
import io
import re
import tomllib
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from labelassemble.pipeline.check_source import check_source

ROWS = Path(__file__).with_name("built_in_forms.toml")
SOURCES = {one["name"]: one for one in tomllib.loads(ROWS.read_text(encoding="utf-8"))["source"]}
FORMATS = {"jpg": "JPEG", "jpeg": "JPEG"}
SIGN = {"positive": "+", "negative": "-", "uncertain": "?"}
TABLE = re.compile(r"\.(csv|tsv)$")
RECORD = re.compile(r"\.(png|jpe?g|dcm|dicom|nii\.gz)$", re.I)
SHOWN = 3


def draw(seed, name):
    if name.endswith(".nii.gz"):
        voxels = np.zeros((3, 3, 3), np.uint8)
        voxels.ravel()[: len(seed)] = seed
        return gzip.compress(nibabel.Nifti1Image(voxels, np.eye(4)).to_bytes(), mtime=0)
    pixels = np.random.default_rng(seed).integers(0, 255, (64, 64), dtype=np.uint8)
    content = io.BytesIO()
    kind = FORMATS.get(name.rpartition(".")[2].lower(), "PNG")
    Image.fromarray(pixels).save(content, format=kind)
    return content.getvalue()


def build(name):
    """Path of each file of a source to its content."""
    source = SOURCES[name]
    files = {one: draw(seed, one) for seed, one in enumerate(source["images"])}
    files |= {one: draw(values, one) for one, values in source.get("volumes", {}).items()}
    return files | {one: text.encode() for one, text in source["files"].items()}


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def say(check):
    """What each image says, as `built_in_forms.toml` writes it."""
    found = {}
    for row in check.table.images.iter_rows(named=True):
        signs = {}
        for said in check.table.list_assessments().filter(image=row["image"]).iter_rows(named=True):
            signs.setdefault(said["term"], set()).add(SIGN[said["assessment"]])
        denied = [term for term, of in signs.items() if of == {"-"}]
        rest = f"{len(denied)} denied" if len(denied) > SHOWN else ""
        shown = [
            "".join(sorted(of)) + term
            for term, of in sorted(signs.items())
            if not rest or of != {"-"}
        ]
        parts = (str(row["patient"]), str(row["official_split"]), ", ".join(shown), rest)
        path = RECORD.sub("", row["path"])
        key = re.search(r"((?:patient\d+/study\d+|case_\d+)/)?[^/]+$", path)[0].lower()
        assert key not in found, f"{key} twice"
        found[key] = " | ".join(parts)
    return found


def truth(name):
    return {RECORD.sub("", key).lower(): text for key, text in SOURCES[name]["says"].items()}


def lay(where):
    return lambda files: {where.format(name): content for name, content in files.items()}


def on_tables(change):
    """Change the tables of a source; none: it has none with a header."""

    def go(files):
        tables = [name for name in files if TABLE.search(name)]
        changed = dict(files)
        for name in tables:
            made = change(name, changed.pop(name))
            changed |= made if isinstance(made, dict) else {name: made}
        return changed if tables else None

    return go


def on_rows(change, sign=None):
    def go(name, content):
        own = "\t" if name.endswith(".tsv") else ","
        rows = change(list(csv.reader(io.StringIO(content.decode()), delimiter=own)))
        text = io.StringIO()
        csv.writer(text, delimiter=sign or own, lineterminator="\n").writerows(rows)
        return text.getvalue().encode()

    return on_tables(go)


def on_header(change):
    return on_rows(lambda rows: [[change(one) for one in rows[0]], *rows[1:]])


def on_images(change):
    return lambda files: {
        (change(name) if RECORD.search(name) else name): content for name, content in files.items()
    }


def pack(name, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name.rpartition("/")[2], content)
    return {f"{name}.zip": packed.getvalue()}


def litter(files):
    """What Macs, Windows and notebooks leave beside files."""
    left = {}
    for name, content in files.items():
        folder, _, file = name.rpartition("/")
        folder = f"{folder}/" if folder else ""
        left[f"{folder}._{file}"] = left[f"__MACOSX/{folder}._{file}"] = b"\0\5\x16\7"
        left[f"{folder}.ipynb_checkpoints/{file.replace('.', '-checkpoint.', 1)}"] = content
        left[f"{folder}Thumbs.db"] = left[f"{folder}desktop.ini"] = b"x"
    return files | left


def thumbnails(files):
    if any(name.endswith(".nii.gz") for name in files):
        return None
    small = [name.rpartition("/")[2] for name in files if RECORD.search(name)]
    return files | {f"thumbnails/{name}": draw(99, name) for name in small}


def beside(files):
    """Another set, another hospital's table, in folders of their own."""
    other = build("eyepacs" if "trainLabels.csv" not in files else "aptos2019")
    return lay("mine/{}")(files) | lay("theirs/{}")(other)


def in_parts(files):
    if "dataset.json" in files:  # It lies beside the images that it speaks of.
        return None
    return on_images(lambda name: f"images_part_001/{name}")(files)


def shout(name):
    folder, slash, file = name.rpartition("/")
    return folder + slash + file.upper()


def twice(name):
    folder, _, file = name.rpartition("/")
    return f"{folder}/{file}/{file}" if folder else f"{file}/{file}"


KINDS = {
    "as published": lambda files: files,
    "one folder up": lay("set/{}"),
    "as wget mirrors it": lay("physionet.org/files/set/1.0.0/{}"),
    "images in parts": in_parts,
    "a copy inside": lambda files: files | lay("copy/{}")(files),
    "two copies": lambda files: lay("a/{}")(files) | lay("b/{}")(files),
    "another set beside": beside,
    "litter": litter,
    "thumbnails": thumbnails,
    "BOM and CRLF": on_tables(lambda _, text: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n")),
    "semicolons": on_rows(lambda rows: rows, ";"),
    "an index column": on_rows(
        lambda rows: [[str(at - 1) if at else "Unnamed: 0", *one] for at, one in enumerate(rows)]
    ),
    "columns in capitals": on_header(str.upper),
    "columns with underscores": on_header(lambda name: name.replace(" ", "_")),
    "columns in another order": on_rows(
        lambda rows: [[*one, *[""] * (len(rows[0]) - len(one))][::-1] for one in rows]
    ),
    "comments above": on_tables(lambda _, text: b"# from the archive\n\n# v1\n" + text),
    "a title above": on_tables(lambda _, text: b"Our export\n" + text),
    "gzip": on_tables(lambda name, text: {f"{name}.gz": gzip.compress(text)}),
    "zip": on_tables(pack),
    "a second download": on_tables(lambda name, text: {re.sub(r"(\.\w+)$", r" (1)\1", name): text}),
    "tables in capitals": on_tables(lambda name, text: {shout(name): text}),
    "tables in folders": on_tables(lambda name, text: {twice(name): text}),
}  # fmt: skip
# Every source as published, and every kind of copy of every third source in turn.
CASES = [
    (name, kind)
    for at, name in enumerate(SOURCES)
    for turn, (kind, of) in enumerate(KINDS.items())
    if (turn == 0 or (at + turn) % 3 == 0) and of(build(name)) is not None
]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_it_says_the_same(name, kind, tmp_path):
    write(tmp_path, KINDS[kind](build(name)))
    check = check_source(name, tmp_path)
    assert [str(one) for one in check.problems] == []
    assert say(check) == truth(name)


TBX = "fname,image_height,image_width,source,bbox,target,tb_type,image_type"
VARIANTS = {
    "tbx11k": {
        "data.csv": [
            TBX,
            "h1.png,512,512,train,none,no_tb,none,healthy",
            "t1.png,512,512,val,none,tb,active_tb,tb",
            "t1.png,512,512,val,none,tb,latent_tb,tb",
        ],
        "says": {
            "h1": "None | train | -active_tb, -latent_tb | ",
            "t1": "None | validate | +active_tb, +latent_tb | ",
        },
    },
    "aptos2019": {
        "train_1.csv": ["id_code,diagnosis", "a1,0"],
        "valid.csv": ["id_code,diagnosis", "b1,2"],
        "test.csv": ["id_code,diagnosis", "c1,4"],
        "says": {
            "a1": "None | train |  | 4 denied",
            "b1": "None | validate | -1, +2, -3, -4 | ",
            "c1": "None | test | -1, -2, -3, +4 | ",
        },
    },
}


@pytest.mark.parametrize("name", VARIANTS)
def test_other_versions(name, tmp_path):
    files = dict(VARIANTS[name])
    says = files.pop("says")
    write(tmp_path, {file: "\n".join(rows).encode() for file, rows in files.items()})
    write(
        tmp_path, {f"images/{one}.png": draw(seed, f"{one}.png") for seed, one in enumerate(says)}
    )
    check = check_source(name, tmp_path)
    assert [str(one) for one in check.problems] == []
    assert say(check) == says


def test_the_page_tells_every_kind():
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if kind not in page] == []
