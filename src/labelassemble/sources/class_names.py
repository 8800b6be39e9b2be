"""The names of classes that files call by number: a YAML file, or a name a line."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from labelassemble.errors import SourceError, some
from labelassemble.sources.archives.archive_tree import name_below
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.table_bytes import decode_text

YAML = (".yaml", ".yml")


class ClassNames(NamedTuple):
    """Names of classes, in the order of their numbers.

    Attributes:
        names: as written; blank: a number without a name.
        points: whether key points follow each box (``kpt_shape``).
    """

    names: tuple[str, ...]
    points: bool = False


def read_names_file(folder: Path, name: str) -> tuple[ClassNames, InputFile]:
    """Read the names of classes.

    Args:
        folder: the source's folder.
        name: of the file below it: YAML with the key ``names`` (a list, or number to name), or
            text with a name a line.

    Raises:
        SourceError: no such file, no YAML, no names in it.
    """
    (path,) = find_files(folder, (name,))
    content = read_bytes(path)
    place = name_below(path, folder)
    text = decode_text(content, place)
    found = parse_class_names(text, place)
    digest = hashlib.sha256(content).hexdigest()
    return found, InputFile(place, digest, len(content), 0)


def parse_class_names(text: str, place: str) -> ClassNames:
    """Read the names of classes from the text of a file.

    Args:
        text: as `read_class_names` says.
        place: the file's name; its extension says which of both it is.

    >>> parse_class_names("names: {1: Edema, 0: Mass}", "data.yaml").names
    ('Mass', 'Edema')
    >>> parse_class_names("Mass\\n\\nEdema\\n", "classes.txt").names
    ('Mass', 'Edema')
    """
    if not place.lower().endswith(YAML):
        names = [line.strip() for line in text.splitlines() if line.strip()]
        if not names:
            raise SourceError(f"a name a line in {place}", "none", "Is the file whole?")
        return ClassNames(tuple(names))
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise SourceError(f"YAML in {place}", said, "Fix it, or write labels.names") from error
    written = found.get("names") if isinstance(found, dict) else None
    names = _order(written, place)
    count = found.get("nc") if isinstance(found, dict) else None
    if isinstance(count, int) and count != len(names):
        raise SourceError(
            f"as many names in {place} as nc says: {count}",
            f"{len(names)}: {some(names, 5)}",
            "Correct nc or names",
        )
    return ClassNames(tuple(names), isinstance(found, dict) and "kpt_shape" in found)


def _order(written: Any, place: str) -> list[str]:
    if isinstance(written, list) and written:
        return [str(one).strip() for one in written]
    numbered = isinstance(written, dict) and written
    if numbered and all(isinstance(one, int) and one >= 0 for one in written):
        return [str(written.get(number, "")).strip() for number in range(max(written) + 1)]
    raise SourceError(
        f"names of classes in {place}: a list, or number to name, under the key names",
        "no such key" if written is None else type(written).__name__,
        "Name another file in labels.names_file, or write labels.names",
    )
