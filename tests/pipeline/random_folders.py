"""Random folders of random small files: tables, images, masks, volumes, archives, broken ones."""

import gzip
import io
import json
import tarfile
import zipfile

import nibabel
import numpy as np
import polars as pl
from hypothesis import strategies as st
from PIL import Image

CELLS = (
    "Mass", "Effusion", "NORMAL", "no finding", "COVID-19", "01_NORMAL", "0", "1", "2", "-1", "",
    "nan", "True", "False", "Ambiguous", "1.0", "0.5", "[]", "['Mass']", '["a", "b"]', "x y z", " ",
    "ü", "中文", "a|b", "a;b", "{}", '{"a": 1}', "2020-01-01", "M", "PA", "train", "test", "-",
    "1.2.840.1.2", "00000001_000.png", "'", '"', "1e400", "?", "\\", "5 10 8 2", "10 10 20 20",
)  # fmt: skip
COLUMNS = (
    "image", "Image Index", "label", "id", "patient", "age", "sex", "view", "split", "class", "x",
    "y", "w", "h", "width", "height", "Mass", "Effusion", "finding", "EncodedPixels", "mask",
    "path", "", "a b", "x_min", "y_min", "x_max", "y_max", "bbox", "annotation", "study", "1",
)  # fmt: skip
FOLDERS = (
    "", "", "images/", "train/", "test/", "val/", "masks/", "GT/", "a/b/c/", "NORMAL/", "COVID/",
    "Segmentation/", "labels/", "imagesTr/", "labelsTr/", "PNEUMONIA (1)/", "x#y/", "[a]/", "ü/",
)  # fmt: skip
NAMES = ("img_{}", "{:05}", "p{}_1", "case_{}", "{}", "scan ({})", "ü{}", "00000001_{:03}")
TABLES = ("labels", "train", "test", "valid", "data", "sample_submission", "meta", "dataset")


def draw_image(kind: str, seed: int, ending: str) -> bytes:
    """A small image, or what only is called one."""
    if kind in ("broken", "empty"):
        return b"\x89PNG not really" if kind == "broken" else b""
    pixels = np.random.default_rng(seed).integers(0, 255, (9, 9), dtype=np.uint8)
    made = {
        "grey": Image.fromarray(pixels),
        "mask": Image.fromarray(np.where(pixels > 128, 255, 0).astype(np.uint8)),
        "dot": Image.fromarray(pixels[:1, :1]),
        "deep": Image.fromarray(pixels.astype(np.uint16)),
        "palette": Image.fromarray(pixels).convert("P"),
    }[kind]
    content = io.BytesIO()
    jpeg = ending == ".jpg"
    (made.convert("L") if jpeg else made).save(content, "JPEG" if jpeg else "PNG")
    return content.getvalue()


def draw_volume(seed: int, packed: bool) -> bytes:
    """A small volume, or a mask of one."""
    voxels = np.random.default_rng(seed).integers(0, 2 + 99 * (seed % 2), (3, 3, 3), dtype=np.uint8)
    content = nibabel.Nifti1Image(voxels, np.eye(4)).to_bytes()
    return gzip.compress(content) if packed else content


def pack(files: dict[str, bytes], kind: str) -> bytes:
    """Files as an archive."""
    content = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(content, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(fileobj=content, mode="w") as tar:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return content.getvalue()


@st.composite
def _tables(draw: st.DrawFn, names: list[str]) -> tuple[str, bytes]:
    """A table under a name: whole, ragged, of another encoding, or none at all."""
    columns = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=6))
    naming = ("image", "Image Index", "id", "path", "1")
    cells = st.sampled_from(CELLS)
    stems = st.sampled_from(names) if names else cells
    row = st.tuples(*(st.one_of(stems, stems, cells) if c in naming else cells for c in columns))
    rows = [list(one) for one in draw(st.lists(row, max_size=8))]
    kinds = ("csv", "csv", "csv", ";", "\t", "ragged", "headless", "utf-16", "latin-1", "json",
             "jsonl", "parquet", "xlsx", "bytes", "coco")  # fmt: skip
    kind = draw(st.sampled_from(kinds))
    name = draw(st.sampled_from(("", "", "train/", "test/"))) + draw(st.sampled_from(TABLES))
    dicts = [dict(zip(columns, one, strict=True)) for one in rows]
    if kind in ("json", "jsonl"):
        lines = map(json.dumps, dicts)
        text = json.dumps(dicts) if kind == "json" else "\n".join(lines)
        return f"{name}.{kind}", text.encode()
    if kind == "coco":
        images = [{"id": at, "file_name": one} for at, one in enumerate(names)]
        boxes = draw(st.sampled_from(([], [{"image_id": 0, "category_id": 1, "bbox": [0, 0, 2, 2]}],
                                      [{"image_id": [1]}], None)))  # fmt: skip
        classes = draw(st.sampled_from(([], [{"id": 1, "name": "Mass"}], [{"id": {}}], "x")))
        content = {"images": images, "annotations": boxes, "categories": classes}
        return f"{name}.json", json.dumps(content).encode()
    if kind == "parquet":
        memory = io.BytesIO()
        whole = {c or "none": [one[at] for one in rows] for at, c in enumerate(columns)}
        pl.DataFrame(whole).write_parquet(memory)
        return f"{name}.parquet", memory.getvalue()
    if kind in ("xlsx", "bytes"):
        content_bytes = draw(st.binary(max_size=60))
        return f"{name}.{'xlsx' if kind == 'xlsx' else 'csv'}", content_bytes
    sign = kind if kind in (";", "\t") else ","
    lines = [sign.join(f'"{cell}"' if sign in cell else cell for cell in one)
             for one in ([] if kind == "headless" else [columns]) + rows]  # fmt: skip
    if kind == "ragged":
        lines = [line + sign * (at % 3) for at, line in enumerate(lines)]
    encoding = kind if kind in ("utf-16", "latin-1") else "utf-8"
    ending = draw(st.sampled_from((".csv", ".csv", ".txt", ".tsv")))
    return name + ending, ("\n".join(lines) + "\n").encode(encoding, "replace")


@st.composite
def random_files(draw: st.DrawFn) -> dict[str, bytes]:
    """Path of each file to its content."""
    files = dict[str, bytes]()
    called = draw(st.sampled_from(NAMES))
    one_folder = draw(st.one_of(st.none(), st.sampled_from(FOLDERS)))
    kinds = st.sampled_from(("grey", "grey", "grey", "mask", "dot", "deep", "palette", "broken",
                             "empty"))  # fmt: skip
    endings = st.sampled_from((".png",) * 5 + (".jpg", ".PNG", ".nii", ".nii.gz", ".dcm", ""))
    for number in range(draw(st.sampled_from((0, 1, 3, 6)))):
        folder = draw(st.sampled_from(FOLDERS)) if one_folder is None else one_folder
        ending = draw(endings)
        name = folder + called.format(number) + ending
        is_volume = ending.startswith(".nii")
        files[name] = (
            draw_volume(number, ending == ".nii.gz")
            if is_volume
            else draw_image(draw(kinds), number, ending)
        )
        beside = draw(st.sampled_from(("", "", "", "_mask.png", ".txt", ".xml", ".json")))
        if beside:
            content = draw(st.sampled_from((b"<a><b>Mass</b></a>", b"{}", b"0 .5 .5 .1 .1", b"7")))
            if beside == "_mask.png":
                content = draw_image("mask", number, ".png")
            files[folder + called.format(number) + beside] = content
    names = [name for whole in files for name in (whole, whole.rpartition("/")[2])]
    names += [name.rpartition(".")[0] for name in names]
    for _ in range(draw(st.sampled_from((0, 1, 1, 2, 3)))):
        name, content = draw(_tables([one for one in names if one]))
        files[name] = content
    if draw(st.integers(0, 9)) == 0:
        memory = io.BytesIO()
        labels = draw(st.sampled_from(([[0], [1]], [[0, 1], [1, 1]], [0, 1], [["a"], ["b"]])))
        np.savez(memory, train_images=np.zeros((2, 8, 8), np.uint8), train_labels=np.array(labels))
        files["set.npz"] = memory.getvalue()
    kind = draw(st.sampled_from(("", "", "", "zip", "tar")))
    if kind:
        packed = {name: files.pop(name) for at, name in enumerate([*files]) if at % 3 or at == 0}
        files[f"pack.{kind}"] = pack(packed, kind) if draw(st.booleans()) else b"PK\x03\x04broken"
        if files[f"pack.{kind}"].startswith(b"PK\x03\x04broken"):
            files |= packed
    return files
