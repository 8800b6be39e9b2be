"""How a source is recognised where its files go by other names than published."""

from typing import Any

from pydantic import Field

from labelassemble.setting_types import Names, Settings
from labelassemble.sources.regular_expression import RegularExpression

Changes = dict[str, Any]
"""Keys of a manifest, as TOML gives them, that replace others."""

_WHOLE = ("split",)
_TOLD_APART = {"labels": "encoding"}


class Recognise(Settings):
    """How a source is recognised by its content, where its files go by other names or lie deeper.

    Built-in manifests are looked for so even without this table; others only with it.
    """

    columns: dict[str, Names] = Field(default={})
    """Column that the manifest reads to other names under which copies of the table have it. Not
    for columns that are findings: their names are terms."""
    lacks: tuple[str, ...] = ()
    """Columns that tell a relative of this source: a table that has one of them is not this one."""
    names: RegularExpression | None = None
    """Names of images as only this source and its relatives have them, without folders (unless it
    has a ``/``) and extension: ``\\d{8}_\\d{3}``. `draft` takes a table whose columns go by other
    names for this one only where nearly all names have this form."""
    hints: tuple[str, ...] = ()
    """Patterns of paths that only this source has. They decide where another one fits as well by
    its columns and names, and nothing else."""
    forms: dict[str, str] = Field(default={})
    """Pattern of a file's path to what the form of the source is called in which it is there:
    ``"**/Data_Entry_2017.csv" = "as on Kaggle"``. It is reported, and decides nothing."""
    not_read: dict[str, str] = Field(default={})
    """Pattern of paths that only a form has which cannot be read to what to do then. It is reported
    where no form that can be read is there."""


def merge_changes(content: Changes, changes: Changes) -> Changes:
    """Give a manifest's content with some keys replaced, table by table.

    `split` is replaced as a whole, and `labels` where the changes name an encoding: what stood
    there before belongs to another way of writing.

    Args:
        content: all keys of a manifest.
        changes: the keys that are replaced or added.

    >>> merge_changes({"name": "a", "table": {"file": "x", "age": "Age"}}, {"table": {"file": "y"}})
    {'name': 'a', 'table': {'file': 'y', 'age': 'Age'}}
    """
    merged = dict(content)
    for key, value in changes.items():
        before = merged.get(key)
        whole = key in _WHOLE or (isinstance(value, dict) and _TOLD_APART.get(key, "\0") in value)
        if isinstance(value, dict) and isinstance(before, dict) and not whole:
            merged[key] = {**before, **value}
        else:
            merged[key] = value
    return merged
