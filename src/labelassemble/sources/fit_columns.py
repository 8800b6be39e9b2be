"""How well the columns of a table are those that a manifest reads."""

from typing import NamedTuple

from labelassemble.sources.manifest import Manifest
from labelassemble.sources.source_tables import name_columns

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
    here = set(columns)
    renamed, found, spare, lost = dict[str, str](), [], dict[str, str](), []
    for column, key in wanted.items():
        other = next((one for one in others.get(column, ()) if one in here), None)
        if column in here:
            found.append(column)
        elif other is not None:
            renamed[column] = other
            found.append(column)
        elif column in may_lack:
            continue
        elif key in _SPARE and (layout is None or column != layout.image):
            spare[column] = key
        else:
            lost.append(column)
    alien = tuple(one for one in (recognise.lacks if recognise else ()) if one in here)
    needed = tuple(one for one in wanted if one not in may_lack or one in here)
    return Fit(needed, tuple(found), renamed, spare, tuple(lost), alien)
