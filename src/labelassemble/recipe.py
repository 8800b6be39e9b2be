"""One TOML file in, one checked recipe out."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from labelassemble.errors import SettingsError, unknown_name
from labelassemble.setting_types import PathText
from labelassemble.settings import Recipe
from labelassemble.storage.object_place import find_location, is_location
from labelassemble.storage.object_store import use_options
from labelassemble.storage.write_aside import write_text

_Model = TypeVar("_Model", bound=BaseModel)


def read_recipe(path: Path | str) -> Recipe:
    """Read a recipe; every path in it comes back absolute.

    Relative paths are taken from the recipe's own folder; ``~`` and ``${NAME}`` (environment
    variables) are replaced.

    Raises:
        SettingsError: no such file, not TOML, an unknown key, a value out of range, an environment
            variable that is not set.

    Examples:
        ```python
        recipe = la.read_recipe("recipe.toml")
        recipe.training.batch_size, [source.name for source in recipe.sources]
        ```
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(
            f"a recipe file at {path}", error.strerror or str(error), "Check the path."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"UTF-8 text in {path}", f"byte {error.start} is not", "Save the recipe as UTF-8."
        ) from error
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(
            f"TOML in {path}", str(error), "Fix that line; strings need quotes."
        ) from error
    return resolve_paths(check_recipe(content, str(path)), path.absolute().parent)


def find_recipe(recipe: Recipe | Path | str) -> Recipe:
    """Give settings with absolute paths: of a recipe at hand from the working folder, or a file's.

    Raises:
        SettingsError: as in ``read_recipe``.
    """
    if isinstance(recipe, Recipe):
        return resolve_paths(recipe, Path.cwd())
    return read_recipe(Path(recipe))


def check_recipe(content: dict[str, Any], place: str) -> Recipe:
    """Make a recipe from a table of settings; ``place`` names it in errors.

    Raises:
        SettingsError: says which key, what it takes and what came; the first three of them.
    """
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        problems = error.errors()
        said = [_explain(problem["loc"], problem) for problem in problems[:3]]
        if len(problems) > len(said):
            said.append(f"{len(problems) - len(said)} more problems")
        raise SettingsError(
            f"settings as labelassemble.settings describes them, in {place}",
            "; ".join(said),
            "Fix the keys named; `labelassemble train --help-all` lists every setting and range",
        ) from error


def resolve_paths(recipe: Recipe, folder: Path) -> Recipe:
    """Make every path of the recipe absolute, relative ones taken from ``folder``.

    From here on object stores are asked as the recipe says.

    Raises:
        SettingsError: an environment variable that is not set.
    """
    use_options(recipe.object_stores.options())
    return _resolve_settings(recipe, folder)


def _resolve_settings(settings: _Model, folder: Path) -> _Model:
    changed = {}
    for name, field in type(settings).model_fields.items():
        kind = next((one for one in field.metadata if isinstance(one, PathText)), None)
        value = getattr(settings, name)
        resolved = _resolve(value, kind, folder)
        if resolved != value:
            changed[name] = resolved
    return settings.model_copy(update=changed)


def _resolve(value: Any, kind: PathText | None, folder: Path) -> Any:
    if isinstance(value, BaseModel):
        return _resolve_settings(value, folder)
    if isinstance(value, dict):
        return {name: _resolve(one, kind, folder) for name, one in value.items()}
    if isinstance(value, tuple):
        return tuple(_resolve(one, kind, folder) for one in value)
    if isinstance(value, Path):
        return _expand(str(value), folder)
    if kind is None or value is None or not isinstance(value, str):
        return value
    if kind is PathText.HUB_FOLDER or value.startswith("hf:"):
        return _resolve_hub_name(value, folder)
    named = "://" in value or value.startswith(("package:", "timm:"))
    is_path = value.endswith(".toml") if kind is PathText.TOML else not named
    return str(_expand(value, folder)) if is_path else value


def _resolve_hub_name(name: str, folder: Path) -> str:
    if not name.startswith("hf:"):
        return name
    place = name.removeprefix("hf:")
    path = _expand(place, folder)
    return f"hf:{path}" if path.is_dir() or place.startswith((".", "~", "/")) else name


FORMER_SETTINGS = {"experiment": ("task", "tasks")}
"""Settings that earlier versions saved, by table. These shared work out (now `cluster`) and had no
say in what was made."""


def drop_former_settings(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of saved settings those that are none any more.

    >>> drop_former_settings({"name": "a", "experiment": {"tasks": 1, "seeds": 3}})
    {'name': 'a', 'experiment': {'seeds': 3}}
    """
    kept = dict(saved)
    for table, names in FORMER_SETTINGS.items():
        if isinstance(own := kept.get(table), Mapping):
            kept[table] = {name: value for name, value in own.items() if name not in names}
    return kept


def add_later_settings(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Give saved settings as a recipe of today would be saved: what came since is at its default.

    A setting that came later had no say in what was made before it. Settings that are none of
    today's, nor an earlier version's, come back as they are.

    Args:
        saved: what ``write_recipe`` wrote, of this or an earlier version.
    """
    try:
        return Recipe.model_validate(drop_former_settings(saved)).model_dump(mode="json")
    except ValidationError:
        return dict(saved)


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Save the resolved settings as JSON, written aside and then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(json.dumps(recipe.model_dump(mode="json"), indent=2) + "\n", path)


def _expand(text: str, folder: Path) -> Path:
    if find_location(text) is not None:
        return Path(text)
    if is_location(text):
        raise SettingsError(
            "a path of this machine, where a recipe does not read a source",
            text,
            "Name a path here; locations of object stores are for a source's folder, images and "
            "test_list, for crosswalks, and for outputs that are tables (docs/object_stores.md)",
        )
    expanded = os.path.expandvars(text)
    missing = re.findall(r"\$\{(\w+)\}", expanded)
    if missing:
        raise SettingsError(
            f"the environment variable {missing[0]}, which the path {text!r} uses",
            "it is not set",
            f"Set it: export {missing[0]}=/path/to/folder",
        )
    path = Path(expanded).expanduser()
    return Path(os.path.normpath(path if path.is_absolute() else folder / path))


def _explain(location: tuple[int | str, ...], problem: Any) -> str:
    key = ".".join(str(part) for part in location)
    if problem["type"] == "extra_forbidden":
        return f"{key}: " + unknown_name("setting", str(location[-1]), _fields_beside(location))
    if problem["type"] == "missing":
        return f"{key}: it is required and missing"
    return f"{key} = {problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _fields_beside(location: tuple[int | str, ...]) -> list[str]:
    """Names of the settings that stand where the unknown key stood."""
    model: type[BaseModel] = Recipe
    for part in location[:-1]:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            inner = [annotation, *getattr(annotation, "__args__", ())]
            inner += [each for one in inner for each in getattr(one, "__args__", ())]
            model = next(
                one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)
            )
    return list(model.model_fields)
