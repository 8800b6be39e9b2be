"""Files of a source that need not be there."""

from collections.abc import Iterable
from pathlib import Path

from labelassemble.errors import SourceError
from labelassemble.sources.find_files import find_files


def any_there(folder: Path, names: Iterable[str]) -> bool:
    """Whether one of these names or patterns has a file, plain or packed.

    Args:
        folder: the source's folder; where there is none, there is no file.
        names: as a manifest writes them: ``boxes.csv``, ``annotations_*.csv``.
    """
    for name in names:
        try:
            find_files(folder, (name,))
        except SourceError:
            continue
        return True
    return False
