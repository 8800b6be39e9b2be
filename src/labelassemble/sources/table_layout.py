"""Where a source's rows stand, and which column holds what."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Names, Settings
from labelassemble.sources.read_dates import DateOrder
from labelassemble.sources.regular_expression import RegularExpression
from labelassemble.sources.study_key import Key


class JoinedTable(Settings):
    """A further table with columns of the same rows: labels by study beside images, say."""

    file: Names
    """As `table.file`."""
    on: Names
    """Columns that both tables have under this name, which say which rows belong together."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """As `table.separator`."""
    sheet: str | None = None
    """As `table.sheet`."""
    needed: bool = True
    """Rows that it does not hold are left out, and listed (true), or stay with blank cells."""


class TableLayout(Settings):
    """Where a source's rows stand, and which column holds what."""

    file: Names | None = None
    """Name below the source's folder, a pattern such as ``labels_*.csv``, or a list of these; files
    of the same columns are read as one. A file that is called just so comes before what a pattern
    finds. CSV, TSV, Parquet, JSON lines or a workbook (``.xlsx``); each may also be there as
    ``.gz`` or ``.zip``."""
    names: RegularExpression | None = None
    """Instead of `file`: a regular expression that matches the whole path of an image file; its
    named groups are columns, and the path is the column ``image``. Files that it does not match
    are left out, and listed."""
    header: tuple[str, ...] = ()
    """Names of the columns, where the file has no header."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """What stands between two columns; none: a tab in ``.tsv`` and ``.tab``
    files, else a comma."""
    sheet: str | None = None
    """Sheet of a workbook; none: the first that is not empty."""
    renamed: dict[str, Names] = Field(default={})
    """Column to what the files call it, where it is not spelled as here: ``{ age = "Age (y)" }``.
    For joined tables too; columns that are findings keep the name that stands here."""
    may_lack: tuple[str, ...] = ()
    """Columns that some of the files, or all, do not have; blank there."""
    join: tuple[JoinedTable, ...] = ()
    """Further tables with columns of the same rows."""
    image: str = "image"
    """Column that names the image. Its file is found by stem, whatever the extension; where several
    files have that name, in the folder that is called as the table's part of the split is
    (``train.csv``, ``train/``), or that lies beside or is called as each of several tables. One
    frame or page of several: ``cine.dcm#frame/3``, counted from 1 (docs/images.md)."""
    key: Key | None = None
    """Instead of `image`, where labels are of studies: an element of the DICOM headers, whose
    column has its name (``"AccessionNumber"``), or elements to columns (``{PatientID = "mrn",
    StudyDate = "exam date"}``). AccessionNumber, StudyInstanceUID, SeriesInstanceUID,
    SOPInstanceUID, PatientID, IssuerOfPatientID, StudyDate. A row's labels count for all images
    whose header has its key and that `headers` keeps; images are called by their paths."""
    key_ids: Literal["as_written", "loose"] = "as_written"
    """When ids of `key` are the same: when they are the same text, or (loose) whatever their case,
    spaces, leading zeros and ``.0``."""
    several_studies: bool = False
    """Whether one key may stand for several studies of a patient, to all of which its labels apply;
    else that is an error."""
    date: str | None = None
    """Column with the date of the study, for `split.test_from`; none: the header's."""
    date_order: DateOrder | None = None
    """day_first or month_first: which number of ``03/04/2024`` is the day; none: as other dates of
    the column show, and where none does, it is an error."""
    patient: str | None = None
    """Column that names the patient; none: unknown, unless `patient_pattern` finds it."""
    patient_pattern: RegularExpression | None = None
    """Regular expression with a group ``patient``, searched in the column `patient`, or in the
    image's name where there is no such column."""
    view: str | None = None
    """Column with the view (PA, AP, ...)."""
    age: str | None = None
    """Column with the age: years, ``90+``, ``>89``, ``6 months``, or DICOM's ``058Y``, ``006M``."""
    sex: str | None = None
    """Column with the sex: F, M, female, male; other words need `sex_values`."""
    sex_values: dict[str, Literal["F", "M", ""]] = Field(default={})
    """Word to F, M or nothing, for words other than those."""
    reader: str | None = None
    """Column with who read the image, where several did: rows of one image may then differ."""
    every_image: bool = False
    """Image files that no row names are rows too, with blank cells: what a blank says, the labels
    and the scope tell. For tables that list only images with findings."""
    keep: dict[str, Names] = Field(default={})
    """Column to the values whose rows are kept; the other rows are listed as left out."""

    @model_validator(mode="after")
    def _fits(self) -> "TableLayout":
        if (self.file is None) == (self.names is None):
            raise ValueError("give file (a table) or names (taken from image files), one of both")
        if self.key is not None and (self.file is None or self.image != "image"):
            raise ValueError("key needs file, and stands instead of image and names")
        pattern = self.patient_pattern
        if pattern is not None and "patient" not in re.compile(pattern).groupindex:
            raise ValueError("patient_pattern needs a group (?P<patient>...)")
        return self

    @property
    def naming(self) -> dict[str, str]:
        """Columns that say of which images a row is, each with the key that names it."""
        if self.key is None:
            return {self.image: "table.image"}
        return dict.fromkeys(self.key.values(), "table.key")


class ImageFiles(Settings):
    """Where a source's images lie."""

    folder: str = "."
    """Folder below the source's folder; the recipe's `images` overrules it."""
    glob: str | None = None
    """Pattern of the files that are images, such as ``**/*_frontal.jpg``; none: every file at any
    depth with the extension of an image, and DICOM files without one."""
    copies: tuple[str, ...] = ()
    """Folders or files below `folder` that hold images a second time, or masks of the images'
    names: not looked into. ``**/masks``: at any depth."""
    named: RegularExpression | None = None
    """Regular expression over an image's whole path below `folder`, whose groups, joined by ``_``,
    are the name by which tables call it: ``(?:.*/)?([^/]+)/([^/]+)`` for ``a/1.png`` that a table
    calls ``a_1.png``. Files that it does not match keep their own, and come after those that it
    matches."""
    series: bool = False
    """Each DICOM series is one image, a volume, which tables call by its SeriesInstanceUID. Where
    it lies is asked of two headers a folder: the slices of one series lie in one folder."""
    others: tuple[str, ...] = ()
    """Folders below `folder` that hold other data: not looked into."""
    sequence: RegularExpression | None = None
    """Regular expression with a group ``sequence``, searched in the name of each image: images of
    the same sequence are frames of one video (or slices of one stack) and stay on one side of the
    split. None: names of images without a patient that say so, such as ``case12_frame003.png`` or
    ``video1_0001.jpg``."""

    @model_validator(mode="after")
    def _has_sequence(self) -> "ImageFiles":
        pattern = self.sequence
        if pattern is not None and "sequence" not in re.compile(pattern).groupindex:
            raise ValueError("sequence needs a group (?P<sequence>...)")
        return self
