"""A run folder and its sources in, the same run made again and what differs out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.lesion_finding import open_task
from labelassemble.errors import RunError, SettingsError, plural, some
from labelassemble.evaluation.fit_operation import write_run_operation
from labelassemble.inference.checkpoint_file import network_weights, read_checkpoint
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.progress import PlainProgress
from labelassemble.recipe import check_recipe
from labelassemble.settings import Recipe, RunSettings
from labelassemble.sources.read_progress import ReadProgress
from labelassemble.training.lineage import read_recipe_of
from labelassemble.training.made_with import describe_machine, read_parts
from labelassemble.training.run import train_network
from labelassemble.training.run_folder import (
    BEST,
    CHECKPOINTS,
    DONE,
    PREDICTIONS,
    SETTINGS,
    TABLE,
    describe_contents,
    is_done,
    read_json,
)

_SCORES = ("validation_froc_score", "validation_auroc_score")
"""The one that an epoch was chosen by comes first."""


class Reproduced(NamedTuple):
    """What making a run again came to.

    Attributes:
        folder: the new run.
        other: what it was made with that the first was not, in words.
        identical: whether all weights are the same bits.
        difference: the largest of a probability on validation and test images.
        scores: on validation, then and now; None where nothing can be scored.
        spread: the least and the most of runs that differ in their seed alone, the first among
            them; None where there is no other.
        seeds: how many runs those are.
    """

    folder: Path
    other: tuple[str, ...]
    identical: bool
    difference: float
    scores: tuple[float, float] | None
    spread: tuple[float, float] | None
    seeds: int

    @property
    def holds(self) -> bool:
        """Whether the same bits came out, or a score that lies where other seeds' do."""
        if self.identical:
            return True
        if self.scores is None or self.spread is None:
            return False
        return self.spread[0] <= self.scores[1] <= self.spread[1]


def reproduce_run(
    run_folder: Path,
    output: Path,
    moved: Mapping[str, str] | None = None,
    *,
    say: Callable[[str], None],
    progress: ReadProgress | None = None,
) -> Reproduced:
    """Make a finished run again from its settings and its sources, and compare.

    Args:
        run_folder: a finished run, of this machine or another; its table need not be there.
        output: a folder for table, store and run; what a stopped command left there is taken up.
        moved: beginnings of paths in its settings to what they are here.
        say: takes what is under way.
        progress: called with (images read, images in all).

    Raises:
        RunError: no finished run, or its sources, as they are now, give another table; says which
            files differ.
        SettingsError: an output in which the run lies, or a beginning that no path has.
        SourceError and others: as ``assemble_sources`` and ``train_network``.
    """
    if not is_done(run_folder):
        raise RunError(
            f"a finished run at {run_folder}",
            "a run that is not finished" if run_folder.is_dir() else "no such folder",
            "Name a folder below OUTPUT/runs; a packed model does not say what it was made from",
        )
    if run_folder.resolve().is_relative_to(output.resolve()):
        raise SettingsError(
            "a folder of its own for --output",
            f"{output}, in which the run lies",
            "Choose another: the run stays as it is",
        )
    settings = _move(read_recipe_of(run_folder), moved or {})
    run = RunSettings.model_validate(read_json(run_folder / SETTINGS)["run"])
    recipe = check_recipe(settings, str(run_folder / SETTINGS))
    # A server that others watch gets the first run alone.
    training = recipe.training.model_copy(update={"mlflow": None})
    update = {"output": output.resolve(), "methods": (run.method,), "seeds": (run.seed,)}
    recipe = recipe.model_copy(update={**update, "training": training})
    say("1/3 Assemble")
    assemble_sources(recipe, progress=progress)
    table, store = open_assembled(recipe)
    task = open_task(recipe, run, table, store, PlainProgress("Read images").update)
    now = describe_contents(task.learnable, task.contents())
    _refuse_other_table(read_json(run_folder / TABLE), now, table)
    say("2/3 Train")
    folder = output / "runs" / run.folder_name
    train_network(task, folder)
    if recipe.detection.task == "diagnosis":
        write_run_operation(recipe, table, folder)
    say("3/3 Compare")
    return _compare(run_folder, folder, recipe, run)


def describe_reproduced(found: Reproduced) -> list[str]:
    """Say what came of it, in lines for a terminal."""
    lines = [f"Run:    {found.folder}"]
    lines += [f"Other:  {one}" for one in found.other] or ["Made with the same versions, as told"]
    if found.identical:
        return [*lines, "Result: bit-identical: every weight is the same"]
    lines.append(
        f"Result: not bit-identical; a probability differs by at most {found.difference:.2g}"
    )
    if found.scores is not None:
        then, now = found.scores
        lines.append(f"        validation {then:.4f} then, {now:.4f} now")
    if found.spread is None:
        return [
            *lines,
            "        no run of another seed lies beside it to say how much a seed is worth",
        ]
    low, high = found.spread
    where = "within" if found.holds else "outside"
    return [*lines, f"        {where} the {low:.4f} to {high:.4f} of {found.seeds} seeds there"]


def _move(settings: Mapping[str, Any], moved: Mapping[str, str]) -> dict[str, Any]:
    """Put what beginnings of paths are here in their place, wherever they stand."""
    met: set[str] = set()

    def move(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: move(one) for name, one in value.items()}
        if isinstance(value, list):
            return [move(one) for one in value]
        for old, new in moved.items():
            if isinstance(value, str) and (value == old or value.startswith(old.rstrip("/") + "/")):
                met.add(old)
                return new.rstrip("/") + value[len(old.rstrip("/")) :]
        return value

    found = {name: move(value) for name, value in settings.items()}
    if lost := sorted(moved.keys() - met):
        paths = sorted({str(one["folder"]) for one in settings.get("sources", ())})
        raise SettingsError(
            "beginnings of paths in the run's settings, for --moved",
            f"{lost[0]}, with which none begins; its sources: {some(paths)}",
            "Name a folder that its paths have in common",
        )
    return found


def _refuse_other_table(
    before: Mapping[str, Any], now: Mapping[str, Any], table: AssembledTable
) -> None:
    if before.get("fingerprint") == now["fingerprint"]:
        return
    told = _list_inputs(before["manifest"]), _list_inputs(table.manifest)
    names = sorted({*told[0], *told[1]})
    other = [f"{name} is another file" for name in names if told[0].get(name) != told[1].get(name)]
    vocabulary = before["manifest"].get("vocabulary"), table.manifest["vocabulary"]
    if vocabulary[0] != vocabulary[1]:
        other.append(f"vocabulary {_say(vocabulary[1])}, then {_say(vocabulary[0])}")
    labels = before.get("fingerprint_of_labels") == now["fingerprint_of_labels"]
    if not other:
        other.append(
            "the same tables, but other image files" if labels else "other labels or splits"
        )
    raise RunError(
        "the sources as they were when the run was made",
        f"another table: {some(other, 5)}",
        "Get the sources as they were, or train a new run: labelassemble train RECIPE",
    )


def _say(vocabulary: Any) -> str:
    return " ".join(map(str, vocabulary.values())) if isinstance(vocabulary, Mapping) else "none"


def _list_inputs(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"{source}/{one['path']}": one["sha256"]
        for source, facts in (manifest.get("sources") or {}).items()
        for one in facts.get("inputs", ())
    }


def _compare(before: Path, after: Path, recipe: Recipe, run: RunSettings) -> Reproduced:
    weights = [
        network_weights(read_checkpoint(one / CHECKPOINTS / BEST)) for one in (before, after)
    ]
    identical = weights[0].keys() == weights[1].keys() and all(
        torch.equal(one, weights[1][name]) for name, one in weights[0].items()
    )
    key = ["record", "class"]
    both = read_predictions(before / PREDICTIONS).join(
        read_predictions(after / PREDICTIONS), on=key, suffix="_now"
    )
    difference = (both["probability"] - both["probability_now"]).abs().max()
    then, now = _read_score(before), _read_score(after)
    others = [one for one in before.parent.iterdir() if _differs_in_seed(one, before, run)]
    beside = [score for one in (before, *others) if (score := _read_score(one)) is not None]
    return Reproduced(
        after,
        tuple(_list_other(before)),
        identical,
        float(difference) if isinstance(difference, float) else 0.0,
        None if then is None or now is None else (then, now),
        (min(beside), max(beside)) if len(beside) > 1 else None,
        len(beside),
    )


def _differs_in_seed(one: Path, before: Path, run: RunSettings) -> bool:
    """Whether a folder is a finished run of the same table and method, with another seed."""
    if one.resolve() == before.resolve() or not is_done(one):
        return False
    own = RunSettings.model_validate(read_json(one / SETTINGS)["run"])
    if own.model_copy(update={"seed": run.seed}) != run:
        return False
    tables = [read_json(place / TABLE).get("fingerprint") for place in (one, before)]
    return tables[0] == tables[1]


def _read_score(folder: Path) -> float | None:
    done = read_json(folder / DONE)
    return next((float(done[name]) for name in _SCORES if done.get(name) is not None), None)


def _list_other(before: Path) -> list[str]:
    """What the last part of a run was made with that is not what is here."""
    parts = read_parts(before)
    if not parts:
        return ["what the run was made with is not told: it is of an earlier version"]
    then, now = _flatten(parts[-1]), _flatten(describe_machine())
    other = [
        f"{name} {now[name] or 'none'}, then {then.get(name) or 'none'}"
        for name in now
        if then.get(name) != now[name]
    ]
    if len(parts) > 1:
        other.append(f"the run was made in {plural(len(parts), 'part')}; this one in one")
    return other


def _flatten(facts: Mapping[str, Any]) -> dict[str, str]:
    flat = {name: str(value) for name, value in dict(facts.get("packages") or {}).items()}
    names = ("labelassemble", "python", "system", "processor", "threads")
    flat |= {name: str(facts.get(name, "")) for name in names}
    return {**flat, "gpus": ", ".join(facts.get("gpus") or ())}
