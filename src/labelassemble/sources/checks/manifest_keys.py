"""A manifest, read as far as it goes: all of its problems, and what is left without them."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError, model_validator

from labelassemble.errors import SourceError
from labelassemble.sources.encodings.registry import FileEncoding, TableEncoding
from labelassemble.sources.manifest import Manifest, find_contradictions
from labelassemble.sources.manifest_file import explain_problem, load_manifest
from labelassemble.sources.problems import Problem, note_error, problem

_ROUNDS = 5
_DO = "Mend that key; docs/manifests.md describes each"


class LooseManifest(Manifest):
    """A manifest whose parts may contradict each other."""

    @model_validator(mode="after")
    def _fits_together(self) -> "LooseManifest":
        return self


class ManifestRead(NamedTuple):
    """A manifest and what is wrong with it.

    Attributes:
        manifest: without the keys that are wrong; none: nothing can be read without them.
        notes: a problem for each key.
    """

    manifest: Manifest | None
    notes: tuple[Problem, ...]


def check_manifest(name_or_path: str) -> ManifestRead:
    """Read a manifest, note every key that is wrong, and go on without it.

    Args:
        name_or_path: as `load_manifest` takes it.
    """
    try:
        return ManifestRead(load_manifest(name_or_path), ())
    except SourceError as error:
        if not isinstance(error.__cause__, ValidationError):
            return ManifestRead(None, (note_error(error),))
    content = tomllib.loads(Path(name_or_path).read_text(encoding="utf-8-sig"))
    return check_content(content, name_or_path)


def check_content(content: dict[str, Any], place: str) -> ManifestRead:
    """Problem every key that is wrong, and take it out, until the rest is a manifest.

    Args:
        content: the tables of a manifest; wrong keys are taken out of it.
        place: names it in notes.
    """
    notes: list[Problem] = []
    manifest: Manifest | None = None
    for _ in range(_ROUNDS):
        try:
            manifest = LooseManifest.model_validate(content)
            break
        except ValidationError as error:
            problems: list[Any] = list(error.errors())
        told = {note.what for note in notes}
        for one in problems:
            what = f"{place}: {explain_problem(one)}"
            if what not in told:
                told.add(what)
                notes.append(problem(what, _DO))
        # From the last to the first: places in a list move when one before them is taken out.
        if not sum([_take_out(content, one["loc"]) for one in reversed(problems)]):
            return ManifestRead(None, tuple(notes))
    if manifest is None:
        return ManifestRead(None, tuple(notes))
    notes += [problem(f"{place}: {one}", _DO) for one in find_contradictions(manifest)]
    if manifest.table is None and isinstance(manifest.labels, TableEncoding):
        return ManifestRead(None, tuple(notes))
    if manifest.table is not None and isinstance(manifest.labels, FileEncoding):
        manifest = manifest.model_copy(update={"table": None})
    return ManifestRead(manifest, tuple(notes))


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
