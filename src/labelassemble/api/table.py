"""An assembled table for Python and notebooks, and the ways to one."""

import dataclasses
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.api.as_polars import as_polars
from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.assembly.audit import Leak
from labelassemble.assembly.audit import find_leaks as find_table_leaks
from labelassemble.assembly.table_folder import find_table
from labelassemble.assembly.table_folder import read_assembled as read_table_folder
from labelassemble.errors import plural, some
from labelassemble.export.pandas_frame import to_pandas
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.recipe import find_recipe
from labelassemble.settings import Recipe

_STATES = ("positive", "negative", "uncertain", "unknown")


class Table(AssembledTable):
    """An assembled table that shows itself; frames and methods are those of ``AssembledTable``.

    Examples:
        ```python
        table = la.read_table("results")
        label = table.label_matrix()    # images x classes; nan: nobody looked
        table.count_labels()
        assert table.find_leaks() == []
        ```
    """

    def to_pandas(self) -> Any:
        """Make a ``pandas.DataFrame``: a row per image, facts, then a label per class.

        Labels are in [0, 1]; unknown is ``pandas.NA``, which is not negative.

        Raises:
            SettingsError: pandas is not installed.
        """
        return to_pandas(self)

    def find_leaks(self, split: Any = None) -> list[Leak]:
        """List the images, patients and groups that stand on two sides of a split.

        Args:
            split: a split that somebody else made, as a data frame of polars or pandas: columns
                image and split, and source where two sources use the same names of images. None:
                the table's own.

        Raises:
            AssemblyError: ``split`` names parts or images that are not there.
        """
        return find_table_leaks(self, None if split is None else as_polars(split))

    def count_labels(self) -> pl.DataFrame:
        """Count labels: a row per class; columns class, positive, negative, uncertain, unknown."""
        counted = self.cells.group_by("class", "state").len()
        counts = {(name, state): count for name, state, count in counted.iter_rows()}
        rows = []
        for name in self.classes:
            known = [counts.get((name, state), 0) for state in _STATES[:3]]
            rows.append((name, *known, self.records.height - sum(known)))
        columns = {"class": pl.String, **dict.fromkeys(_STATES, pl.Int64)}
        return pl.DataFrame(rows, schema=columns, orient="row")

    def __repr__(self) -> str:
        return "\n".join(self._describe())

    def _repr_html_(self) -> str:
        """What a notebook shows: the first lines, then labels per class."""
        first = "<br>".join(escape(line) for line in self._describe())
        head = "".join(f"<th>{name}</th>" for name in ("class", *_STATES))
        rows = "".join(
            f"<tr><td>{escape(name)}</td>"
            + "".join(f'<td style="text-align:right">{count:,}</td>' for count in counts)
            + "</tr>"
            for name, *counts in self.count_labels().iter_rows()
        )
        return f"<p>{first}</p><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _describe(self) -> list[str]:
        images, members = self.records.height, self.members.height
        sizes = dict(self.records["split"].value_counts().iter_rows())
        parts = ", ".join(f"{sizes[name]:,} {name}" for name in SPLITS if name in sizes)
        total = self.count_labels().sum().row(0)[1:]
        sources = (
            f"{name} ({plural(len(scope), 'class', 'classes')})"
            for name, scope in self.scopes.items()
        )
        joined = plural(members - images, "copy", "copies")
        return [
            f"Table: {plural(images, 'image')} of "
            f"{plural(self.records['patient'].n_unique(), 'patient')}; {parts or 'no split'}",
            f"Sources: {some(sources, 6)}",
            f"Classes: {some(self.classes, 8)}",
            "Labels: " + ", ".join(f"{n:,} {s}" for n, s in zip(total, _STATES, strict=True)),
            f"Joined: {joined}, {plural(self.conflicts.height, 'conflict')} settled",
            f"Left out: {plural(int(self.excluded['rows'].sum() or 0), 'row')}",
        ]


def assemble(
    recipe: Recipe | Path | str, *, progress: Callable[[int, int], None] | None = None
) -> Table:
    """Read, check, join and split the sources of a recipe; save the table below its output.

    Args:
        recipe: settings, or the path of a recipe.
        progress: called with (images read, images in all).

    Raises:
        LabelAssembleError: what is wrong with the recipe, a source, its files or the whole.

    Examples:
        ```python
        table = la.assemble("recipe.toml")
        print(table)                           # six lines
        table.labels().select("record", "edema")    # null: nobody looked
        ```
    """
    return _show(assemble_sources(find_recipe(recipe), progress))


def read_table(folder: Path | str) -> Table:
    """Read an assembled table.

    Args:
        folder: a recipe's output, or ``assembled`` in it.

    Raises:
        AssemblyError: no such table, or a damaged one.

    Examples:
        ```python
        table = la.read_table("results")
        ```
    """
    return _show(read_table_folder(find_table(Path(folder))))


def _show(table: AssembledTable) -> Table:
    fields = {one.name: getattr(table, one.name) for one in dataclasses.fields(table)}
    return Table(**fields)
