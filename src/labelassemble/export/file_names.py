"""Names of files for records: letters, digits and ``_`` alone, each its own."""

import re
from collections.abc import Iterable


def name_files(records: Iterable[str]) -> dict[str, str]:
    """Give each record a name that every file system and program takes.

    Args:
        records: names of records, ``source/image``; each once.

    Returns:
        Record to name; records whose names would be equal, on any system, are numbered.

    >>> name_files(["a/1.png", "a/1_png", "A/1.PNG"])
    {'a/1.png': 'a_1_png', 'a/1_png': 'a_1_png_2', 'A/1.PNG': 'A_1_PNG_3'}
    """
    taken: set[str] = set()
    count: dict[str, int] = {}
    names = {}
    for record in records:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", record).strip("_") or "image"
        name = plain
        while name.lower() in taken:
            count[plain.lower()] = count.get(plain.lower(), 1) + 1
            name = f"{plain}_{count[plain.lower()]}"
        taken.add(name.lower())
        names[record] = name
    return names
