"""An image inside another file, as a path: ``images.zip#a/b.png``, ``part.parquet#image/17``."""

import re
from pathlib import Path
from typing import NamedTuple

from labelassemble.files.frame_path import FRAME

INSIDE = "#"
"""What stands between a container and what lies in it."""

ARCHIVES = (
    *(".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"),
)  # fmt: skip
"""Extensions of archives of files, in any case of letters."""

HDF5 = (".h5", ".hdf5", ".hdf")
ARRAYS = (".npz", *HDF5)
"""Extensions of files of arrays: what lies in them is ``NAME/ROW``, counted from 0."""

TABLE_SUFFIXES = (".parquet",)
"""Extensions of tables with images in their cells: ``COLUMN/ROW``, counted from 0."""

_PLACE = re.compile(
    rf"(?is)(.*?(?:{'|'.join(map(re.escape, (*ARCHIVES, *ARRAYS, *TABLE_SUFFIXES)))})){INSIDE}(.+)"
)
_ROW = re.compile(r"(?s).+/[0-9]{1,12}")
_ROW_OF_TABLE = re.compile(
    rf"(?is)(.+(?:{'|'.join(map(re.escape, TABLE_SUFFIXES))})){INSIDE}(.+/[0-9]{{1,12}})"
)


class Inside(NamedTuple):
    """Where an image lies inside another file.

    Attributes:
        file: the container: an archive, a file of arrays, a table; a table in an archive as
            ``images.zip#part.parquet``.
        name: of the member of an archive; ``NAME/ROW`` in the others.
    """

    file: Path
    name: str


def find_inside(path: str) -> Inside | None:
    """Take the path of an image inside another file apart; None for any other path.

    The number of a frame (``#frame/3``) is no part of the name.

    >>> find_inside("/data/images.zip#a/b.png")
    Inside(file=PosixPath('/data/images.zip'), name='a/b.png')
    >>> find_inside("/data/cine.tar#a.dcm#frame/2").name, find_inside("/data/a#b.png")
    ('a.dcm', None)
    >>> find_inside("/data/set.zip#part.parquet#image/17")
    Inside(file=PosixPath('/data/set.zip#part.parquet'), name='image/17')
    """
    if INSIDE not in path:  # a hundred thousand times: no expression is tried
        return None
    found = _PLACE.fullmatch(path)
    if found is None:
        return None
    file, name = Path(found[1]), FRAME.sub("", found[2]) or found[2]
    if file.suffix.lower() in (*ARRAYS, *TABLE_SUFFIXES) and not _ROW.fullmatch(name):
        return None
    if is_archive(file.name) and (cell := _ROW_OF_TABLE.fullmatch(name)) is not None:
        return Inside(Path(f"{file}{INSIDE}{cell[1]}"), cell[2])
    return Inside(file, name)


def split_archive(path: str) -> tuple[str, str]:
    """Take the path of a file in an archive apart: the archive and its member; ``""``: in none.

    >>> split_archive("/data/set.zip#a/part.parquet"), split_archive("/data/part.parquet")
    (('/data/set.zip', 'a/part.parquet'), ('/data/part.parquet', ''))
    """
    place = find_inside(path)
    if place is None or not is_archive(place.file.name):
        return path, ""
    return str(place.file), place.name


def split_row(name: str) -> tuple[str, int]:
    """Take the name of an array or a column and the row apart.

    >>> split_row("train_images/17")
    ('train_images', 17)
    """
    array, _, row = name.rpartition("/")
    return array, int(row)


def file_on_disk(path: str) -> str:
    """Give the file that the file system knows: without what lies in it, without a frame.

    >>> file_on_disk("/data/images.zip#a.png"), file_on_disk("/data/cine.dcm#frame/3")
    ('/data/images.zip', '/data/cine.dcm')
    >>> file_on_disk("/data/set.zip#part.parquet#image/17")
    '/data/set.zip'
    """
    place = find_inside(path)
    return split_archive(str(place.file))[0] if place else FRAME.sub("", path)


def is_archive(name: str) -> bool:
    """Whether a file is an archive of files, by its name; a packed table is none.

    >>> is_archive("images_001.TAR.gz"), is_archive("labels.csv.zip"), is_archive("a.nii.gz")
    (True, False, False)
    """
    lower = name.lower()
    return lower.endswith(ARCHIVES) and not _PACKED_TABLE.search(lower)


_PACKED_TABLE = re.compile(r"\.(csv|tsv|txt|tab|dat|json|jsonl|ndjson|parquet|xlsx?|npy|nii)\.zip$")
