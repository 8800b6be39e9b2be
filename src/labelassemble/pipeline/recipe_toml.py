"""A recipe as TOML: what it sets otherwise than by default."""

from typing import Any

from pydantic import BaseModel

from labelassemble.settings import Recipe
from labelassemble.sources.write_toml import Line, write_key, write_toml


def recipe_toml(recipe: Recipe) -> str:
    """Write a recipe as TOML that ``read_recipe`` reads as the same; defaults are left out.

    >>> source = {"name": "north", "manifest": "a.toml", "folder": "/a"}
    >>> given = {"name": "One", "output": "/out", "sources": [source], "training": {"epochs": 3}}
    >>> print(recipe_toml(Recipe.model_validate(given)))
    name = "One"
    output = "/out"
    <BLANKLINE>
    [training]
    epochs = 3
    <BLANKLINE>
    [[sources]]
    name = "north"
    manifest = "a.toml"
    folder = "/a"
    <BLANKLINE>
    """
    tables: dict[str, dict[str, Line]] = {"": {}}
    _collect(recipe.model_copy(update={"sources": ()}), "", tables)
    tables[""].pop("sources", None)
    blocks = [write_toml({name: table for name, table in tables.items() if table})]
    for source in recipe.sources:
        own: dict[str, dict[str, Line]] = {"": {}}
        _collect(source, "", own)
        blocks.append("[[sources]]\n" + write_toml(own))
    return "\n\n".join(blocks) + "\n"


def _collect(model: BaseModel, name: str, tables: dict[str, dict[str, Line]]) -> None:
    own = tables.setdefault(name, {})
    for key, field in type(model).model_fields.items():
        value = getattr(model, key)
        if not field.is_required() and value == field.get_default(call_default_factory=True):
            continue
        if isinstance(value, BaseModel):
            _collect(value, f"{name}.{write_key(key)}".removeprefix("."), tables)
        elif value is not None:
            own[key] = Line(_plain(value))


def _plain(value: Any) -> Any:
    """Text, numbers, lists and tables of these."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value if isinstance(value, bool | int | float | str) else str(value)
