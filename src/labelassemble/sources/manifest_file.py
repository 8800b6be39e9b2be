"""A TOML file in, one checked manifest out."""

import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError, model_validator

from labelassemble.errors import SourceError, unknown_name
from labelassemble.sources.encodings.registry import FileEncoding, TableEncoding
from labelassemble.sources.manifest import Manifest, find_contradictions
from labelassemble.sources.problems import AT_ONCE, NothingLeftError, Problems
from labelassemble.sources.recognise import Recognise, merge_changes

SPARE_FACTS = ("view", "age", "sex")
"""Keys of `table` whose columns a copy may lack: what they say is unknown then, no more."""


def load_manifest(
    name_or_path: str, relative_to: Path | None = None, problems: Problems = AT_ONCE
) -> Manifest:
    """Read a built-in manifest by its name, or a TOML file by its path.

    Args:
        name_or_path: a name that `builtin_manifests` lists, or a path that ends in ``.toml``.
        relative_to: folder from which a relative path is taken; none: the current one.
        problems: as `parse_manifest`.

    Raises:
        SourceError: no such manifest, not TOML.
        NothingLeftError: what is wrong cannot be left out; the problems say it.

    >>> load_manifest("nih_chestxray14").scope.no_finding
    ('No Finding',)
    """
    if not name_or_path.endswith(".toml"):
        return _load_builtin(name_or_path)
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
    manifest = parse_manifest(text, str(path), problems)
    if not manifest.vocabulary.endswith(".toml"):
        return manifest
    return manifest.model_copy(update={"vocabulary": str(path.parent / manifest.vocabulary)})


def builtin_manifests() -> dict[str, Manifest]:
    """All manifests that come with the package, by name, in the order of names."""
    return {entry.stem: load_manifest(entry.stem) for entry in _builtin_files()}


@cache
def _load_builtin(name: str) -> Manifest:
    """Read a manifest of the package, once: to parse all of them takes longer than a check."""
    builtin = {entry.stem: entry for entry in _builtin_files()}
    if name not in builtin:
        raise SourceError(
            "a built-in manifest, or the path of a .toml file",
            unknown_name("manifest", name, builtin),
            "Name one of these, or write a manifest of your own",
        )
    manifest = parse_manifest(builtin[name].read_text(encoding="utf-8"), name)
    return manifest.model_copy(update={"recognise": manifest.recognise or Recognise()})


def builtin_names() -> frozenset[str]:
    """Names of the manifests that come with the package."""
    return frozenset(entry.stem for entry in _builtin_files())


def parse_manifest(text: str, place: str, problems: Problems = AT_ONCE) -> Manifest:
    """Check the text of a manifest.

    ``extends = "nih_chestxray14"`` takes over all keys of that built-in manifest; those that stand
    beside it replace or add to them, table by table.

    Args:
        text: TOML.
        place: names it in problems.
        problems: takes unknown keys, values of another kind, and what does not fit together; the
            manifest is given without them.

    Raises:
        SourceError: not TOML.
        NothingLeftError: what is wrong cannot be left out; the problems say it.
    """
    try:
        # Tables are read so too: a term is the same wherever it was written.
        content = tomllib.loads(unicodedata.normalize("NFC", text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourceError(
            f"TOML in the manifest {place}", str(error), "Fix that line; strings need quotes"
        ) from error
    if "extends" in content:
        content = _extend(content, place)
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        wrong = list(error.errors())
    if problems.at_once:
        raise SourceError(
            f"the keys that labelassemble.sources.manifest describes, in the manifest {place}",
            "; ".join(map(explain_problem, wrong)),
            "Fix the keys named; docs/manifests.md describes each",
        )
    return _read_rest(content, place, problems)


def _extend(content: dict[str, Any], place: str) -> dict[str, Any]:
    """Put the keys of a manifest over those of the built-in one that it extends."""
    own = dict(content)
    name = own.pop("extends")
    builtin = {entry.stem: entry for entry in _builtin_files()}
    if name not in builtin:
        chain = isinstance(name, str) and name.endswith(".toml")
        raise SourceError(
            f"extends = the name of a built-in manifest, in the manifest {place}",
            f"{name!r}: a manifest of your own cannot be extended further"
            if chain
            else unknown_name("manifest", str(name), builtin),
            "Name a built-in one; labelassemble sources lists them",
        )
    published = tomllib.loads(builtin[name].read_text(encoding="utf-8"))
    if "extends" in published:
        raise SourceError(
            f"extends = a manifest that extends no other, in the manifest {place}",
            f"{name} extends {published['extends']}",
            f"Write extends = {published['extends']!r}".replace("'", '"'),
        )
    written = own.get("table")
    if isinstance(written, dict) and ("file" in written or "names" in written):
        # Who names the table means that one: nothing else is looked for.
        published = {
            key: of for key, of in published.items() if key not in ("recognise", "variants")
        }
        own["table"] = _let_lack(published, written)
    else:
        published.setdefault("recognise", {})
        own = _add_columns(published["recognise"], own)
    if "labels" in own:
        published.pop("variants", None)
    if isinstance(own.get("overlaps"), list):
        # Kinship is a fact of the data: what a copy adds does not undo it.
        own["overlaps"] = [*published.get("overlaps", []), *own["overlaps"]]
    return {**merge_changes(published, own), "extends": name}


def _let_lack(published: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """Let a table lack columns that only the built-in manifest names, and that only say a fact."""
    before = published.get("table", {})
    keep = {**before.get("keep", {}), **written.get("keep", {})}
    inherited = [before[key] for key in SPARE_FACTS if key in before and key not in written]
    spare = [column for column in inherited if column not in keep]
    return {**written, "may_lack": [*written.get("may_lack", before.get("may_lack", [])), *spare]}


def _add_columns(published: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Further names of columns come beside those that the built-in manifest knows."""
    recognise = own.get("recognise")
    if not isinstance(recognise, dict) or not isinstance(recognise.get("columns"), dict):
        return own
    columns = {**published.get("columns", {}), **recognise["columns"]}
    return {**own, "recognise": {**recognise, "columns": columns}}


class _LooseManifest(Manifest):
    """A manifest whose parts may contradict each other."""

    @model_validator(mode="after")
    def _fits_together(self) -> "_LooseManifest":
        return self


def _read_rest(content: dict[str, Any], place: str, problems: Problems) -> Manifest:
    """Note every key that is wrong, and take it out, until the rest is a manifest."""
    manifest: Manifest | None = None
    while manifest is None:
        try:
            manifest = _LooseManifest.model_validate(content)
        except ValidationError as error:
            wrong = list(error.errors())
            for one in wrong:
                _note_key(explain_problem(one), place, problems)
            # From the last to the first: places in a list move when one before them is taken out.
            if not sum([_take_out(content, one["loc"]) for one in reversed(wrong)]):
                raise NothingLeftError from error
    for contradiction in find_contradictions(manifest):
        _note_key(contradiction, place, problems)
    if manifest.table is None and isinstance(manifest.labels, TableEncoding):
        raise NothingLeftError
    if manifest.table is not None and isinstance(manifest.labels, FileEncoding):
        manifest = manifest.model_copy(update={"table": None})
    return manifest


def _note_key(said: str, place: str, problems: Problems) -> None:
    expected = f"the keys that docs/manifests.md describes, in the manifest {place}"
    problems.note(expected, f"{place}: {said}", "Fix that key; docs/manifests.md describes each")


def _take_out(content: dict[str, Any], location: tuple[int | str, ...]) -> bool:
    """Take a key out of nested tables; false where it is not there, or all hangs on it."""
    if location[:1] == ("labels",):
        # Within `labels`, pydantic puts the encoding between the table's name and the key.
        location = (*location[:1], *location[2:])
    if location in ((), ("labels",)):
        return False
    if location == ("name",):
        content["name"] = "source"
        return True
    place: Any = content
    for part in location[:-1]:
        place = _step(place, part)
    if _step(place, location[-1]) is None:
        return False
    del place[location[-1]]
    return True


def _step(place: Any, part: int | str) -> Any:
    if isinstance(place, dict):
        return place.get(part)
    inside = isinstance(place, list) and isinstance(part, int) and part < len(place)
    return place[part] if inside else None


def _builtin_files() -> list[Path]:
    folder = Path(str(files("labelassemble.sources"))) / "manifests"
    return sorted(folder.glob("*.toml"))


def explain_problem(problem: Any) -> str:
    """Put one problem of pydantic's as key, what came, what is wrong."""
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
        if isinstance(part, str):
            model = next(_models_in(model.model_fields[part].annotation))
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Settings models within an annotation such as ``tuple[Subset, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def _encodings() -> dict[str, type[BaseModel]]:
    members = _models_in(Manifest.model_fields["labels"].annotation)
    return {one.model_fields["encoding"].annotation.__args__[0]: one for one in members}  # type: ignore[union-attr]
