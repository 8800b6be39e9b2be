"""The ways in which sources write labels: one file each, and here the list of them."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from labelassemble.sources.assessments import Statements
from labelassemble.sources.encodings.box_files import (
    BoxFiles,
    gather_box_files,
    state_box_files,
)
from labelassemble.sources.encodings.box_rows import BoxRows, gather_box_rows, state_box_rows
from labelassemble.sources.encodings.box_strings import (
    BoxStrings,
    gather_box_strings,
    state_box_strings,
)
from labelassemble.sources.encodings.class_column import ClassColumn, state_class_column
from labelassemble.sources.encodings.coco_json import CocoJson, gather_coco, state_coco
from labelassemble.sources.encodings.delimited_list import DelimitedList, state_delimited_list
from labelassemble.sources.encodings.dicom_annotations import (
    DicomAnnotations,
    gather_dicom,
    state_dicom,
)
from labelassemble.sources.encodings.every_image import EveryImage, state_every_image
from labelassemble.sources.encodings.finding_columns import FindingColumns, state_finding_columns
from labelassemble.sources.encodings.finding_rows import (
    FindingRows,
    gather_finding_rows,
    state_finding_rows,
)
from labelassemble.sources.encodings.folder_names import FolderNames, state_folder_names
from labelassemble.sources.encodings.json_list import (
    JsonList,
    gather_json_list,
    state_json_list,
)
from labelassemble.sources.encodings.lidc_xml import LidcXml, gather_lidc, state_lidc
from labelassemble.sources.encodings.list_literal import ListLiteral, state_list_literal
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.npz_arrays import NpzArrays, state_npz
from labelassemble.sources.encodings.point_rows import (
    PointRows,
    gather_point_rows,
    state_point_rows,
)
from labelassemble.sources.encodings.run_length_rows import (
    RunLengthRows,
    gather_run_lengths,
    state_run_lengths,
)
from labelassemble.sources.encodings.shape_cells import (
    ShapeCells,
    gather_shape_cells,
    state_shape_cells,
)
from labelassemble.sources.encodings.unlabelled import Unlabelled, state_nothing
from labelassemble.sources.encodings.xml_terms import XmlTerms, state_xml
from labelassemble.sources.problems import Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope

TableEncoding = (
    DelimitedList
    | ListLiteral
    | FindingColumns
    | ClassColumn
    | FindingRows
    | BoxRows
    | BoxStrings
    | PointRows
    | ShapeCells
    | RunLengthRows
)
"""Labels in the columns of a table."""

FileEncoding = (
    FolderNames
    | XmlTerms
    | NpzArrays
    | MaskValues
    | CocoJson
    | JsonList
    | BoxFiles
    | DicomAnnotations
    | LidcXml
)
"""Labels in names or in files of other kinds: there is no table."""

LabelEncoding = Annotated[
    DelimitedList
    | ListLiteral
    | FindingColumns
    | ClassColumn
    | FindingRows
    | BoxRows
    | BoxStrings
    | PointRows
    | ShapeCells
    | RunLengthRows
    | FolderNames
    | XmlTerms
    | NpzArrays
    | MaskValues
    | CocoJson
    | JsonList
    | BoxFiles
    | DicomAnnotations
    | LidcXml
    | EveryImage
    | Unlabelled,
    Field(discriminator="encoding"),
]
"""A further way of writing labels is a further file, and a line here."""

GATHER: dict[type, Callable[[Rows, Any, Problems], Rows]] = {
    FindingRows: gather_finding_rows,
    BoxRows: gather_box_rows,
    BoxStrings: gather_box_strings,
    PointRows: gather_point_rows,
    ShapeCells: gather_shape_cells,
    RunLengthRows: gather_run_lengths,
    CocoJson: gather_coco,
    JsonList: gather_json_list,
    BoxFiles: gather_box_files,
    DicomAnnotations: gather_dicom,
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
