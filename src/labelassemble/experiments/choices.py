"""What an experiment's settings choose: a class, a variant that is judged, who keeps what."""

from collections.abc import Sequence

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, some, unknown_name
from labelassemble.experiments.table_changes import check_table_classes, deal_out, hide_cells
from labelassemble.settings import Recipe

UNHIDDEN = "full"
"""Variants with this method see the labels that are hidden from the others."""


def one_class(recipe: Recipe, table: AssembledTable, otherwise: str | None = None) -> str:
    """Give the one class of interest.

    Raises:
        SettingsError: none or several are named.
        AssemblyError: the table does not have it.
    """
    asked = recipe.experiment.classes_of_interest or ((otherwise,) if otherwise else ())
    if len(asked) != 1:
        raise SettingsError(
            "one class in experiment.classes_of_interest",
            some(asked) if asked else "none",
            f"Name one of {some(table.classes, 20)}",
        )
    check_table_classes(table, asked)
    return asked[0]


def judge(names: Sequence[str], sees_all: Sequence[bool], asked: str | None = None) -> str:
    """Give the variant that the others are compared with.

    Args:
        names: of the variants.
        sees_all: which of them labels are hidden from nothing.
        asked: the one that the settings name; None: label-assemble where it is among them, else
            the last one that labels are hidden from.

    Raises:
        SettingsError: labels are hidden from none, nothing to compare with, or the one asked for is
            not among them.
    """
    if len(names) < 2:
        raise SettingsError(
            "two variants or more in experiment.variants", some(names), "Add one to compare with"
        )
    asked = asked or ("label-assemble" if "label-assemble" in names else None)
    if asked is not None:
        if asked not in names:
            raise SettingsError(
                "one of experiment.variants in experiment.judged",
                unknown_name("variant", asked, names),
                "Add it to the variants, or name another",
            )
        return asked
    hidden = [name for name, all_labels in zip(names, sees_all, strict=True) if not all_labels]
    if not hidden:
        raise SettingsError(
            "a variant that labels are hidden from, in experiment.variants",
            some(names),
            "Add label-assemble or masked",
        )
    return hidden[-1]


def hide_parts(
    recipe: Recipe, table: AssembledTable
) -> tuple[AssembledTable, AssembledTable, tuple[str, ...]]:
    """Let every source, or part of the patients, keep the labels of some classes.

    Returns:
        The table with all labels, in parts where ``experiment.parts`` names no sources; the same
        with labels hidden; the names of the parts.

    Raises:
        SettingsError: parts that are partly sources.
    """
    parts = recipe.experiment.parts or part_classes(table, recipe.experiment.part_count)
    sources = [name for name in parts if name in table.scopes]
    if sources and len(sources) < len(parts):
        raise SettingsError(
            "experiment.parts that all name sources of the table, or none",
            f"{some(sources)}, which are sources, among {some(list(parts))}",
            "Name sources alone, or parts alone",
        )
    complete = table if sources else deal_out(table, tuple(parts), recipe.assembly.seed)
    return complete, hide_cells(complete, parts), tuple(parts)


def part_classes(table: AssembledTable, count: int) -> dict[str, tuple[str, ...]]:
    """Deal the table's classes out to ``part_1``, ``part_2``, ... in turn.

    Raises:
        SettingsError: fewer classes than parts.
    """
    if len(table.classes) < count:
        raise SettingsError(
            f"{count} classes or more, one a part",
            f"{len(table.classes)}",
            "Lower experiment.part_count",
        )
    return {f"part_{place + 1}": table.classes[place::count] for place in range(count)}
