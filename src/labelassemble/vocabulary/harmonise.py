"""A source's terms become classes; broader and narrower classes follow where that is sound."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from labelassemble.errors import VocabularyError, unknown_name
from labelassemble.sources.label_table import InputFile, LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.vocabulary.vocabulary import Vocabulary

CLASS_VERDICT_COLUMNS = {
    "image": pl.String,
    "class": pl.String,
    "verdict": pl.String,
    "reader": pl.String,
    "reason": pl.String,
}
"""As ``VERDICT_COLUMNS``, with the class for the term; one row per image, class and reader. A
verdict that another one implied says so at the end of its reason."""

UNMAPPED_COLUMNS = {"term": pl.String, "count": pl.Int64, "nearest": pl.String}
"""Terms that the vocabulary does not know. count: images on which they are positive. nearest: the
names in the vocabulary that look most alike, joined by a comma."""

_STRENGTH = {"negative": 0, "uncertain": 1, "positive": 2}


@dataclass(frozen=True)
class ClassTable:
    """One source in the vocabulary's classes."""

    source: str
    """Name of the source in the recipe."""
    manifest: Manifest
    """How it was read."""
    images: pl.DataFrame
    """As in the `LabelTable`."""
    verdicts: pl.DataFrame
    """``CLASS_VERDICT_COLUMNS``, sorted by image, class (in the vocabulary's order) and reader."""
    scope: tuple[str, ...]
    """Classes that were looked for, and those that gained both positive and negative verdicts by
    implication; in the order of the vocabulary."""
    unmapped: pl.DataFrame
    """``UNMAPPED_COLUMNS``."""
    left_out: pl.DataFrame
    """As in the `LabelTable`."""
    inputs: tuple[InputFile, ...]
    """As in the `LabelTable`."""


def harmonise(table: LabelTable, vocabulary: Vocabulary) -> ClassTable:
    """Turn a source's terms into classes.

    A term means the class that the manifest's ``terms`` names, else the class that has it as name
    or exact synonym. Then positive children make parents positive and negative parents make
    children negative, as far as the vocabulary says so. Where several verdicts of one reader meet
    on one image and class, a direct one beats an implied one, and among equals positive beats
    uncertain beats negative.

    Raises:
        VocabularyError: the manifest maps a term to a class that the vocabulary does not hold.
    """
    names = [finding.name for finding in vocabulary.findings]
    terms = dict.fromkeys([*table.scope, *table.verdicts["term"].unique().sort()])
    meaning = {term: _find_class(term, table.manifest, vocabulary) for term in terms}
    mapped = {term: name for term, name in meaning.items() if name}
    unknown = [term for term, name in meaning.items() if name is None]
    verdicts = _add_implied(_number(table, mapped, names), vocabulary, names)
    return ClassTable(
        source=table.source,
        manifest=table.manifest,
        images=table.images,
        verdicts=_name(verdicts, table, names),
        scope=_scope(table, verdicts, mapped, names),
        unmapped=_count_unmapped(table, unknown, vocabulary),
        left_out=table.left_out,
        inputs=table.inputs,
    )


def _find_class(term: str, manifest: Manifest, vocabulary: Vocabulary) -> str | None:
    """The class a term means; ``""`` where the manifest sets it aside; None where unknown."""
    if term not in manifest.terms:
        return vocabulary.find(term)
    name = manifest.terms[term]
    if name and name not in (known := [finding.name for finding in vocabulary.findings]):
        raise VocabularyError(
            f"a class of the vocabulary {vocabulary.name} for the term {term!r} in the manifest "
            f"{manifest.name}",
            unknown_name("class", name, known),
            "Mend `terms` in the manifest, or add the class to the vocabulary",
        )
    return name


def _number(table: LabelTable, mapped: Mapping[str, str], names: list[str]) -> pl.DataFrame:
    """Direct verdicts as numbers: millions of them are sorted faster than as words.

    Columns: image (row of the table's images), class (place in the vocabulary), strength
    (verdict, see `_STRENGTH`), reader and reason (text).
    """
    images = table.images.select("image").with_row_index("row")
    classes = pl.DataFrame(
        {"term": list(mapped), "class": [names.index(name) for name in mapped.values()]},
        schema={"term": pl.String, "class": pl.Int64},
    )
    return (
        table.verdicts.join(classes, on="term", how="inner")
        .join(images, on="image", how="inner")
        .select(
            pl.col("row").cast(pl.Int64).alias("image"),
            "class",
            pl.col("verdict").replace_strict(_STRENGTH, return_dtype=pl.Int8).alias("strength"),
            "reader",
            pl.col("reason").cast(pl.Categorical),
        )
    )


def _add_implied(direct: pl.DataFrame, vocabulary: Vocabulary, names: list[str]) -> pl.DataFrame:
    """Direct and implied verdicts, the strongest one per image, class and reader."""
    up = [(child, parent) for child, every in vocabulary.imply_up().items() for parent in every]
    down = [(parent, child) for child, every in vocabulary.imply_down().items() for parent in every]
    every = pl.concat(
        [
            direct.with_columns(direct=pl.lit(True)),
            _imply(direct, _STRENGTH["positive"], "child", up, names),
            _imply(direct, _STRENGTH["negative"], "parent", down, names),
        ]
    )
    return every.sort(
        ["image", "class", "reader", "direct", "strength"],
        descending=[False, False, False, True, True],
        maintain_order=True,
    ).filter(
        ~pl.all_horizontal(
            pl.col(key).eq_missing(pl.col(key).shift(1)) for key in ("image", "class", "reader")
        )
    )


def _imply(
    direct: pl.DataFrame,
    strength: int,
    relation: str,
    pairs: list[tuple[str, str]],
    names: list[str],
) -> pl.DataFrame:
    """Verdicts that follow from direct ones of one kind, by pairs of speaker and follower."""
    places = [(names.index(speaker), names.index(follower)) for speaker, follower in pairs]
    follows = pl.DataFrame(places, schema={"class": pl.Int64, "follower": pl.Int64}, orient="row")
    speaking = direct.filter(pl.col("strength") == strength)
    # Few different reasons and speakers: the new reason is written once for each.
    reasons = (
        speaking.select("reason", "class")
        .unique()
        .with_columns(
            said=pl.format(
                "{}; implied by {} {}",
                pl.col("reason").cast(pl.String),
                pl.lit(relation),
                pl.col("class").replace_strict(dict(enumerate(names)), return_dtype=pl.String),
            ).cast(pl.Categorical)
        )
    )
    return (
        speaking.join(follows, on="class", how="inner", maintain_order="left_right")
        .join(reasons, on=["reason", "class"], how="inner", maintain_order="left")
        .select(
            "image",
            pl.col("follower").alias("class"),
            "strength",
            "reader",
            pl.col("said").alias("reason"),
            direct=pl.lit(False),
        )
    )


def _name(verdicts: pl.DataFrame, table: LabelTable, names: list[str]) -> pl.DataFrame:
    """Numbers back to words."""
    words = {strength: verdict for verdict, strength in _STRENGTH.items()}
    return verdicts.with_columns(
        image=table.images["image"].gather(verdicts["image"]),
        verdict=pl.col("strength").replace_strict(words, return_dtype=pl.String),
        reason=pl.col("reason").cast(pl.String),
        **{"class": pl.Series(names, dtype=pl.String).gather(verdicts["class"])},
    ).select(list(CLASS_VERDICT_COLUMNS))


def _scope(
    table: LabelTable, verdicts: pl.DataFrame, mapped: Mapping[str, str], names: list[str]
) -> tuple[str, ...]:
    """Classes looked for, and those with both a positive and a negative through implication.

    A class of which implication gives one side only was not looked for; its verdicts stay.
    """
    sides = verdicts.filter(~pl.col("direct")).select("class", "strength").unique()
    both = sides.filter(pl.col("class").is_duplicated())["class"].unique()
    found = {mapped[term] for term in table.scope if term in mapped}
    found |= {names[place] for place in both}
    return tuple(name for name in names if name in found)


def _count_unmapped(table: LabelTable, terms: list[str], vocabulary: Vocabulary) -> pl.DataFrame:
    positive = (
        table.verdicts.filter(pl.col("verdict") == "positive", pl.col("term").is_in(terms))
        .group_by("term")
        .agg(pl.col("image").n_unique().alias("count"))
    )
    counts = dict(positive.iter_rows())
    rows = [(term, counts.get(term, 0), ", ".join(vocabulary.nearest(term))) for term in terms]
    return pl.DataFrame(rows, schema=UNMAPPED_COLUMNS, orient="row").sort(
        ["count", "term"], descending=[True, False]
    )
