"""Sources in, those out whose terms permit what is asked; the price of the others is told."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from labelassemble.errors import SettingsError, plural, some
from labelassemble.settings import Recipe
from labelassemble.sources.permits import USE_WORDS
from labelassemble.vocabulary.class_table import ClassTable

LEFT_OUT = "left_out"
"""Key of the table's description (``assembled.json``)."""


def keep_permitted(
    recipe: Recipe, tables: Sequence[ClassTable]
) -> tuple[Recipe, list[ClassTable], dict[str, Any] | None]:
    """Leave out sources whose terms forbid a use that the recipe asks for, or do not say.

    Args:
        recipe: ``assembly.licence`` and ``assembly.uses``.
        tables: its sources, read.

    Returns:
        The recipe without those sources and the crosswalks to them, the tables that stay, and what
        was left out: ``uses``; ``sources``, each with licence, forbids and unsaid; ``price``, a
        class each: positive and negative labels of all sources, and those that are left out. None
        where nothing is.

    Raises:
        SettingsError: no source would stay.
    """
    uses = recipe.assembly.uses
    left = {
        table.source: {
            "licence": table.manifest.licence,
            "forbids": [USE_WORDS[use] for use in table.manifest.permitted.forbidden(uses)],
            "unsaid": [USE_WORDS[use] for use in table.manifest.permitted.unsaid(uses)],
        }
        for table in tables
        if recipe.assembly.licence == "open"
        and (table.manifest.permitted.forbidden(uses) or table.manifest.permitted.unsaid(uses))
    }
    if not left:
        return recipe, list(tables), None
    if len(left) == len(tables):
        raise SettingsError(
            f"a source whose terms permit {some(USE_WORDS[use] for use in uses)} (assembly.uses)",
            "; ".join(_tell(name, one) for name, one in left.items()),
            "Ask for fewer uses, or say in a source's manifest what its terms permit: "
            "permits = { commercial = true, derivatives = true, sharing = true }",
        )
    kept = recipe.assembly.model_copy(
        update={
            "crosswalks": tuple(
                one
                for one in recipe.assembly.crosswalks
                if not {one.left_source, one.right_source} & left.keys()
            )
        }
    )
    sources = tuple(one for one in recipe.sources if one.name not in left)
    classes = set(recipe.classes or (name for table in tables for name in table.scope))
    told = {
        "uses": [USE_WORDS[use] for use in uses],
        "sources": left,
        "price": _price(tables, classes, left),
    }
    return (
        recipe.model_copy(update={"sources": sources, "assembly": kept}),
        [table for table in tables if table.source not in left],
        told,
    )


def describe_left_out(told: object) -> list[str]:
    """What was left out for its terms, and the price in labels, a line each; nothing for None.

    Args:
        told: as ``keep_permitted`` gives it.
    """
    if not isinstance(told, dict):
        return []
    sources, price = told["sources"], told["price"]
    width = max(len(name) for name in ("class", *price))
    return [
        f"Left out, as {some(told['uses'], 9)} must be permitted: {plural(len(sources), 'source')}",
        *(f"- {_tell(name, one)}" for name, one in sources.items()),
        "What that costs, in labels of images (an image in two sources counts twice):",
        f"{'class':<{width}} {'positive':>22} {'negative':>22}",
        *(
            f"{name:<{width}} {_lost(*row['positive']):>22} {_lost(*row['negative']):>22}"
            for name, row in price.items()
        ),
    ]


def _tell(name: str, one: dict[str, Any]) -> str:
    licence = one["licence"] or "no licence named"
    parts = [
        *([f"forbids {some(one['forbids'], 9)}"] if one["forbids"] else []),
        *([f"does not speak of {some(one['unsaid'], 9)}"] if one["unsaid"] else []),
    ]
    return f"{name} ({licence}) {', '.join(parts)}"


def _lost(total: int, lost: int) -> str:
    return f"-{lost:,} of {total:,}" if lost else f"{total:,}"


def _price(
    tables: Sequence[ClassTable], classes: set[str], left: dict[str, Any]
) -> dict[str, dict[str, tuple[int, int]]]:
    """Labels of all sources, and those of the sources that are left out, by class and state."""
    counts = pl.concat(
        table.list_assessments()
        .with_columns(pl.col("class").cast(pl.String), state=pl.col("assessment").cast(pl.String))
        .filter(pl.col("state").is_in(["positive", "negative"]))
        .filter(pl.col("class").is_in(sorted(classes)))
        .unique(["image", "class", "state"])
        .group_by("class", "state")
        .len()
        .with_columns(lost=pl.lit(table.source in left))
        for table in tables
    )
    number = {row[:3]: row[3] for row in _sum(counts)}
    return {
        name: {
            state: (
                number.get((name, state, False), 0) + number.get((name, state, True), 0),
                number.get((name, state, True), 0),
            )
            for state in ("positive", "negative")
        }
        for name in dict.fromkeys(row[0] for row in number)
    }


def _sum(counts: pl.DataFrame) -> list[tuple[str, str, bool, int]]:
    keys = ["class", "state", "lost"]
    return counts.group_by(keys).agg(pl.col("len").sum()).sort(keys).select(*keys, "len").rows()
