"""A finished run in, its likeliest label faults out: a list for a reader, and a page."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, SettingsError, plural
from labelassemble.evaluation.rank_labels import GIVEN_COLUMNS, RankedLabels, rank_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.pipeline.assemble_sources import open_assembled
from labelassemble.pipeline.class_titles import table_titles
from labelassemble.recipe import check_recipe
from labelassemble.report.review.content import ReviewContent, ReviewedLabel
from labelassemble.report.review.write_review import write_review
from labelassemble.settings import Recipe, RunSettings
from labelassemble.storage.write_aside import write_aside
from labelassemble.training.cross_fit import cross_fit
from labelassemble.training.cross_fit_heads import cross_fit_heads
from labelassemble.training.lineage import read_recipe_of
from labelassemble.training.run_folder import (
    BEST,
    CHECKPOINTS,
    SETTINGS,
    TABLE,
    describe_contents,
    is_done,
    read_json,
)
from labelassemble.training.select import select_learnable

REVIEW, LIST, PAGE = "review", "review.csv", "review.html"
IMPLIED = "; implied by "
"""Stands in the reason of a label that follows from another one."""


class Reviewed(NamedTuple):
    """What a review came to.

    Attributes:
        listed: the list that was written.
        page: the page that was written.
        ranked: all labels.
        lines: how many stand on the list.
    """

    listed: Path
    page: Path
    ranked: RankedLabels
    lines: int


def review_run(
    run_folder: Path,
    output: Path | None = None,
    *,
    folds: int = 5,
    share: float = 0.05,
    shown: int = 60,
    quick: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Reviewed:
    """Rank a run's labels by how likely they are wrong, judged by networks that did not see them.

    Labels of training and validation images are ranked, present and absent, as their source gave
    them; cells that nobody looked at, uncertain ones, soft labels and what follows from another
    label are not. Of the likeliest faults a list is written that ``assembly.corrections`` takes
    back when a reader has filled in its column ``answer``.

    Args:
        run_folder: a finished run that predicts whole images; its table and store lie where its
            recipe wrote them.
        output: a folder for list and page; None: ``review`` in the run folder.
        folds: networks to train, each without a part of the patients; quick: heads a class.
        share: of the ranked labels that the list holds.
        shown: labels whose images the page shows.
        quick: train no network: linear heads are cross-fitted on features of the run's own, which
            has seen the labels.
        progress: called with (folds done, folds in all).

    Raises:
        RunError: no finished run, one that finds lesions, or its table is another one now.
        SettingsError: a list that is there already.
    """
    folder = run_folder / REVIEW if output is None else output
    listed, page = folder / LIST, folder / PAGE
    # The list comes last: a page alone is of a review that was stopped.
    if os.path.lexists(listed):
        raise SettingsError(
            f"no file yet at {listed}",
            "one that is there, which a reader may have filled in",
            "Choose another folder: --output FOLDER",
        )
    recipe, run = _read_run(run_folder, quick)
    table, store = open_assembled(recipe)
    _refuse_other_table(run_folder, table, run, store)
    learnable = select_learnable(table, run)
    if quick:
        predictions = cross_fit_heads(
            load_network(run_folder / CHECKPOINTS / BEST),
            learnable,
            store,
            folds=folds,
            seed=run.seed,
            batch_size=recipe.evaluation.batch_size,
            progress=progress,
        )
    else:
        place = run_folder / REVIEW
        predictions = cross_fit(recipe, run, table, store, place, folds=folds, progress=progress)
    given = list_given(learnable, predictions)
    if given.is_empty():
        raise RunError(
            "labels, present or absent, to review",
            "none: all are unknown, uncertain or implied",
            "Review a run whose sources label something",
        )
    ranked = rank_labels(given, recipe.evaluation.call_patients)
    lines = min(ranked.labels.height, max(1, round(share * ranked.labels.height)))
    rows = describe_lines(ranked.labels.head(lines), table)
    folder.mkdir(parents=True, exist_ok=True)
    titles = table_titles(table)
    write_review(
        ReviewContent(
            title=f"Likely label faults of {recipe.name}",
            run=run_folder.resolve().name,
            folds=folds,
            quick=quick,
            labels=ranked.labels.height,
            lines=lines,
            counts=ranked.counts,
            titles=titles,
            shown=_show(rows.head(shown), store, titles),
        ),
        page,
    )
    with write_aside(listed) as aside:
        rows.drop("record").write_csv(aside, float_precision=4)
    return Reviewed(listed, page, ranked, lines)


def list_given(table: AssembledTable, predictions: pl.DataFrame) -> pl.DataFrame:
    """List the labels that can be reviewed, beside out-of-fold probabilities: ``GIVEN_COLUMNS``.

    Args:
        table: what the run learned from.
        predictions: record, class, probability.
    """
    sure = pl.col("state").cast(pl.String).is_in(["positive", "negative"])
    direct = ~pl.col("reason").cast(pl.String).str.contains(IMPLIED, literal=True)
    own = table.cells.filter(sure & direct.fill_null(True) & pl.col("label").is_in([0.0, 1.0]))
    return (
        own.select("record", "source", "class", pl.col("label").cast(pl.Float64))
        .join(table.records.select("record", "patient"), on="record", how="left")
        .join(predictions.select("record", "class", "probability"), on=["record", "class"])
        .select(list(GIVEN_COLUMNS))
    )


def describe_lines(labels: pl.DataFrame, table: AssembledTable) -> pl.DataFrame:
    """Give the lines of a reader's list, in the order of the labels.

    A label that several sources gave stands under the first of them, with that source's image.
    """
    members = table.members.select("record", "source", "image", "path", "patient").unique(
        ["record", "source"], keep="first", maintain_order=True
    )
    first = labels.drop("patient").with_columns(
        said_by="source", source=pl.col("source").str.split("+").list.first()
    )
    named = first.join(members, on=["record", "source"], how="left", maintain_order="left")
    given = pl.when(pl.col("label") == 1.0).then(pl.lit("present")).otherwise(pl.lit("absent"))
    return named.select(
        "record",
        "source",
        "image",
        pl.col("path").alias("file"),
        "patient",
        "class",
        given=given,
        predicted="probability",
        calibrated="calibrated",
        score="score",
        likely=pl.when("likely").then(pl.lit("yes")).otherwise(pl.lit("no")),
        reason="reason",
        reader=pl.lit(""),
        answer=pl.lit(""),
    )


def describe_review(found: Reviewed) -> list[str]:
    """What came out, in lines for a terminal."""
    counts = found.ranked.counts
    width = max(len("class"), *(len(name) for name in counts["class"]))
    wide = max(len("source"), *(len(name) for name in counts["source"]))
    lines = [
        f"{'source':<{wide}}  {'class':<{width}} {'labels':>7} {'AUROC':>6} {'believed other':>15}"
    ]
    for row in counts.iter_rows(named=True):
        total = row["present"] + row["absent"]
        lines.append(
            f"{row['source']:<{wide}}  {row['class']:<{width}} {total:>7,} "
            f"{row['auroc'] or float('nan'):>6.3f} {row['likely']:>15,}"
        )
    return [
        *lines,
        f"List: {found.listed}, {plural(found.lines, 'label')} of {found.ranked.labels.height:,}",
        f"Page: {found.page}",
        "Next: write present, absent or cannot tell into the column `answer`, your name into "
        f'`reader`, and assemble with assembly.corrections = ["{found.listed}"]',
    ]


def _read_run(run_folder: Path, quick: bool) -> tuple[Recipe, RunSettings]:
    if not is_done(run_folder):
        raise RunError(
            f"a finished run's folder at {run_folder}",
            "a run that is not finished"
            if run_folder.is_dir()
            else "a file"
            if run_folder.is_file()
            else "no such folder",
            "Train it to its end, or name a folder below OUTPUT/runs; a packed model holds no "
            "labels to review",
        )
    recipe = check_recipe(read_recipe_of(run_folder), str(run_folder / SETTINGS))
    if recipe.detection.task == "detection":
        raise RunError(
            "a run that predicts whole images",
            "one that finds lesions, whose labels are drawn",
            "Review a run with detection.task = 'diagnosis'",
        )
    tuned = recipe.training.fine_tune
    kept = tuned.frozen_stages or tuned.new_classes_only
    if recipe.training.start_from is not None and kept and not quick:
        raise RunError(
            "a run that has learned all of its network from its own labels",
            f"one that kept parts of {recipe.training.start_from}, which has seen the labels",
            "Review that run, or train one without training.start_from, or add --quick",
        )
    return recipe, RunSettings.model_validate(read_json(run_folder / SETTINGS)["run"])


def _refuse_other_table(
    run_folder: Path, table: AssembledTable, run: RunSettings, store: ImageStore
) -> None:
    now = describe_contents(select_learnable(table, run), store.content)["fingerprint"]
    if read_json(run_folder / TABLE).get("fingerprint") != now:
        raise RunError(
            f"the table that the run learned from, beside {run_folder}",
            "another one: it was assembled again since",
            "Train again with this table: labelassemble train RECIPE",
        )


def _show(
    rows: pl.DataFrame, store: ImageStore, titles: Mapping[str, str]
) -> tuple[ReviewedLabel, ...]:
    shown = []
    for row in rows.iter_rows(named=True):
        image = store.read(np.array([store.row[row["record"]]]))[0]
        shown.append(
            ReviewedLabel(
                image=image,
                name=f"{row['source']}/{row['image']}",
                title=titles.get(row["class"], row["class"]),
                given=row["given"],
                probability=row["predicted"],
                calibrated=row["calibrated"],
                likely=row["likely"] == "yes",
            )
        )
    return tuple(shown)
