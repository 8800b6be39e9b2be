"""A file that is a source by itself, given where a folder is expected: a folder of it alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from labelassemble.files.inside_path import ARRAYS, TABLE_SUFFIXES
from labelassemble.sources.sample_tar import peek_sample_text


@contextmanager
def hold_alone(path: Path) -> Iterator[Path]:
    """Give a folder for a path: itself, or one that holds a link to this file alone.

    Files that are sources by themselves: Parquet, arrays (npz, HDF5), and tars of samples.

    Args:
        path: of a folder, an archive, or such a file; anything else comes out as it is.
    """
    if not is_lone_source(path):
        yield path
        return
    with TemporaryDirectory() as place:
        folder = Path(place) / path.stem
        folder.mkdir()
        (folder / path.name).symlink_to(path.absolute())
        yield folder


def is_lone_source(path: Path) -> bool:
    """Whether a path is a file that is a source by itself."""
    ending = path.suffix.lower()
    if not path.is_file() or ending not in (*ARRAYS, *TABLE_SUFFIXES, ".tar"):
        return False
    return ending != ".tar" or peek_sample_text(path, 20) is not None
