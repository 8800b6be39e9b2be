"""One TOML file in, one checked recipe out."""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from labelassemble.errors import SettingsError, unknown_name
from labelassemble.settings import Recipe


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; every path in it comes back absolute.

    Relative paths are taken from the recipe's own folder; ``~`` and ``${NAME}`` (environment
    variables) are replaced.

    Raises:
        SettingsError: no such file, not TOML, an unknown key, a value out of range, an environment
            variable that is not set.
    """
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
    except tomllib.TOMLDecodeError as error:
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
    """Make every path of the recipe absolute, relative ones taken from ``folder``."""

    def resolve(path: Path | None) -> Path | None:
        return None if path is None else _expand(str(path), folder)

    def resolve_name(name: str) -> str:
        """A built-in name stays; what looks like a file becomes a path."""
        return str(_expand(name, folder)) if name.endswith(".toml") else name

    def resolve_folder(name: str) -> str:
        """A folder of transformers becomes a path; what is none stays a name of the hub."""
        if not name.startswith("hf:"):
            return name
        place = name.removeprefix("hf:")
        path = _expand(place, folder)
        return f"hf:{path}" if path.is_dir() or place.startswith((".", "~", "/")) else name

    weights = recipe.model.pretrained
    if weights is not None and "://" not in weights:
        weights = str(resolve(Path(weights)))
    return recipe.model_copy(
        update={
            "output": resolve(recipe.output),
            "vocabulary": resolve_name(recipe.vocabulary),
            "sources": tuple(
                source.model_copy(
                    update={
                        "manifest": resolve_name(source.manifest),
                        "folder": resolve(source.folder),
                        "images": resolve(source.images),
                        "test_list": resolve(source.test_list),
                    }
                )
                for source in recipe.sources
            ),
            "assembly": recipe.assembly.model_copy(
                update={
                    "ids_key": resolve(recipe.assembly.ids_key),
                    "crosswalks": tuple(
                        crosswalk.model_copy(update={"file": resolve(crosswalk.file)})
                        for crosswalk in recipe.assembly.crosswalks
                    ),
                }
            ),
            "model": recipe.model.model_copy(
                update={
                    "backbone": resolve_folder(recipe.model.backbone),
                    "query_start": resolve_folder(recipe.model.query_start),
                    "pretrained": weights,
                    "weights_cache": resolve(recipe.model.weights_cache),
                }
            ),
            "training": recipe.training.model_copy(
                update={
                    "start_from": resolve(recipe.training.start_from),
                    "teachers": tuple(map(resolve, recipe.training.teachers)),
                }
            ),
            "experiment": recipe.experiment.model_copy(
                update={"adviser": resolve(recipe.experiment.adviser)}
            ),
        }
    )


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Save the resolved settings as JSON, written aside and then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(json.dumps(recipe.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
    aside.replace(path)


def _expand(text: str, folder: Path) -> Path:
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
