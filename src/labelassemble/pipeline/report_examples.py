"""Images that a report shows: of each source, and those that a network gets wrong."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.scored_sample import ALL
from labelassemble.evaluation.wrong_predictions import choose_wrong_predictions
from labelassemble.images.store import ImageStore
from labelassemble.report.content import ExampleImage, WrongPrediction
from labelassemble.settings import Recipe
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary
from labelassemble.vocabulary.vocabulary import Vocabulary, load_vocabulary


def choose_examples(
    table: AssembledTable, store: ImageStore, vocabulary: Vocabulary, number: int
) -> list[ExampleImage]:
    """Take ``number`` images of each source, those with most positive classes of different kind.

    A training image is preferred: examples should show what the network learned from.
    """
    kinds = {"found": "positive", "unsure": "uncertain", "absent": "negative"}
    said = table.cells.group_by("record").agg(
        pl.col("class").filter(pl.col("state") == state).sort().alias(kind)
        for kind, state in kinds.items()
    )
    described = table.records.join(
        said, on="record", how="left", maintain_order="left"
    ).with_columns(pl.col(*kinds).fill_null([]))
    words = [
        _describe_labels(found, unsure, bool(absent), vocabulary)
        for found, unsure, absent in described.select(*kinds).iter_rows()
    ]
    described = described.with_columns(words=pl.Series(words, dtype=pl.String))
    examples = []
    for source in described["source"].unique(maintain_order=True):
        of_source = described.filter(
            (pl.col("source") == source) & pl.col("record").is_in(list(store.row))
        )
        different = of_source.sort(
            pl.col("split") != "train", pl.col("found").list.len(), "record"
        ).unique("words", keep="first", maintain_order=True)
        if different.is_empty():
            continue
        # Evenly along the list: from nothing found to several findings on one image.
        places = np.unique(np.linspace(0, different.height - 1, number).round().astype(int))
        examples += [
            ExampleImage(
                image=store.read(np.array([store.row[row["record"]]]))[0],
                source=source,
                caption=row["words"],
            )
            for row in different[places.tolist() if number else []].iter_rows(named=True)
        ]
    return examples


def show_wrong_predictions(
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore,
    points: pl.DataFrame | None,
    predictions: Mapping[str, pl.DataFrame],
) -> list[WrongPrediction]:
    """Take images of the last method's most confident wrong predictions at its thresholds."""
    if points is None:
        return []
    vocabulary, method = load_vocabulary(choose_vocabulary(recipe)), str(recipe.methods[-1])
    own = points.filter(pl.col("method") == method, group=ALL)
    stored = predictions[method].filter(pl.col("record").is_in(list(store.row)))
    wrong = choose_wrong_predictions(stored, table, own, recipe.report.wrong_predictions)
    return [
        WrongPrediction(
            image=store.read(np.array([store.row[row["record"]]]))[0],
            class_title=title_of(vocabulary, row["class"]),
            probability=row["probability"],
            threshold=row["threshold"],
            present=row["label"] == 1,
            labelled_by=describe_label(row),
        )
        for row in wrong.iter_rows(named=True)
    ]


def describe_label(cell: Mapping[str, object]) -> str:
    """Say who made a label, and from what.

    >>> describe_label({"source": "nih", "evidence": "text_mining", "policy": None})
    'nih, evidence: text mining'
    """
    evidence = str(cell["evidence"] or "unstated").replace("_", " ")
    told = "evidence not stated" if evidence == "unstated" else f"evidence: {evidence}"
    words = f"{cell['source']}, {told}"
    return f"{words}; an uncertain assessment made a label by policy" if cell["policy"] else words


def title_of(vocabulary: Vocabulary, name: str) -> str:
    """Give a class in words."""
    return vocabulary.findings[vocabulary.index(name)].title


def _describe_labels(
    found: list[str], unsure: list[str], any_absent: bool, vocabulary: Vocabulary
) -> str:
    """Say what is known of an image; nothing known is not the same as nothing found."""
    parts = [title_of(vocabulary, name) for name in found]
    parts += [f"{title_of(vocabulary, name)} uncertain" for name in unsure]
    if parts:
        return ", ".join(parts)
    return "nothing that was looked for" if any_absent else "nothing is known of it"
