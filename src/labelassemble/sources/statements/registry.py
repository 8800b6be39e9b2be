"""What the rows of each encoding mean: the list of functions."""

from collections.abc import Callable
from typing import Any

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.box_files import BoxFiles
from labelassemble.sources.encodings.box_rows import BoxRows
from labelassemble.sources.encodings.box_strings import BoxStrings
from labelassemble.sources.encodings.class_column import ClassColumn
from labelassemble.sources.encodings.coco_json import CocoJson
from labelassemble.sources.encodings.delimited_list import DelimitedList
from labelassemble.sources.encodings.dicom_annotations import DicomAnnotations
from labelassemble.sources.encodings.every_image import EveryImage
from labelassemble.sources.encodings.finding_columns import FindingColumns
from labelassemble.sources.encodings.finding_rows import FindingRows
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.encodings.json_list import JsonList
from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.encodings.list_literal import ListLiteral
from labelassemble.sources.encodings.npz_arrays import NpzArrays
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.sources.encodings.shape_cells import ShapeCells
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.encodings.xml_terms import XmlTerms
from labelassemble.sources.gather_rows import gather_listed
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.statements.box_files import state_box_files
from labelassemble.sources.statements.box_rows import gather_box_rows, state_box_rows
from labelassemble.sources.statements.box_strings import gather_box_strings, state_box_strings
from labelassemble.sources.statements.class_column import state_class_column
from labelassemble.sources.statements.coco_json import state_coco
from labelassemble.sources.statements.delimited_list import state_delimited_list
from labelassemble.sources.statements.dicom_annotations import state_dicom
from labelassemble.sources.statements.every_image import state_every_image
from labelassemble.sources.statements.finding_columns import state_finding_columns
from labelassemble.sources.statements.finding_rows import gather_finding_rows, state_finding_rows
from labelassemble.sources.statements.folder_names import state_folder_names
from labelassemble.sources.statements.json_list import state_json_list
from labelassemble.sources.statements.lidc_xml import gather_lidc, state_lidc
from labelassemble.sources.statements.list_literal import state_list_literal
from labelassemble.sources.statements.npz_arrays import state_npz
from labelassemble.sources.statements.point_rows import gather_point_rows, state_point_rows
from labelassemble.sources.statements.run_length_rows import gather_run_lengths, state_run_lengths
from labelassemble.sources.statements.shape_cells import gather_shape_cells, state_shape_cells
from labelassemble.sources.statements.unlabelled import state_nothing
from labelassemble.sources.statements.xml_terms import state_xml

GATHER: dict[type, Callable[[Rows, Any, Problems], Rows]] = {
    FindingRows: gather_finding_rows,
    BoxRows: gather_box_rows,
    BoxStrings: gather_box_strings,
    PointRows: gather_point_rows,
    ShapeCells: gather_shape_cells,
    RunLengthRows: gather_run_lengths,
    CocoJson: gather_listed,
    JsonList: gather_listed,
    BoxFiles: gather_listed,
    DicomAnnotations: gather_listed,
    LidcXml: gather_lidc,
}
"""Encodings of several rows an image: how these come together."""


STATE: dict[type, Callable[[Rows, Any, Scope, Problems], Statements]] = {
    DelimitedList: state_delimited_list,
    ListLiteral: state_list_literal,
    FindingColumns: state_finding_columns,
    ClassColumn: state_class_column,
    FindingRows: state_finding_rows,
    BoxRows: state_box_rows,
    BoxStrings: state_box_strings,
    PointRows: state_point_rows,
    ShapeCells: state_shape_cells,
    RunLengthRows: state_run_lengths,
    FolderNames: state_folder_names,
    XmlTerms: state_xml,
    NpzArrays: state_npz,
    CocoJson: state_coco,
    JsonList: state_json_list,
    BoxFiles: state_box_files,
    DicomAnnotations: state_dicom,
    LidcXml: state_lidc,
    EveryImage: state_every_image,
    Unlabelled: state_nothing,
}
"""What rows mean. Masks are not in it: they have to be opened (`mask_values.state_masks`)."""
