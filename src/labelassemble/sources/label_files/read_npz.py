"""Labels and images as arrays in one npz or HDF5 file, read."""

import hashlib
import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from labelassemble.errors import ImageError, SourceError, plural, some
from labelassemble.files.array_file import open_hdf5, refuse_grown
from labelassemble.files.inside_path import HDF5, INSIDE, find_inside
from labelassemble.sources.encodings.npz_arrays import NpzArrays
from labelassemble.sources.find_files import find_files
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.rows import Rows, make_rows
from labelassemble.sources.term_cells import BETWEEN
from labelassemble.storage.fetch_object import bring


def read_npz(folder: Path, labels: NpzArrays) -> tuple[Rows, pl.Series, tuple[InputFile, ...]]:
    """Read the labels of an npz file: a row an image, its words in the label cell ``words``.

    Images are called ``train/17``: the part and the place in it, counted from 0.

    Returns:
        Rows, the path of each row's image (``file.npz#train_images/17``), and the file.

    Raises:
        SourceError: no such file, not npz, arrays of other names or sizes, a label out of range.
    """
    paths = find_files(folder, labels.file)
    if len(paths) != 1:
        raise SourceError(
            f"one file {some(labels.file)} in {folder}",
            some(path.name for path in paths),
            "Name one of them in labels.file: other sizes hold the same images",
        )
    path = paths[0]
    if inside := find_inside(str(path)):
        raise SourceError(
            f"the file {some(labels.file)} itself in {folder}",
            f"it lies in {inside.file.name}, where no single image can be reached",
            f"Unpack {inside.file.name}: arrays are read from their own file alone",
        )
    names, parts, cells, files = [], [], [], []
    for part, (images, found) in _load(path).items():
        places = _words(found, labels, path)
        if len(places) != images:
            raise SourceError(
                f"as many labels as images in {path}",
                f"{len(places)} and {images} in {part}",
                "Download the file again",
            )
        names += [f"{part}/{number}" for number in range(images)]
        parts += [part] * images
        cells += [BETWEEN.join(labels.classes[place] for place in row) for row in places]
        files += [f"{path}{INSIDE}{part}_images/{number}" for number in range(images)]
    with bring(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    used = InputFile(
        path=path.relative_to(folder).as_posix(),
        sha256=digest,
        size=path.stat().st_size,
        rows=len(names),
    )
    rows = make_rows(names, {"split": parts}, words=cells)
    return rows, pl.Series("path", files, dtype=pl.String), (used,)


def _load(path: Path) -> dict[str, tuple[int, np.ndarray]]:
    """Part to the number of its images and its labels."""
    if path.suffix.lower() in HDF5:
        return _load_hdf5(path)
    try:
        # Images are not decoded here: their header says how many there are.
        with zipfile.ZipFile(bring(path)) as archive, np.load(path, allow_pickle=False) as arrays:
            parts = _list_parts(arrays.files, path)
            for part in parts:
                refuse_grown(archive, f"{part}_labels.npy")
            return {part: (_count_images(path, part), arrays[f"{part}_labels"]) for part in parts}
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        TypeError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise SourceError(f"a whole npz file at {path}", said, "Download the file again") from error


def _list_parts(names: Sequence[str], path: Path) -> list[str]:
    """Parts of which there are both images and labels."""
    parts = [name.removesuffix("_labels") for name in names if name.endswith("_labels")]
    if not parts or not all(f"{part}_images" in names for part in parts):
        raise SourceError(
            f"arrays <part>_images and <part>_labels in {path}",
            some(names) or "none",
            "Choose another labels.encoding for this file",
        )
    return parts


def _load_hdf5(path: Path) -> dict[str, tuple[int, np.ndarray]]:
    try:
        with open_hdf5(path) as arrays:
            parts = _list_parts(list(arrays), path)
            return {
                part: (int(arrays[f"{part}_images"].shape[0]), np.asarray(arrays[f"{part}_labels"]))
                for part in parts
            }
    except ImageError as error:  # its library is not installed
        raise SourceError(error.expected, error.got, error.do) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise SourceError(
            f"a whole HDF5 file at {path}", said, "Download the file again"
        ) from error


def _count_images(path: Path, part: str) -> int:
    """The first size of an array of images, from its header alone: pixels stay packed."""
    with zipfile.ZipFile(bring(path)) as archive, archive.open(f"{part}_images.npy") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read = np.lib.format.read_array_header_2_0
        shape, _, _ = read(file)
    return int(shape[0]) if shape else 0


def _words(found: np.ndarray, labels: NpzArrays, path: Path) -> list[list[int]]:
    """Places in `classes` that each image has."""
    table = (
        found.reshape(len(found), math.prod(found.shape[1:])) if found.ndim else found[None, None]
    )
    count = len(labels.classes)
    numbers = table.dtype.kind in "iubf"
    whole = numbers and bool((table == np.floor(table)).all())
    fits = table.shape[1] == (count if labels.several else 1)
    most = 1 if labels.several else count - 1
    if not whole or not fits or (table.size and (table.min() < 0 or table.max() > most)):
        expected = (
            f"{plural(count, 'column')} of 0 and 1"
            if labels.several
            else f"one column, 0 to {most}"
        )
        span = f", {table.min()} to {table.max()}" if table.size and numbers else ""
        raise SourceError(
            f"labels as {expected} in {path}",
            f"{plural(table.shape[1], 'column')}{span}",
            "Check labels.classes and labels.several in the manifest",
        )
    if labels.several:
        return [np.flatnonzero(row).tolist() for row in table]
    return [[int(row[0])] for row in table]
