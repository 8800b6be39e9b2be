"""Public data sets in the forms in which they circulate: small folders, and what they must say."""

import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from PIL import Image
from tests.pacs_tree import make_object
from tests.sources.test_typed_table import make_workbook

FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "tif": "TIFF", "bmp": "BMP"}
REST = "-*"
"""All other terms that the source looked for are denied."""
UNREAD, READ = "refused", "read"
NO_IMAGE = "drafted, without images"
NO_LABELS = "drafted, without labels"
DRAFTED, OTHER_COLUMN = "drafted", "drafted, of a wrong column"
SILENT = "silently wrong"


@dataclass(frozen=True)
class Form:
    """A form of a public set, with rows made up, and what reading it must give."""

    name: str
    source: str
    """The built-in source; blank: none, so that it is drafted."""
    what: str
    """Where one meets it."""
    before: str
    """What version 0.1 did with it."""
    tables: Mapping[str, str | bytes] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    masks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Volumes of labels: their values, apart from 0."""
    size: tuple[int, int] = (64, 64)
    """Width and height of images, pixels."""
    given: str = "."
    """The folder that a user names."""
    says: Mapping[str, str] = field(default_factory=dict)
    """End of an image's path to ``patient | part | +there; ?uncertain; -denied``; ``-*``: all the
    other terms are denied; a term that is not named is unknown."""
    terms: tuple[str, ...] = ()
    """What the source looked for, as its table has it; none: as the manifest says."""
    boxes: Mapping[str, tuple[tuple[object, ...], ...]] = field(default_factory=dict)
    """Image to its boxes: term, left, top, right, bottom, width and height of their frame."""
    facts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Image to view, age or sex."""
    told: tuple[str, ...] = ()
    """What remarks must say."""
    not_it: str = ""
    """A built-in source that it must not be taken for."""
    refused: str = ""
    """The first problem, whole, with ``{folder}`` for the folder."""

    def folder(self, root: Path) -> Path:
        """The folder that a user names."""
        return root / self.given

    def write(self, root: Path) -> None:
        """Make all files below a folder."""
        for name, content in self.tables.items():
            put(root / name, content if isinstance(content, bytes) else content.encode())
        for name in self.images:
            put(root / name, draw(name, self.size))
        for name, values in self.masks.items():
            put(root / name, make_volume(name, values))


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def draw(name: str, size: tuple[int, int]) -> bytes:
    """An image or volume of noise, another one for each stem."""
    low = name.lower()
    # A copy of an image ends in the same folders: it holds the same.
    seed = zlib.crc32("/".join(low.rpartition(".")[0].split("/")[-3:]).encode())
    if low.endswith((".nii", ".nii.gz")):
        return make_volume(name, None)
    if low.endswith((".dcm", ".dicom")):
        made = make_object(study=seed % 10_000, Rows=size[1], Columns=size[0])
        made.PixelData = noise(seed, size).astype(np.uint16).tobytes()
        del made.PatientID, made.PatientSex, made.PatientBirthDate, made.ViewPosition
        content = io.BytesIO()
        pydicom.dcmwrite(content, made, enforce_file_format=True)
        return content.getvalue()
    content = io.BytesIO()
    kind = FORMATS.get(low.rpartition(".")[2], "PNG")
    Image.fromarray(noise(seed, size)).save(content, format=kind)
    return content.getvalue()


def noise(seed: int, size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, size[::-1], dtype=np.uint8)


def make_volume(name: str, values: tuple[int, ...] | None) -> bytes:
    """A volume of 6 by 6 by 6 voxels: noise, or a mask with a slice of each value."""
    voxels = np.zeros((6, 6, 6), np.uint8)
    if values is None:
        seed = zlib.crc32(name.encode())
        voxels = np.random.default_rng(seed).integers(0, 200, voxels.shape).astype(np.int16)
    for at, value in enumerate(values or ()):
        voxels[at, :2, :2] = value
    content = nibabel.Nifti1Image(voxels, np.eye(4)).to_bytes()
    return gzip.compress(content, mtime=0) if name.endswith(".gz") else content


def csv(head: str, *rows: str) -> str:
    return "\n".join((head, *rows)) + "\n"


def sheet(*rows: tuple[object, ...]) -> bytes:
    """An Excel file of one sheet."""
    return make_workbook(Sheet1=rows)


def arrays(size: int, channels: int = 1, **labels: list[list[int]]) -> bytes:
    """An npz file as MedMNIST has it: images and labels of train, val and test."""
    kept = {}
    for part, rows in labels.items():
        shape = (len(rows), size, size, *((channels,) if channels > 1 else ()))
        seed = zlib.crc32(part.encode())
        pixels = np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8)
        kept |= {f"{part}_images": pixels, f"{part}_labels": np.array(rows, np.uint8)}
    content = io.BytesIO()
    np.savez(content, **kept)
    return content.getvalue()


def below(folder: str, files: Mapping[str, object]) -> dict[str, object]:
    return {f"{folder}/{name}": content for name, content in files.items()}
