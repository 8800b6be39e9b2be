"""What went into an assembled table and what came out, as JSON."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from labelassemble import __version__
from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.label_table import InputFile
from labelassemble.vocabulary.harmonise import ClassTable
from labelassemble.vocabulary.vocabulary import Vocabulary

STATES = ("positive", "negative", "uncertain")


def describe_inputs(
    tables: Sequence[ClassTable],
    vocabulary: Vocabulary,
    settings: AssemblySettings,
    sources: Sequence[SourceSettings],
    crosswalks: Sequence[InputFile],
) -> dict[str, object]:
    """Settings, licences and hashes of what is assembled; no absolute paths, no time stamps."""
    chosen = settings.model_dump(mode="json")
    chosen["crosswalks"] = [
        {**one.model_dump(mode="json"), "file": file.path, "sha256": file.sha256, "rows": file.rows}
        for one, file in zip(settings.crosswalks, crosswalks, strict=True)
    ]
    return {
        "name": "labelassemble",
        "version": __version__,
        "vocabulary": {"name": vocabulary.name, "version": vocabulary.version},
        "settings": chosen,
        "sources": {
            table.source: _describe_source(table, source)
            for table, source in zip(tables, sources, strict=True)
        },
    }


def _describe_source(table: ClassTable, source: SourceSettings) -> dict[str, object]:
    manifest = table.manifest
    return {
        "title": manifest.title,
        "licence": manifest.licence,
        "citation": manifest.citation,
        "url": manifest.url,
        "manifest": Path(source.manifest).name,
        "split": source.split,
        "test_list": source.test_list.name if source.test_list else None,
        "missing_images": source.missing_images,
        "unreadable_images": source.unreadable_images,
        "scope": list(table.scope),
        "inputs": [
            {"path": one.path, "sha256": one.sha256, "size": one.size, "rows": one.rows}
            for one in table.inputs
        ],
        "unmapped_terms": table.unmapped.sort("count", "term", descending=[True, False]).to_dicts(),
    }


def describe_table(
    table: AssembledTable, verdicts: pl.DataFrame, pictures: pl.DataFrame, unscored: dict[str, str]
) -> dict[str, object]:
    """Counts of what came out.

    Args:
        table: the table, but for these counts.
        verdicts: columns source, image, class, verdict, of the images that pictures hold.
        pictures: columns split, split_reason, prevented.
        unscored: classes that validation cannot score.

    Returns:
        counts (source, class, state: images; one on which readers differ counts in each of their
        states), images (source: held and left_out), cells (split, class: known and unknown),
        splits, unused (reason: pictures), leaks_prevented (pictures that a source meant for a part
        where they would have leaked), merged (evidence: images), conflicts (decision: pairs),
        unscored_classes.
    """
    return {
        "pictures": table.pictures.height,
        "groups": table.pictures["group"].n_unique(),
        "images": _count_images(table),
        "counts": _count_verdicts(table, verdicts),
        "splits": {split: (table.pictures["split"] == split).sum() for split in SPLITS},
        "cells": _count_cells(table),
        "merged": _count(table.members.filter(pl.col("evidence") != "table"), "evidence"),
        "conflicts": _count(table.conflicts, "decision"),
        "unused": _count(pictures.filter(pl.col("split") == "unused"), "split_reason"),
        "leaks_prevented": int(pictures["prevented"].sum()),
        "unscored_classes": list(unscored),
    }


def _count(rows: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(rows.group_by(column).len().sort(column).iter_rows())


def _count_images(table: AssembledTable) -> dict[str, dict[str, int]]:
    held, out = _count(table.members, "source"), _count(table.left_out, "source")
    return {
        source: {"held": held.get(source, 0), "left_out": out.get(source, 0)}
        for source in table.scopes
    }


def _count_verdicts(
    table: AssembledTable, verdicts: pl.DataFrame
) -> dict[str, dict[str, dict[str, int]]]:
    counted = verdicts.group_by("source", pl.col("class").cast(pl.String), "verdict").agg(
        pl.col("image").n_unique()
    )
    found = {(source, name, state): count for source, name, state, count in counted.iter_rows()}
    return {
        source: {
            name: {state: found.get((source, name, state), 0) for state in STATES} for name in scope
        }
        for source, scope in table.scopes.items()
    }


def _count_cells(table: AssembledTable) -> dict[str, dict[str, dict[str, int]]]:
    label = pl.col("label")
    counted = (
        table.cells.join(table.pictures.select("picture", "split"), on="picture", how="left")
        .group_by("split", "class")
        .agg(
            positive=(label == 1).sum(),
            negative=(label == 0).sum(),
            soft=((label > 0) & (label < 1)).sum(),
        )
    )
    found = {(split, name): counts for split, name, *counts in counted.iter_rows()}
    cells: dict[str, dict[str, dict[str, int]]] = {}
    for split in SPLITS:
        pictures = int((table.pictures["split"] == split).sum())
        cells[split] = {}
        for name in table.classes:
            positive, negative, soft = found.get((split, name), (0, 0, 0))
            cells[split][name] = {
                "positive": positive,
                "negative": negative,
                "soft": soft,
                "unknown": pictures - positive - negative - soft,
            }
    return cells
