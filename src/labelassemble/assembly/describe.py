"""What went into an assembled table and what came out, as JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble import __version__
from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.assembly.readings_matrix import Readings
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.assessments import STATES
from labelassemble.sources.files_not_taken import NotTaken, count_reasons
from labelassemble.sources.id_key import IdKey
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.problems import Problem
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.vocabulary import Vocabulary

_TOLD = ("positive", "negative", "uncertain")

AssessmentCounts = dict[str, dict[str, dict[str, int]]]
"""Source to class to state to images."""


def describe_inputs(
    tables: Sequence[ClassTable],
    vocabulary: Vocabulary,
    settings: AssemblySettings,
    *,
    sources: Sequence[SourceSettings],
    crosswalks: Sequence[InputFile],
    doubts: Sequence[tuple[str, Problem]] = (),
    key: IdKey | None = None,
    kept_from: str | None = None,
) -> dict[str, object]:
    """Settings, licences and hashes of what is assembled; no absolute paths, no time stamps.

    Args:
        tables: the sources.
        vocabulary: whose classes they are in.
        settings: of the assembly.
        sources: settings of each.
        crosswalks: files of the crosswalks, as the settings name them.
        doubts: what makes it doubtful who is one person, by source.
        key: hides ids: no doubt gives examples; none: it does.
        kept_from: the run whose split is kept; none: none.
    """
    chosen = settings.model_dump(mode="json")
    chosen["ids_key"] = key and key.fingerprint
    chosen["keep_split"] = kept_from
    chosen["crosswalks"] = [
        {**one.model_dump(mode="json"), "file": file.path, "sha256": file.sha256, "rows": file.rows}
        for one, file in zip(settings.crosswalks, crosswalks, strict=True)
    ]
    return {
        "name": "labelassemble",
        "version": __version__,
        "vocabulary": {"name": vocabulary.name, "version": vocabulary.version},
        "settings": chosen,
        "doubtful_ids": [
            {"source": name, "what": one.what if key else one.with_example(), "do": one.do}
            for name, one in doubts
        ],
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
        "permits": manifest.permitted.model_dump(),
        "citation": manifest.citation,
        "url": manifest.url,
        "modality": manifest.modality,
        "region": manifest.region,
        "evidence": manifest.evidence,
        "notes": manifest.notes,
        "manifest": Path(source.manifest).name,
        "split": source.split,
        "test_list": source.test_list.name if source.test_list else None,
        "missing_images": source.missing_images,
        "unreadable_images": source.unreadable_images,
        "scope": list(table.scope),
        "inputs": [
            {
                "path": one.path,
                "sha256": one.sha256,
                "size": one.size,
                "rows": one.rows,
                "unused": one.unused,
            }
            for one in table.inputs
        ],
        "files_not_taken": [
            {"reason": one.reason, "count": one.count, "examples": list(one.examples)}
            for one in count_reasons(table.not_taken, "file")
        ],
        "unmapped_terms": table.unmapped.sort("count", "term", descending=[True, False]).to_dicts(),
    }


def read_not_taken(manifest: Mapping[str, object]) -> list[tuple[str, NotTaken]]:
    """Give each source's files that were not taken, by reason; none where nothing is said."""
    sources = manifest.get("sources")
    found = []
    for source, facts in sources.items() if isinstance(sources, Mapping) else ():
        for one in facts.get("files_not_taken", ()) if isinstance(facts, Mapping) else ():
            reason = NotTaken(one["reason"], one["count"], tuple(one["examples"]))
            found.append((str(source), reason))
    return found


def read_doubtful_ids(manifest: Mapping[str, object]) -> list[str]:
    """Give what makes it doubtful who is one person, in words; none where nothing is said."""
    told = manifest.get("doubtful_ids")
    return [f"{one['what']} ({one['source']})" for one in (told if isinstance(told, list) else ())]


def describe_table(
    table: AssembledTable,
    tables: Sequence[ClassTable],
    *,
    counts: AssessmentCounts,
    labels: Float[np.ndarray, "images classes"],
    records: pl.DataFrame,
    unscored: dict[str, str],
    vocabulary: Vocabulary,
) -> dict[str, object]:
    """Counts of what came out.

    Args:
        table: the table, but for these counts.
        tables: the sources, in recipe order.
        counts: of what they said, as ``count_assessments`` gives it.
        labels: the table's ``label_matrix``.
        images: columns split, split_reason, prevented.
        unscored: classes that validation cannot score.
        vocabulary: which classes follow from which.

    Returns:
        rows (source: read, images, joined and excluded, which add up; and beyond: images of these
        that no image holds), images (source: held and excluded), counts (source, class, state:
        images; one on which readers differ counts in each of their states), cells (split, class:
        known and unknown), splits, folds, unused (reason: images), leaks_prevented (images that
        a source meant for a part where they would have leaked), merged (evidence: images),
        conflicts (decision: pairs), incoherent (child, parent: images positive for the child and
        negative for the parent, after conflicts were settled), unscored_classes.
    """
    folds = table.records["fold"].drop_nulls().value_counts().sort("fold")
    return {
        "records": table.records.height,
        "groups": table.records["group"].n_unique(),
        "rows": _count_rows(table, tables),
        "images": _count_images(table),
        "counts": {
            source: {name: counts[source][name] for name in scope}
            for source, scope in table.scopes.items()
        },
        "splits": {split: (table.records["split"] == split).sum() for split in SPLITS},
        "folds": folds["count"].to_list(),
        "cells": _count_cells(table, labels),
        "incoherent": _count_incoherent(table.classes, labels, vocabulary),
        "merged": _count(table.members.filter(pl.col("evidence") != "table"), "evidence"),
        "conflicts": _count(table.conflicts, "decision"),
        "unused": _count(records.filter(pl.col("split") == "unused"), "split_reason"),
        "leaks_prevented": int(records["prevented"].sum()),
        "unscored_classes": list(unscored),
    }


def _count(rows: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(rows.group_by(column).len().sort(column).iter_rows())


def _count_images(table: AssembledTable) -> dict[str, dict[str, int]]:
    held, out = _count(table.members, "source"), _count(table.excluded, "source")
    return {
        source: {"held": held.get(source, 0), "excluded": out.get(source, 0)}
        for source in table.scopes
    }


def _count_rows(table: AssembledTable, tables: Sequence[ClassTable]) -> dict[str, dict[str, int]]:
    """Rows of each source that were read, and what became of them."""
    held = _count(table.members, "source")
    return {
        one.source: {
            "read": one.images.height + one.joined_rows + int(one.excluded["rows"].sum()),
            "images": one.images.height,
            "joined": one.joined_rows,
            "excluded": int(one.excluded["rows"].sum()),
            "beyond": one.images.height - held.get(one.source, 0),
        }
        for one in tables
    }


def count_assessments(
    readings: Readings, sources: Sequence[str], classes: Sequence[str]
) -> AssessmentCounts:
    """Count the images of each source on which each class has each state.

    Args:
        readings: what was said about the table's images, a row a reading.
        sources: names, in recipe order.
        classes: columns of the matrix.

    Returns:
        Source to class to state to images; an image whose readers differ counts in each state.
    """
    starts = np.flatnonzero(np.diff(readings.image, prepend=-1))
    source = readings.source[starts]
    found: AssessmentCounts = {one: {name: {} for name in classes} for one in sources}
    for state in _TOLD:
        said = readings.state == STATES.index(state)
        if len(starts) < len(said):
            said = np.logical_or.reduceat(said, starts, axis=0)
        for order, one in enumerate(sources):
            totals = said[source == order].sum(axis=0)
            for name, total in zip(classes, totals.tolist(), strict=True):
                found[one][name][state] = total
    return found


def add_counts(parts: Sequence[AssessmentCounts]) -> AssessmentCounts:
    """Add what ``count_assessments`` gave of different images."""
    return {
        source: {
            name: {state: sum(one[source][name][state] for one in parts) for state in states}
            for name, states in classes.items()
        }
        for source, classes in parts[0].items()
    }


def _count_incoherent(
    classes: Sequence[str], labels: Float[np.ndarray, "images classes"], vocabulary: Vocabulary
) -> list[list[object]]:
    place = {name: at for at, name in enumerate(classes)}
    found: list[list[object]] = []
    for child, parents in vocabulary.imply_up().items():
        for parent in parents:
            if child in place and parent in place:
                both = (labels[:, place[child]] == 1) & (labels[:, place[parent]] == 0)
                if both.any():
                    found.append([child, parent, int(both.sum())])
    return found


def _count_cells(
    table: AssembledTable, labels: Float[np.ndarray, "images classes"]
) -> dict[str, dict[str, dict[str, int]]]:
    cells: dict[str, dict[str, dict[str, int]]] = {}
    for split in SPLITS:
        own = labels[(table.records["split"] == split).to_numpy()]
        sums = {
            "positive": (own == 1).sum(axis=0),
            "negative": (own == 0).sum(axis=0),
            "soft": ((own > 0) & (own < 1)).sum(axis=0),
            "unknown": np.isnan(own).sum(axis=0),
        }
        cells[split] = {
            name: {kind: int(counts[place]) for kind, counts in sums.items()}
            for place, name in enumerate(table.classes)
        }
    return cells
