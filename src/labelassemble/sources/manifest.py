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

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from labelassemble.errors import SourceError, some, unknown_name
from labelassemble.settings import Settings
from labelassemble.sources.box_rows import BoxRows
from labelassemble.sources.class_column import ClassColumn
from labelassemble.sources.delimited_list import DelimitedList
from labelassemble.sources.finding_columns import FindingColumns
from labelassemble.sources.folder_names import FolderNames, RegularExpression
from labelassemble.sources.scope import Scope
from labelassemble.sources.unlabelled import Unlabelled

SplitName = Literal["train", "validate", "test"]


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)]


class TableLayout(Settings):
    """Where a source's rows stand, and which column holds what."""

    file: Names
    """Name below the source's folder, a pattern such as ``labels_*.csv``, or a list of these; files
    of the same columns are read as one. CSV or TSV; each may also be there as ``.gz`` or
    ``.zip``."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """What stands between two columns; none: a tab in ``.tsv`` files, else a comma."""
    image: str
    """Column that names the image. Its file is found by stem, whatever the extension."""
    patient: str | None = None
    """Column that names the patient; none: unknown, unless `patient_pattern` finds it."""
    patient_pattern: RegularExpression | None = None
    """Regular expression with a group ``patient``, searched in the column `patient`, or in the
    image's name where there is no such column."""
    view: str | None = None
    """Column with the view (PA, AP, ...)."""
    age: str | None = None
    """Column with the age: years, or DICOM's ``058Y``, ``006M``."""
    sex: str | None = None
    """Column with the sex: F, M, female, male; other words need `sex_values`."""
    sex_values: dict[str, Literal["F", "M", ""]] = Field(default={})
    """Word to F, M or nothing, for words other than those."""
    keep: dict[str, tuple[str, ...]] = Field(default={})
    """Column to the values whose rows are kept; the other rows are listed as left out."""


class ImageFiles(Settings):
    """Where a source's images lie."""

    folder: str = "."
    """Folder below the source's folder; the recipe's `images` overrules it."""
    glob: str | None = None
    """Pattern of the files that are images, such as ``**/*_frontal.jpg``; none: every file at any
    depth with the extension of an image."""


class OfficialSplit(Settings):
    """The split that the source published, if any: lists, or a column, or a named group."""

    lists: dict[SplitName, str] = Field(default={})
    """train, validate or test to a file of image names, one a line (also ``.gz``)."""
    column: str | None = None
    """Column that says it."""
    values: dict[str, SplitName | Literal[""]] = Field(
        default={"train": "train", "validate": "validate", "test": "test"}
    )
    """Value of the column, or of the group ``split`` in file names, to train, validate, test or
    nothing."""


LabelEncoding = Annotated[
    DelimitedList | FindingColumns | ClassColumn | FolderNames | BoxRows | Unlabelled,
    Field(discriminator="encoding"),
]
"""One member a file of `sources/`; a further way of writing labels is a further file."""


class Manifest(Settings):
    """Everything that must be said about a source to read it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
    """Short name: lower case, digits, ``_`` and ``-``."""
    title: str = ""
    """Name as people write it."""
    modality: str = ""
    """Such as ``X-ray``."""
    region: str = ""
    """Body region, such as ``chest``."""
    licence: str = ""
    """Under which terms the data may be used."""
    citation: str = ""
    """What to cite."""
    url: str = ""
    """Where it is described."""
    where: str = ""
    """How to get it, and which files to put into the source's folder."""
    notes: str = ""
    """What to know before trusting the labels; decisions that this manifest takes."""
    table: TableLayout | None = None
    """The table; none: the images in the folder are the rows."""
    labels: LabelEncoding = Unlabelled()
    """How labels are written; none: there are no labels."""
    scope: Scope = Scope()
    """What was looked for."""
    terms: dict[str, str] = Field(default={})
    """The source's term to a class of the vocabulary, where the vocabulary does not know the term;
    an empty class sets the term aside without a report."""
    images: ImageFiles = ImageFiles()
    """Where the images lie."""
    split: OfficialSplit = OfficialSplit()
    """The published split."""

    @property
    def looked_for(self) -> tuple[str, ...]:
        """The terms that the source looked for: its columns, its boxes' finding, or its scope."""
        match self.labels:
            case FindingColumns(columns=columns):
                return tuple(name for name in columns if name not in self.scope.no_finding)
            case BoxRows(term=term):
                return (term,)
            case _:
                return self.scope.terms

    @model_validator(mode="after")
    def _fits_together(self) -> "Manifest":
        problem = _find_contradiction(self)
        if problem:
            raise ValueError(problem)
        return self


def _find_contradiction(manifest: Manifest) -> str | None:
    """Say what in a manifest does not fit together; none: all of it does.

    A scope is stated, not guessed: encodings of words need `scope.terms`, while columns and boxes
    are their own scope.
    """
    labels, scope = manifest.labels, manifest.scope
    own_scope = isinstance(labels, FindingColumns | BoxRows | Unlabelled)
    columns = labels.columns if isinstance(labels, FindingColumns) else ()
    known = {*scope.terms, *scope.also_listed, *scope.no_finding, *columns}
    if isinstance(labels, BoxRows):
        known.add(labels.term)
    words = [*scope.terms, *scope.also_listed, *scope.no_finding, *scope.not_labels]
    twice = sorted({word for word in words if words.count(word) > 1})
    strange = [word for word in scope.covers if word not in known]
    lost = [term for terms in scope.covers.values() for term in terms if term not in known]
    pattern = manifest.table.patient_pattern if manifest.table else None
    problems = {
        f"encoding {labels.encoding!r} needs a [table]": manifest.table is None
        and not isinstance(labels, FolderNames | Unlabelled),
        "encoding 'folder_names' reads file names: leave [table] out": manifest.table is not None
        and isinstance(labels, FolderNames),
        "split.column needs a [table]": manifest.table is None
        and manifest.split.column is not None,
        "give split.lists or split.column, not both": bool(manifest.split.lists)
        and manifest.split.column is not None,
        "scope.terms is missing: say what was looked for": not own_scope and not scope.terms,
        f"leave scope.terms out: {labels.encoding!r} says by itself what was looked for": own_scope
        and bool(scope.terms),
        f"scope: {some(map(repr, twice))} in two lists": bool(twice),
        f"scope.covers speaks of {some(map(repr, [*strange, *lost]))}, which the scope does not "
        "know": bool(strange or lost),
        "table.patient_pattern needs a group (?P<patient>...)": pattern is not None
        and "patient" not in re.compile(pattern).groupindex,
        "scope.no_finding names columns that labels.columns does not hold": isinstance(
            labels, FindingColumns
        )
        and not set(scope.no_finding) <= set(columns),
    }
    return next((problem for problem, holds in problems.items() if holds), None)


def load_manifest(name_or_path: str, relative_to: Path | None = None) -> Manifest:
    """Read a built-in manifest by its name, or a TOML file by its path.

    Args:
        name_or_path: a name that `builtin_manifests` lists, or a path that ends in ``.toml``.
        relative_to: folder from which a relative path is taken; none: the current one.

    Raises:
        SourceError: no such manifest, not TOML, an unknown key, a value of another kind.

    >>> load_manifest("nih_chestxray14").scope.no_finding
    ('No Finding',)
    """
    if not name_or_path.endswith(".toml"):
        builtin = {entry.stem: entry for entry in _builtin_files()}
        if name_or_path not in builtin:
            raise SourceError(
                "a built-in manifest, or the path of a .toml file",
                unknown_name("manifest", name_or_path, builtin),
                "Name one of these, or write a manifest of your own",
            )
        return _parse(builtin[name_or_path].read_text(encoding="utf-8"), name_or_path)
    path = (relative_to or Path()) / name_or_path
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(
            f"a manifest file at {path}", error.strerror or str(error), "Check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"UTF-8 text in {path}", f"byte {error.start} is not", "Save the manifest as UTF-8"
        ) from error
    return _parse(text, str(path))


def builtin_manifests() -> dict[str, Manifest]:
    """All manifests that come with the package, by name, in the order of names."""
    return {entry.stem: load_manifest(entry.stem) for entry in _builtin_files()}


def _builtin_files() -> list[Path]:
    folder = Path(str(files("labelassemble.sources"))) / "manifests"
    return sorted(folder.glob("*.toml"))


def _parse(text: str, place: str) -> Manifest:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(
            f"TOML in the manifest {place}", str(error), "Mend that line; strings need quotes"
        ) from error
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise SourceError(
            f"the keys that labelassemble.sources.manifest describes, in the manifest {place}",
            "; ".join(_explain(problem) for problem in error.errors()[:3]),
            "Mend the keys named",
        ) from error


def _explain(problem: Any) -> str:
    """One problem of pydantic's as key, what came, what is wrong."""
    location: tuple[int | str, ...] = problem["loc"]
    # Within `labels`, pydantic puts the encoding between the table's name and the key.
    shown = [part for i, part in enumerate(location) if not (i == 1 and location[0] == "labels")]
    key = ".".join(str(part) for part in shown)
    if problem["type"] == "extra_forbidden":
        return f"{key}: " + unknown_name("key", str(location[-1]), _keys_beside(location))
    if problem["type"] == "missing":
        return f"{key}: it is required and missing"
    if problem["type"] == "union_tag_not_found":
        return f"labels.encoding: it is required and missing; known: {', '.join(_encodings())}"
    if problem["type"] == "union_tag_invalid":
        tag = str(problem["ctx"]["tag"])
        return "labels.encoding: " + unknown_name("encoding", tag, _encodings())
    said = problem["msg"].removeprefix("Value error, ")
    if not key or isinstance(problem["input"], dict):
        return f"{key}: {said}" if key else str(said)
    return f"{key} = {problem['input']!r}: {said[0].lower()}{said[1:]}"


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """Keys that stand where the unknown key stood."""
    if location[0] == "labels" and len(location) > 1:
        return list(_encodings()[str(location[1])].model_fields)
    model: type[BaseModel] = Manifest
    for part in location[:-1]:
        inner = model.model_fields[str(part)].annotation
        choices = [inner, *getattr(inner, "__args__", ())]
        model = next(c for c in choices if isinstance(c, type) and issubclass(c, BaseModel))
    return list(model.model_fields)


def _encodings() -> dict[str, type[BaseModel]]:
    def members() -> Iterator[type[BaseModel]]:
        yield from Manifest.model_fields["labels"].annotation.__args__  # type: ignore[union-attr]

    return {member.model_fields["encoding"].annotation.__args__[0]: member for member in members()}  # type: ignore[union-attr]
