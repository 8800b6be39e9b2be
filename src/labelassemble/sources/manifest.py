"""How one source writes its labels: a TOML file, no Python.

A table with a list of findings needs this much::

    name = "my_hospital"
    title = "My hospital, 2019 to 2023"
    [table]
    file = "reports.csv"
    image = "image_id"
    patient = "patient_id"
    [labels]
    encoding = "delimited_list"
    column = "findings"
    [scope]
    terms = ["Effusion", "Mass"]
    no_finding = ["No Finding"]

Terms that the vocabulary knows under another name go into ``[terms]``.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.errors import some
from labelassemble.setting_types import Evidence, Settings
from labelassemble.sources.box_table import BoxTable
from labelassemble.sources.encodings.box_rows import BoxRows
from labelassemble.sources.encodings.every_image import EveryImage
from labelassemble.sources.encodings.finding_columns import FindingColumns
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.npz_arrays import NpzArrays, find_npz_terms
from labelassemble.sources.encodings.point_rows import PointRows
from labelassemble.sources.encodings.registry import FileEncoding, LabelEncoding
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.sources.encodings.shape_cells import ShapeCells
from labelassemble.sources.encodings.unlabelled import Unlabelled
from labelassemble.sources.header_rules import HeaderRules
from labelassemble.sources.official_split import OfficialSplit
from labelassemble.sources.overlapping_names import OverlappingNames, OwnNames
from labelassemble.sources.patient_ids import PatientIds
from labelassemble.sources.permits import Permits, read_permits
from labelassemble.sources.published import Published
from labelassemble.sources.recognise import Changes, Recognise
from labelassemble.sources.rows import FACTS
from labelassemble.sources.scope import Scope, Subset
from labelassemble.sources.table_layout import ImageFiles, TableLayout

Fact = Literal["licence", "counts", "layout"]
"""What is said of a source beside its labels: its terms of use, how much it holds (in `notes` and
`published`), and how its files are laid out."""


class Manifest(Settings):
    """Everything that must be said about a source to read it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
    """Short name: lower case, digits, ``_`` and ``-``."""
    extends: str = ""
    """Name of the built-in manifest all of whose keys are taken over; those that stand beside it
    replace or add to them. It is a relative of whatever the built-in one is a relative of."""
    title: str = ""
    """Name as people write it."""
    form: str = ""
    """What one of `[[variants]]` is called: ``as on Kaggle``. It is reported, and decides
    nothing."""
    modality: str = ""
    """Such as ``X-ray``."""
    region: str = ""
    """Body region, such as ``chest``."""
    vocabulary: str = ""
    """The vocabulary that has its classes, where a command or a recipe names none: a built-in name,
    or the path of a TOML file from the manifest's folder. Blank: the one of the sources beside it,
    else ``chest_radiograph``."""
    licence: str = ""
    """Under which terms the data may be used."""
    permits: Permits = Permits()
    """What these terms permit, where `licence` is more than the name of a standard one:
    ``permits = { commercial = false, sharing = false }``."""
    citation: str = ""
    """What to cite."""
    url: str = ""
    """Where it is described."""
    references: dict[Fact, str] = Field(default={})
    """Where the licence, the counts and the layout were looked up: an address or a DOI of each."""
    unverified: tuple[Fact, ...] = ()
    """What of these stands from memory: nobody has seen it said, at its reference or elsewhere."""
    download: str = ""
    """How to get it, and which files to put into the source's folder."""
    notes: str = ""
    """What to know before trusting the labels; decisions that this manifest takes."""
    evidence: Evidence = "unstated"
    """Where assessments come from, the strongest first: laboratory (a test of the patient),
    consensus (several readers of the image settled on one answer), radiologist (readers of the
    image), report (a person read the report), text_mining (a program read it), model, unstated."""
    table: TableLayout | None = None
    """The table; none: the images in the folder are the rows."""
    labels: LabelEncoding = Unlabelled()
    """How labels are written; none: there are no labels."""
    scope: Scope = Scope()
    """What was looked for."""
    subsets: tuple[Subset, ...] = ()
    """Parts of the source that were labelled otherwise than the rest."""
    terms: dict[str, str] = Field(default={})
    """The source's term to a class of the vocabulary, where the vocabulary does not know the term;
    an empty class sets the term aside without a report."""
    boxes: BoxTable | None = None
    """A table of boxes beside the labels."""
    images: ImageFiles = ImageFiles()
    """Where the images lie."""
    headers: HeaderRules = HeaderRules()
    """Which DICOM files count as images, by what their headers say."""
    patient_ids: PatientIds | None = None
    """When two ids are one patient's. as_written: when they are the same text. loose: case, spaces,
    leading zeros and ``.0`` do not count (``7``, ``007`` and ``7.0`` are one, ``P7`` is another).
    number: nor do letters before the number (``P7`` is one with ``7``). None: as written, and ids
    that differ in such a way only are reported."""
    split: OfficialSplit = OfficialSplit()
    """The published split."""
    published: Published | None = None
    """How much was published: what a copy is compared with; none: nobody verified any numbers."""
    overlaps: tuple[OverlappingNames, ...] = ()
    """Sources that have some of the same images or patients, and whether names tell which."""
    own_names: OwnNames | None = None
    """How names become the same in every copy of this source; none: two copies in one recipe are
    joined by their pixels and fingerprints alone."""
    recognise: Recognise | None = None
    """How it is recognised where its files go by other names; none: only by the names that stand
    here. Built-in manifests are always looked for."""
    variants: tuple[Changes, ...] = ()
    """Other forms in which it circulates, each as the keys that are written otherwise there. The
    form whose files and columns are there is read."""

    @property
    def kin_names(self) -> frozenset[str]:
        """Names under which other manifests may speak of this source: its own, and whose it is."""
        return frozenset({self.name, self.extends} - {""})

    @property
    def facts(self) -> tuple[OverlappingNames, ...]:
        """What is known of its kinship, to copies of it and to others."""
        own = self.own_names.list_facts(self.extends or self.name) if self.own_names else ()
        return (*own, *self.overlaps)

    @property
    def permitted(self) -> Permits:
        """What the terms permit: as `permits` says, else as a standard licence does."""
        said = self.permits.model_dump(exclude_none=True)
        return read_permits(self.licence).model_copy(update=said)

    @property
    def looked_for(self) -> tuple[str, ...]:
        """The terms that the source looked for: its columns, its boxes' finding, or its scope."""
        return self.scope.terms or own_scope(self.labels, self.scope)

    @model_validator(mode="after")
    def _fits_together(self) -> "Manifest":
        problems = find_contradictions(self)
        if problems:
            raise ValueError("; ".join(problems))
        return self


def own_scope(labels: LabelEncoding, scope: Scope) -> tuple[str, ...]:
    """Give the terms that an encoding says by itself were looked for; none where it cannot."""
    match labels:
        case FindingColumns(columns=columns):
            return tuple(name for name in columns if name not in scope.no_finding)
        case BoxRows(term=str(term)) | PointRows(term=str(term)) | ShapeCells(term=str(term)):
            return (term,)
        case RunLengthRows(term=term):
            return (term,)
        case EveryImage():
            return labels.terms
        case NpzArrays():
            return find_npz_terms(labels, scope)
        case MaskValues(masks=masks, values=values):
            return tuple(masks) or tuple(dict.fromkeys(term for term in values.values() if term))
        case _:
            return ()


def find_contradictions(manifest: Manifest) -> list[str]:
    """Say what in a manifest does not fit together; nothing: all of it does.

    A scope is stated, not guessed: encodings of words need `scope.terms`, while columns, boxes and
    voxel values are their own scope.
    """
    labels, scope, table = manifest.labels, manifest.scope, manifest.table
    own = own_scope(labels, scope)
    key = (table and table.key) or {}
    by_file = isinstance(labels, FileEncoding)
    closed = isinstance(labels, FindingColumns | RunLengthRows | EveryImage | Unlabelled) or (
        isinstance(labels, BoxRows | PointRows | ShapeCells) and labels.term is not None
    )
    needs_scope = not closed and not isinstance(labels, MaskValues | NpzArrays)
    columns = labels.columns if isinstance(labels, FindingColumns) else ()
    known = {*scope.terms, *scope.positive_only, *scope.no_finding, *columns, *own}
    words = [*scope.terms, *scope.positive_only, *scope.no_finding, *scope.ignore]
    words += scope.uncertain
    twice = sorted({word for word in words if words.count(word) > 1})
    limits = [*scope.rules_out_only.items(), *scope.rules_out_except.items()]
    strange = [word for word, _ in limits if word not in {*known, *words}]
    strange += [term for terms in scope.uncertain.values() for term in terms if term not in known]
    told = [*(terms for _, terms in limits), *scope.by_reader.values()]
    told += [subset.terms for subset in manifest.subsets if subset.terms is not None]
    open_scope = isinstance(labels, MaskValues) and labels.dataset is not None
    lost = [term for terms in told for term in terms if term not in known and not open_scope]
    marks = [name for subset in manifest.subsets for name in subset.where if name not in FACTS]
    problems = {
        f"encoding {labels.encoding!r} needs a [table]": table is None
        and not by_file
        and not isinstance(labels, EveryImage | Unlabelled),
        f"encoding {labels.encoding!r} reads its own files: leave [table] out": table is not None
        and by_file,
        "split.column needs a [table]": table is None and manifest.split.column is not None,
        f"subsets: without a [table] there is no column {marks[0] if marks else ''!r}; known: "
        f"{', '.join(FACTS)}": table is None and bool(marks),
        "[boxes] names images, and the table has a key instead (table.key)": bool(key)
        and manifest.boxes is not None,
        f"{labels.encoding} says where findings lie: table.key has to be SOPInstanceUID": (
            isinstance(labels, BoxRows | RunLengthRows)
            and bool(key)
            and "SOPInstanceUID" not in key
        ),
        "give one of split.lists, split.column and split.files": sum(
            map(bool, (manifest.split.lists, manifest.split.column, manifest.split.files))
        )
        > 1,
        "split.test_from and split.validate_from stand instead of lists, column and files": bool(
            manifest.split.lists or manifest.split.column or manifest.split.files
        )
        and manifest.split.by_date,
        "scope.terms is missing: say what was looked for": needs_scope
        and not scope.terms
        and not scope.positive_only,
        f"leave scope.terms out: {labels.encoding!r} says by itself what was looked for": closed
        and bool(scope.terms),
        f"scope: {some(map(repr, twice))} in two lists": bool(twice),
        f"scope or subsets speak of {some(map(repr, [*strange, *lost]))}, which is no term of the "
        "scope": bool(strange or lost),
        "leave scope.uncertain out: labels.values says what is uncertain": isinstance(
            labels, FindingColumns
        )
        and bool(scope.uncertain),
        "scope.by_reader needs table.reader": bool(scope.by_reader)
        and (table is None or table.reader is None),
        "scope.no_finding names columns that labels.columns does not hold": isinstance(
            labels, FindingColumns
        )
        and not set(scope.no_finding) <= set(columns),
    }
    return [problem for problem, holds in problems.items() if holds]
