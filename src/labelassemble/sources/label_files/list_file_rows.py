"""Rows of a source without a table: names of images, or files of another kind."""

from pathlib import Path

import polars as pl

from labelassemble.errors import SourceError
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.encodings.box_files import BoxFiles
from labelassemble.sources.encodings.coco_json import CocoJson
from labelassemble.sources.encodings.dicom_annotations import DicomAnnotations
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.encodings.json_list import JsonList
from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.npz_arrays import NpzArrays
from labelassemble.sources.encodings.xml_terms import XmlTerms
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.label_files.read_box_files import read_box_files
from labelassemble.sources.label_files.read_coco import read_coco
from labelassemble.sources.label_files.read_dicom_annotations import read_dicom_annotations
from labelassemble.sources.label_files.read_json_list import read_json_list
from labelassemble.sources.label_files.read_lidc import read_lidc
from labelassemble.sources.label_files.read_npz import read_npz
from labelassemble.sources.label_files.read_xml import read_xml
from labelassemble.sources.listed import Listed
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_table import list_objects
from labelassemble.sources.match_image_files import MatchedFiles
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.series_folders import list_series, place_series
from labelassemble.sources.statements.folder_names import read_folder_names
from labelassemble.sources.statements.mask_values import list_cases
from labelassemble.sources.statements.unlabelled import list_unlabelled
from labelassemble.sources.tell_packed import tell_packed


def list_file_rows(
    folder: Path,
    manifest: Manifest,
    files: ImageFolder,
    problems: Problems = AT_ONCE,
    kept: Path | None = None,
) -> Listed:
    """Read the rows of a source without a table: names of images, or files of another kind.

    Args:
        folder: the source's.
        manifest: how it is written.
        files: its image files.
        problems: takes what is wrong.
        kept: a file that keeps the headers of DICOM files.

    Raises:
        SourceError: nothing can be read without what is wrong.
        NothingLeftError: the same; the problems say why.
    """
    labels = manifest.labels
    match labels:
        case CocoJson():
            rows, inputs = read_coco(folder, labels, problems)
            return Listed(rows, manifest, inputs)
        case JsonList():
            rows, inputs = read_json_list(folder, labels, problems)
            return Listed(rows, manifest, inputs)
        case BoxFiles():
            lists = manifest.split.lists.values()
            said = read_box_files(folder, labels, files, [*lists], problems)
            return Listed(said.rows, manifest, said.inputs, said.files)
        case LidcXml():
            rows, inputs = read_lidc(folder, labels, problems)
            rows, placed = place_series(rows, files)
            return Listed(rows, manifest, inputs, placed)
        case XmlTerms():
            rows, inputs = read_xml(folder, labels)
            return Listed(rows, manifest, inputs)
        case NpzArrays():
            rows, path, inputs = read_npz(folder, labels)
            # Sorted as the rows will be.
            path = path[rows.facts["image"].arg_sort()]
            doubt = pl.Series("doubt", [None] * len(path), dtype=pl.String)
            return Listed(rows, manifest, inputs, MatchedFiles(path, doubt))
    if files.names.is_empty():
        raise SourceError(
            f"image files below {files.folder}",
            ("none" if is_folder_or_archive(files.folder) else "no such folder")
            + tell_packed(files),
            f"Check the folder; files count by {manifest.images.glob or ', '.join(IMAGE_SUFFIXES)}",
        )
    match labels:
        case DicomAnnotations():
            read = read_dicom_annotations(folder, files, labels, manifest.scope, problems, kept)
            pieces = list_objects(read.items)
            return Listed(read.rows, manifest, read.inputs, read.files, pieces=pieces)
        case FolderNames():
            rows = read_folder_names(files.names, labels, problems)
        case MaskValues():
            rows = list_cases(files.names, labels)
        case _ if manifest.images.series:
            rows, placed = list_series(files)
            return Listed(rows, manifest, (files.describe(),), placed)
        case _:
            rows = list_unlabelled(files.names)
    return Listed(rows, manifest, (files.describe(),))
