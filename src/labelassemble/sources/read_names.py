"""A list of names, one a line."""

import hashlib
from pathlib import Path

import polars as pl

from labelassemble.errors import SourceError
from labelassemble.files.inside_path import find_inside
from labelassemble.sources.archives.archive_tree import name_below
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.table_bytes import decode_names


def read_names(folder: Path, name: str) -> tuple[pl.Series, InputFile]:
    """Read a list of names, one a line, without blank lines and the spaces around names.

    Raises:
        SourceError: no such file, not text, or no names in it.
    """
    (path,) = find_files(folder, (name,))
    content = read_bytes(path)
    names = decode_names(content, str(path))
    if names.is_empty():
        raise SourceError(f"names in {path}", "an empty file", "Check that the file is whole")
    inside = path.is_relative_to(folder) or find_inside(str(path))
    return names, InputFile(
        path=name_below(path, folder) if inside else path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        rows=len(names),
    )
