"""A TOML file in, one checked manifest out."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from labelassemble.errors import SourceError, unknown_name
from labelassemble.sources.manifest import Manifest


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
        return parse_manifest(builtin[name_or_path].read_text(encoding="utf-8"), name_or_path)
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
    return parse_manifest(text, str(path))


def builtin_manifests() -> dict[str, Manifest]:
    """All manifests that come with the package, by name, in the order of names."""
    return {entry.stem: load_manifest(entry.stem) for entry in _builtin_files()}


def parse_manifest(text: str, place: str) -> Manifest:
    """Check the text of a manifest; ``place`` names it in errors.

    Raises:
        SourceError: not TOML, an unknown key, a value of another kind; the first three of them.
    """
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourceError(
            f"TOML in the manifest {place}", str(error), "Mend that line; strings need quotes"
        ) from error
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise SourceError(
            f"the keys that labelassemble.sources.manifest describes, in the manifest {place}",
            "; ".join(explain_problem(problem) for problem in error.errors()[:3]),
            "Mend the keys named; docs/manifests.md describes each",
        ) from error


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
