"""How well the columns of a table are those that a manifest reads."""

from collections.abc import Iterable
from typing import NamedTuple

from labelassemble.sources.columns_read import name_columns
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.table_header import plain_column

_SPARE = ("table.view", "table.age", "table.sex", "split.column")
"""Keys whose columns cost only what they hold; all others must be there."""
_FEWEST = 2
"""A table of fewer columns is not recognised by them."""


class Fit(NamedTuple):
    """What a table has of the columns that a manifest reads.

    Attributes:
        wanted: columns that the manifest reads.
        found: those that are there, whatever they are called.
        renamed: column to what it is called here.
        spare: columns that are not there and cost only what they hold, each with the key that names
            it.
        lost: columns without which the source cannot be read.
        alien: columns that a relative of the source has and it has not.
    """

    wanted: tuple[str, ...]
    found: tuple[str, ...]
    renamed: dict[str, str]
    spare: dict[str, str]
    lost: tuple[str, ...]
    alien: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the table is the one that the manifest means."""
        return (
            not self.lost and not self.alien and len(self.found) >= min(_FEWEST, len(self.wanted))
        )

    def __str__(self) -> str:
        """Give it in words.

        >>> str(Fit(("a", "b"), ("a",), {}, {}, ("b",), ()))
        '1 of 2 columns'
        """
        return f"{len(self.found)} of {len(self.wanted)} columns"


def spell_alike(wanted: Iterable[str], columns: Iterable[str]) -> dict[str, str]:
    """Give columns that a table spells otherwise, with what it calls them.

    Args:
        wanted: names of columns.
        columns: of the table. Those of which two are spelled alike are nobody's.

    >>> spell_alike(["Patient Age", "Sex"], ["patient_age", "Sex"])
    {'Patient Age': 'patient_age'}
    """
    asked, here = list(wanted), list(columns)
    spelled = dict[str, list[str]]()
    for name in here:
        if name not in asked:
            spelled.setdefault(plain_column(name), []).append(name)
    found = {one: spelled.get(plain_column(one), []) for one in asked if one not in here}
    return {one: alike[0] for one, alike in found.items() if len(alike) == 1}


def fit_columns(manifest: Manifest, columns: tuple[str, ...]) -> Fit:
    """Compare the columns of a table with those that a manifest reads.

    Args:
        manifest: how the source is written.
        columns: of a table, and of those that are joined to it.
    """
    layout, recognise = manifest.table, manifest.recognise
    wanted = name_columns(manifest)
    may_lack = layout.may_lack if layout else ()
    others = recognise.columns if recognise else {}
    here, at = set(columns), {plain_column(one): one for one in columns}
    alike = spell_alike(wanted, columns)
    renamed, found, spare, lost = dict[str, str](), [], dict[str, str](), []
    for column, key in wanted.items():
        other = next(
            (at[one] for of in others.get(column, ()) if (one := plain_column(of)) in at), None
        )
        other = other or alike.get(column)
        if column in here:
            found.append(column)
        elif other is not None:
            renamed[column] = other
            found.append(column)
        elif column in may_lack:
            continue
        elif key in _SPARE and (layout is None or column not in layout.naming):
            spare[column] = key
        else:
            lost.append(column)
    plain = {plain_column(one) for one in here}
    lacks = recognise.lacks if recognise else ()
    alien = tuple(one for one in lacks if plain_column(one) in plain)
    needed = tuple(one for one in wanted if one not in may_lack or one in here)
    return Fit(needed, tuple(found), renamed, spare, tuple(lost), alien)
