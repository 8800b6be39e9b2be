"""The ways in which sources write labels: one file each, and here the list of them."""

from typing import Annotated

from pydantic import Field

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
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.npz_arrays import NpzArrays
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.sources.encodings.shape_cells import ShapeCells
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.encodings.xml_terms import XmlTerms

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
    TableEncoding | FileEncoding | EveryImage | Unlabelled,
    Field(discriminator="encoding"),
]
"""A further way of writing labels is a further file, and a line here."""
