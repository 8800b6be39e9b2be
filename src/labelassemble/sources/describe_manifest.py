"""Every key of a manifest, as a page says it: taken from the models, so that it cannot be wrong.

To write the page anew::

    python -m labelassemble.sources.describe_manifest docs/manifests.md
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic_core import PydanticUndefined

from labelassemble.setting_types import Settings
from labelassemble.sources.box_frame import FrameTable
from labelassemble.sources.box_table import BoxTable
from labelassemble.sources.encodings.registry import LabelEncoding
from labelassemble.sources.header_rules import HeaderRules
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.official_split import OfficialSplit
from labelassemble.sources.overlapping_names import OverlappingNames, OwnNames, SharedTable
from labelassemble.sources.published import Published
from labelassemble.sources.recognise import Recognise
from labelassemble.sources.rewrite_between import rewrite_between
from labelassemble.sources.scope import Scope, Subset
from labelassemble.sources.table_layout import ImageFiles, JoinedTable, TableLayout

_BEGIN = "<!-- Every key: written by labelassemble.sources.describe_manifest. Do not edit. -->"
_END = "<!-- Every key: end. -->"

MANIFEST_TABLES: dict[str, type[BaseModel]] = {
    "the file itself": Manifest,
    "[table]": TableLayout,
    "[[table.join]]": JoinedTable,
    "[scope]": Scope,
    "[[subsets]]": Subset,
    "[boxes]": BoxTable,
    "[boxes.frame_table] or [labels.frame_table]": FrameTable,
    "[images]": ImageFiles,
    "[headers]": HeaderRules,
    "[split]": OfficialSplit,
    "[published]": Published,
    "[[overlaps]]": OverlappingNames,
    "[overlaps.crosswalk]": SharedTable,
    "[own_names]": OwnNames,
    "[recognise]": Recognise,
}
"""Tables of a manifest but ``[labels]``, whose keys depend on the encoding."""


def list_encodings() -> dict[str, type[BaseModel]]:
    """Name of an encoding to the model of its ``[labels]``.

    >>> list(list_encodings())[:2]
    ['delimited_list', 'list_literal']
    """
    members = get_args(get_args(LabelEncoding)[0])
    return {get_args(one.model_fields["encoding"].annotation)[0]: one for one in members}


def describe_fields() -> str:
    """Describe every key of every table of a manifest, in Markdown.

    >>> "| `patient_pattern` | text, or none | none |" in describe_fields()
    True
    """
    parts = []
    for title, model in MANIFEST_TABLES.items():
        parts.append(_describe_model(f"`{title}`" if "[" in title else title.capitalize(), model))
        if model is TableLayout:
            continue
        if model is JoinedTable:
            parts += [
                _describe_model(f'`[labels]` with `encoding = "{name}"`', one)
                for name, one in list_encodings().items()
            ]
    return "\n".join(parts)


def rewrite_manifests(page: str) -> str:
    """Put what `describe_fields` says between the two marks of a page.

    Args:
        page: text with the lines ``_BEGIN`` and ``_END``.
    """
    return rewrite_between(page, _BEGIN, _END, describe_fields())


def _describe_model(title: str, model: type[BaseModel]) -> str:
    meanings = read_docstrings(model)
    lines = [f"### {title}", "", inspect.cleandoc(model.__doc__ or "").replace("``", "`"), ""]
    fields = {name: of for name, of in model.model_fields.items() if name != "encoding"}
    if fields:
        lines += ["| key | what | unless given | meaning |", "|---|---|---|---|"]
    for name, of in fields.items():
        default = of.get_default(call_default_factory=True)
        unless = "**needed**" if default is PydanticUndefined else _show(default)
        meaning = " ".join(meanings[name].split()).replace("``", "`").replace("|", "\\|")
        what = _name_type(of.annotation, of.metadata)
        lines.append(f"| `{name}` | {what} | {unless} | {meaning} |")
    return "\n".join(lines).rstrip() + "\n"


def read_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field of a model to the text that stands below it in the code.

    >>> read_docstrings(Subset)["evidence"]
    "Where its assessments come from, if not where the source's come from."
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = dict[str, str]()
    for base in model.__bases__:
        if issubclass(base, Settings) and base is not Settings:
            found |= read_docstrings(base)
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[field.target.id] = str(text.value.value)
    return found


def _show(default: Any) -> str:
    """A default, as a manifest would write it."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, BaseModel) or default in ((), {}, ""):
        return "none"
    if isinstance(default, dict):
        inner = ", ".join(f'{key} = "{value}"' for key, value in default.items())
        return f"`{{ {inner} }}`"
    shown = f"{default}" if isinstance(default, int) else f'"{default}"'
    return f"`{shown}`".replace("|", "\\|")


def _name_type(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """What a value has to be, in words."""
    if any(isinstance(one, BeforeValidator) for one in metadata):
        return "text, or list: text"
    origin, inner = get_origin(annotation), get_args(annotation)
    plain = {str: "text", bool: "true or false", int: "whole number", float: "number", date: "day"}
    if annotation in plain:
        return plain[annotation]
    if origin is Annotated:
        return _name_type(inner[0], inner[1:])
    if origin in (Union, UnionType):
        kinds = [one for one in inner if one is not NoneType]
        if all(isinstance(one, type) and issubclass(one, BaseModel) for one in kinds):
            return "table"
        names = " or ".join(dict.fromkeys(_name_type(one) for one in kinds))
        return f"{names}, or none" if NoneType in inner else names
    if origin is Literal:
        return " or ".join(f'`"{one}"`' if isinstance(one, str) else f"`{one}`" for one in inner)
    if origin is tuple:
        if inner[-1] is not Ellipsis:
            return f"list of {len(inner)}: {_name_type(inner[0])}"
        kind = _name_type(inner[0])
        return "tables" if kind == "table" else f"list: {kind}"
    if origin is dict:
        return f"each {_name_type(inner[0])} = {_name_type(inner[1])}"
    return "table"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(rewrite_manifests(page.read_text(encoding="utf-8")), encoding="utf-8")
