"""A tar of samples (WebDataset), as the text of a CSV file: ``7.jpg`` beside ``7.cls``."""

import io
import json
import tarfile
from pathlib import Path
from typing import Final

from labelassemble.errors import SourceError
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES
from labelassemble.sources.archives.archive_names import archive_stem
from labelassemble.sources.typed_table import write_json_text
from labelassemble.storage.fetch_object import bring

TAR_SIGN: Final = b"ustar"
SIGN_AT: Final = 257
"""Where in a tar file that sign stands."""

_MAX_BYTES: Final = 1 << 20
"""What is longer is no label."""


def write_sample_text(content: bytes, place: str) -> str:
    """Give a tar of samples as the text of a CSV file: a row a sample.

    Files whose names are the same up to the first dot are a sample. Columns: ``image``, the name of
    its image below the folder that the tar lies in; one for each other extension (``cls``,
    ``txt``) with what the file says; the fields of ``json``.

    Args:
        content: the tar's bytes.
        place: names the file in errors.

    Raises:
        SourceError: not a whole tar, no samples, two files of one name, labels that are no text.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            rows = _gather(archive, place)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise SourceError(f"a whole tar at {place}", str(error), "Download it again") from error
    if not rows or all(len(row) == 1 for row in rows):
        raise SourceError(
            f"samples in {place}: images beside labels of the same name, 7.jpg and 7.cls",
            f"{len(rows):,} images without" if rows else "no image",
            "Name another table",
        )
    text = write_json_text(json.dumps(rows), place)
    assert text is not None
    return text


def peek_sample_text(path: Path, most: int | None = None) -> str | None:
    """Give the first samples of a tar as the text of a CSV file; none: it is no tar of samples.

    Images are not read.

    Args:
        path: the tar.
        most: samples that are looked at; none: all.
    """
    try:
        with tarfile.open(bring(path), mode="r:") as archive:
            rows = _gather(archive, path.name, most)
        if not any(len(row) > 1 for row in rows):
            return None
        return write_json_text(json.dumps(rows), path.name)
    except (tarfile.TarError, EOFError, OSError, ValueError, SourceError):
        return None


def _gather(
    archive: tarfile.TarFile, place: str, most: int | None = None
) -> list[dict[str, object]]:
    """A row for each sample with an image."""
    stem = archive_stem(place.rpartition("/")[2])
    samples = dict[str, dict[str, object]]()
    for info in archive:
        folder, _, file = info.name.removeprefix("./").rpartition("/")
        key, dot, ending = file.partition(".")
        if not info.isfile() or not dot or not key:
            continue
        if most is not None and f"{folder}/{key}" not in samples and len(samples) >= most:
            break
        row = samples.setdefault(f"{folder}/{key}", {})
        name = f"{stem}/{info.name.removeprefix('./')}"
        image = f".{ending.lower()}".endswith(IMAGE_SUFFIXES)
        data = None if image or info.size > _MAX_BYTES else archive.extractfile(info)
        _add(row, ending, name, data.read() if data is not None else b"\0", place)
    return [row for row in samples.values() if "image" in row]


def _add(row: dict[str, object], ending: str, name: str, data: bytes, place: str) -> None:
    """Take one file of a sample into its row."""
    column, value = ending.lower(), None
    if f".{column}".endswith(IMAGE_SUFFIXES):
        column, value = ("image" if "." not in column and "image" not in row else column), name
    elif b"\0" not in data:
        try:
            value = data.decode("utf-8-sig").strip()
            fields = json.loads(value) if column == "json" else None
        except ValueError as error:
            raise SourceError(f"text in {name} in {place}", str(error), "Fix that file") from error
        if isinstance(fields, dict):
            for key, one in fields.items():
                _put(row, key if key != "image" else "json.image", one, name, place)
            return
    else:
        return  # Arrays, models: no labels.
    _put(row, column, value, name, place)


def _put(row: dict[str, object], column: str, value: object, name: str, place: str) -> None:
    if column in row and row[column] != value:
        raise SourceError(
            f"one {column} a sample in {place}",
            f"two, the second by {name}",
            "Take one of them out",
        )
    row[column] = value
