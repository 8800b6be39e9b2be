"""Files and folders in, the DICOM files among them out."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from labelassemble.files.dicom_index import is_dicom_index
from labelassemble.files.is_dicom import DICOM_SUFFIXES, is_dicom


def find_objects(studies: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Find DICOM files, in the order of their names.

    Args:
        studies: files, and folders that are looked through at any depth.

    Yields:
        A file, and whether it was named itself. Of a folder's files those that are no DICOM, and
        its DICOMDIR, are passed over.
    """
    for study in studies:
        if not study.is_dir():
            yield study, True
            continue
        for path in sorted(study.rglob("*")):
            # By its name too: one that is damaged from its first byte on is told, not passed over.
            named = path.suffix.lower() in DICOM_SUFFIXES
            if path.is_file() and not is_dicom_index(path.name) and (named or is_dicom(path)):
                yield path, False
