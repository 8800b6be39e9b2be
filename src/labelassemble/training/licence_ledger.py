"""Which sources taught which weights and classes of a run, and what their terms permit."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.setting_types import LICENCE_USES, Use
from labelassemble.settings import Recipe
from labelassemble.sources.permits import USE_WORDS, Permits, read_permits
from labelassemble.training.lineage import find_run
from labelassemble.training.run_folder import LICENCES, read_json

Ledger = Mapping[str, Any]
"""sources: name to title, licence, permits (as ``Permits``) and run (whose source it is; null: this
one's own). weights: names of the sources that taught what all classes share. classes: class to the
sources that taught it, each with its number of known training labels. untold: what else taught,
of which nobody tells the terms."""


def make_ledger(recipe: Recipe, learnable: AssembledTable) -> Ledger:
    """Tell who teaches a run: its sources, and those of runs it begins with or is taught by.

    A run whose ``training.fine_tune.new_classes_only`` is set has all but its new classes from the
    run that it starts from.

    Args:
        recipe: all settings.
        learnable: what the run may learn from.

    Raises:
        RunError: the ledger of a run that it comes from is damaged.
    """
    own = _list_own(learnable)
    training = recipe.training
    dense = recipe.detection.task == "detection"
    start = training.start_from
    runs = [*([] if start is None else [start]), *(() if dense else training.teachers)]
    before = [_read_other(run) for run in runs]
    untold = [name for one in before for name in one["untold"]]
    if start is None and recipe.model.pretrained is not None:
        untold.append(f"pre-trained weights {Path(recipe.model.pretrained).name}")
    classes: dict[str, dict[str, int]] = {}
    only_new = training.fine_tune.new_classes_only
    for name in learnable.classes:
        theirs = {
            source: count
            for one in before
            for source, count in one["classes"].get(name, {}).items()
        }
        classes[name] = theirs if only_new and theirs else {**theirs, **own["classes"][name]}
    weights = [source for one in before for source in one["weights"]]
    sources = {name: said for one in before for name, said in one["sources"].items()}
    taught = {*weights, *(name for one in classes.values() for name in one)}
    if not (only_new and before):
        weights += own["weights"]
        taught |= set(own["weights"])
    sources |= own["sources"]
    return {
        "sources": {name: said for name, said in sources.items() if name in taught},
        "weights": list(dict.fromkeys(weights)),
        "classes": classes,
        "untold": list(dict.fromkeys(untold)),
    }


def read_ledger(run: Path) -> Ledger | None:
    """Read a run's ledger; None where it has none, as of earlier versions.

    Raises:
        RunError: it is damaged.
    """
    place = run / LICENCES
    return read_json(place) if place.is_file() else None


def list_terms(
    ledger: Ledger, uses: Sequence[Use] = LICENCE_USES
) -> tuple[dict[str, str], dict[str, str]]:
    """List the sources whose terms forbid a use, and those (and what else) that do not say.

    Args:
        ledger: of a run.
        uses: what is asked for.

    Returns:
        Name to what it forbids, and name to what it does not speak of, in words.
    """
    forbid, unsaid = {}, {}
    for name, said in ledger["sources"].items():
        permits = Permits.model_validate(said["permits"])
        licence = said["licence"] or "no licence named"
        if found := permits.forbidden(uses):
            forbid[name] = f"{name} ({licence}): {_words(found)}"
        if found := permits.unsaid(uses):
            unsaid[name] = f"{name} ({licence}): {_words(found)}"
    return forbid, unsaid | {name: f"{name}: nobody tells its terms" for name in ledger["untold"]}


def describe_ledger(ledger: Ledger | None) -> list[str]:
    """Give the lines of the card's section."""
    if ledger is None:
        return ["Not told: the run is of an earlier version."]
    forbid, unsaid = list_terms(ledger)
    return [
        "Who taught what, with known training labels; all other weights are of all of "
        f"{', '.join(ledger['weights']) or 'nobody'}.",
        "",
        "| class | taught by |",
        "|---|---|",
        *(
            f"| {name} | {', '.join(f'{one} ({count:,})' for one, count in taught.items())} |"
            for name, taught in ledger["classes"].items()
        ),
        "",
        *(f"- Forbids, as its terms say: {one}." for one in forbid.values()),
        *(f"- Does not say: {one}." for one in unsaid.values()),
        *([] if forbid or unsaid else ["All of them permit commercial use, derivatives, sharing."]),
    ]


def _words(uses: Sequence[Use]) -> str:
    return ", ".join(USE_WORDS[use] for use in uses)


def _list_own(learnable: AssembledTable) -> dict[str, Any]:
    """The ledger of a table alone."""
    train = learnable.records.filter(pl.col("split") == "train").select("record")
    known = learnable.cells.filter(pl.col("label").is_not_null()).join(
        train, on="record", how="semi"
    )
    rows = (
        known.with_columns(source=pl.col("source").str.split("+"))
        .explode("source")
        .group_by("class", "source")
        .len()
        .iter_rows()
    )
    counts = {(name, source): int(count) for name, source, count in rows}
    described: Any = learnable.manifest.get("sources") or {}
    brought = learnable.members.join(train, on="record", how="semi")["source"].unique().to_list()
    return {
        "sources": {name: _describe(said) for name, said in described.items()},
        "weights": [name for name in described if name in brought],
        "classes": {
            name: {one: counts[name, one] for one in described if (name, one) in counts}
            for name in learnable.classes
        },
        "untold": [],
    }


def _describe(said: Mapping[str, Any]) -> dict[str, Any]:
    licence = str(said.get("licence") or "")
    permits = said.get("permits")
    told = read_permits(licence) if permits is None else Permits.model_validate(permits)
    return {
        "title": str(said.get("title") or ""),
        "licence": licence,
        "permits": told.model_dump(),
        "run": None,
    }


def _read_other(start: Path) -> dict[str, Any]:
    """The ledger of a run that another comes from; its sources tell whose they are."""
    run = find_run(start)
    ledger = None if run is None else read_ledger(run)
    if run is None or ledger is None:
        told = f"the run {run.name}" if run else f"the checkpoint {start.name}"
        return {"sources": {}, "weights": [], "classes": {}, "untold": [told]}
    sources = {
        name: {**one, "run": one["run"] or run.name} for name, one in ledger["sources"].items()
    }
    return {**ledger, "sources": sources}
