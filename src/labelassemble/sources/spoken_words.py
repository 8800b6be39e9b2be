"""Columns of words become verdicts: shared by lists, classes, paths and file names."""

from collections.abc import Callable

import polars as pl

from labelassemble.errors import SourceError, some, unknown_name
from labelassemble.sources.scope import VERDICT_COLUMNS, Scope, Words, state


def state_words(
    images: pl.Series,
    cells: pl.Series,
    take_apart: Callable[[str], Words],
    scope: Scope,
    place: str,
) -> pl.DataFrame:
    """Make verdicts of one cell of words an image.

    Each distinct cell is understood once, so that a hundred thousand rows cost no more than their
    few hundred different cells.

    Args:
        images: names of the images.
        cells: what stands beside each, as text.
        take_apart: from a cell to its words.
        scope: what was looked for.
        place: where the words stand, such as ``column 'Finding Labels'``.

    Returns:
        ``VERDICT_COLUMNS``, in the order of `images`.

    Raises:
        SourceError: a word that the scope does not know, or ``No Finding`` beside a finding.
    """
    rows = pl.DataFrame({"image": images, "cell": cells})
    distinct = rows.group_by("cell").agg(
        pl.len().alias("count"), pl.col("image").min().alias("example")
    )
    said = {cell: take_apart(cell) for cell in distinct["cell"]}
    _check_words(distinct.sort("cell"), said, scope, place)
    statements = pl.DataFrame(
        [(cell, *one) for cell, words in said.items() for one in state(words, scope, place)],
        schema=dict.fromkeys(["cell", "term", "verdict", "reason"], pl.String),
        orient="row",
    )
    return (
        rows.join(statements, on="cell", how="inner", maintain_order="left_right")
        .with_columns(reader=pl.lit(None, pl.String))
        .select(list(VERDICT_COLUMNS))
    )


def _check_words(distinct: pl.DataFrame, said: dict[str, Words], scope: Scope, place: str) -> None:
    listed = {*scope.terms, *scope.also_listed}
    other = {*scope.no_finding, *scope.not_labels}
    strange: dict[str, list[tuple[int, str]]] = {}
    for cell, count, example in distinct.iter_rows():
        words = said[cell].words
        for word in words:
            # A step of a listed path is as good as listed itself.
            if word not in listed and word not in other and not _is_step(said[cell], word, listed):
                strange.setdefault(word, []).append((count, example))
        none = [word for word in words if word in scope.no_finding]
        findings = [word for word in words if word not in other]
        if none and findings:
            raise SourceError(
                f"{none[0]!r} alone in {place}",
                f"{cell!r} on {count} images, such as {example}",
                "Mend those rows: either there is a finding or there is none",
            )
    if strange:
        word, places = next(iter(strange.items()))
        name = repr(word) if word else "blank"
        known = [*scope.terms, *scope.also_listed, *scope.no_finding, *scope.not_labels]
        count = sum(count for count, _ in places)
        others = f"; {len(strange) - 1} other words too: {some(map(repr, list(strange)[1:]), 5)}"
        raise SourceError(
            f"words that the manifest's scope knows in {place}",
            f"{name} on {count} images, such as {some((e for _, e in places), 3)}"
            + (others if len(strange) > 1 else "")
            + f" ({unknown_name('word', word, known)})",
            "Mend the table, or put the word into scope.terms (looked for everywhere), "
            "also_listed (only where listed), no_finding, or not_labels (says nothing)",
        )


def _is_step(said: Words, word: str, listed: set[str]) -> bool:
    """Whether the word is a path's beginning, as ``a/b`` of the listed ``a/b/c``."""
    deeper = said.step
    return deeper is not None and any(term.startswith(word + deeper) for term in listed)
