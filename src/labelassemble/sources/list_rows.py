"""A source's rows, whatever they stand in: a table, names, or files of another kind."""

from pathlib import Path

from labelassemble.settings import SourceSettings
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.label_files.list_file_rows import list_file_rows
from labelassemble.sources.listed import Listed
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.series_folders import place_series
from labelassemble.sources.study_files import find_study_files
from labelassemble.sources.table_rows import read_table_rows


def list_rows(
    settings: SourceSettings,
    manifest: Manifest,
    files: ImageFolder,
    problems: Problems = AT_ONCE,
    kept: Path | None = None,
) -> Listed:
    """Read a source's rows, whatever they stand in: a table, names, or files of another kind.

    Args:
        settings: of the source.
        manifest: how it is written.
        files: its image files.
        problems: takes what is wrong.
        kept: a file that keeps the headers of DICOM files.

    Raises:
        SourceError: nothing can be read without what is wrong.
        NothingLeftError: the same; the problems say why.
    """
    folder = settings.folder
    if manifest.table is not None and manifest.table.key is not None:
        heads = read_headers(files.list_paths(), kept, manifest.headers.elements)
        studies = find_study_files(files, heads, manifest.headers, problems)
        missing = settings.missing_images
        keyed = read_table_rows(
            folder,
            files,
            manifest,
            manifest.table,
            problems=problems,
            studies=studies,
            missing=missing,
        )
        passed = keyed.studies.passed if keyed.studies else None
        return Listed(keyed.rows, keyed.manifest, keyed.inputs, None, heads, passed)
    if manifest.table is not None:
        plain = read_table_rows(folder, files, manifest, manifest.table, problems=problems)
        table = Listed(plain.rows, plain.manifest, plain.inputs)
        if not manifest.images.series:
            return table
        rows, placed = place_series(table.rows, files)
        return table._replace(rows=rows, files=placed)
    return list_file_rows(folder, manifest, files, problems, kept)
