"""Rate and length of every arm, chosen on validation: each with its own rate, all equally long.

Every arm is tried with some learning rates, each for the longest allowed training. The best rate is
the one with the highest validation score, the plateau (``plateau.py``) that of its curve; then all
arms of a share of labels are trained for the longest of their plateaus. No test label is read.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.errors import DivergedError, RunError, plural
from labelassemble.experiments.arms import Arm, Plan
from labelassemble.experiments.choice import Choice, RateTrial
from labelassemble.experiments.plateau import find_plateau
from labelassemble.experiments.run_arms import train_arms
from labelassemble.experiments.variants import change_settings
from labelassemble.images.store import ImageStore
from labelassemble.settings import ExperimentSettings, Recipe
from labelassemble.training.csv_log import read_log
from labelassemble.training.run_folder import LOG, is_done

TIMES_AS_LONG = 4
"""A trial has so many times the recipe's epochs where ``experiment.max_epochs`` names none."""


class Searched(NamedTuple):
    """The plan with what was chosen, and how it came about."""

    plan: Plan
    choices: tuple[Choice, ...]


class Trainer(NamedTuple):
    """All that training the trials needs: first seed, images, run folders, settings, words."""

    seed: int
    store: ImageStore
    folder: Path
    settings: ExperimentSettings
    say: Callable[[str], None]


def search_plan(plan: Plan, trainer: Trainer) -> Searched:
    """Choose rate and length of all arms; arms of one share of labels become equally long.

    Arms that learn from teachers come second: their teachers are the control with its chosen rate
    and the longest plateau of the others.

    Raises:
        RunError: a network failed, or nothing could be scored on validation.
    """
    choices: dict[str, Choice] = {}
    arms: dict[str, Arm] = {}
    for share in dict.fromkeys(arm.share for arm in plan.arms):
        own = [arm for arm in plan.arms if arm.share == share]
        for settled, choice in _search_share(own, trainer):
            arms[settled.name], choices[settled.name] = settled, choice
    ordered = tuple(arms[arm.name] for arm in plan.arms)
    return Searched(replace(plan, arms=ordered), tuple(choices[arm.name] for arm in plan.arms))


def _search_share(own: Sequence[Arm], trainer: Trainer) -> list[tuple[Arm, Choice]]:
    """Search the arms of one share; give each as it is trained, and why."""
    controls = {arm.control.name: arm.control for arm in own if arm.control is not None}
    first = {**controls, **{arm.name: arm for arm in own if arm.control is None}}
    found = _try_rates(list(first.values()), trainer)
    longest = max(choice.epochs for choice in found.values())
    arms = {arm.name: _with_control(arm, found, longest) for arm in own}
    taught = [arm for arm in arms.values() if arm.teachers and not arm.averages]
    found |= _try_rates(taught, trainer)
    longest = max(choice.epochs for choice in found.values())
    settled = []
    for arm in arms.values():
        choice = found.get(arm.name)
        if choice is None:
            # An arm that repeats the control for longer, or averages it, takes over its rate.
            assert arm.control is not None
            choice = found[arm.control.name]._replace(arm=arm.name, follows=True)
        choice = choice._replace(epochs=longest * arm.length)
        settled.append((settle(arm, choice.rate, choice.epochs), choice))
    return settled


def _with_control(arm: Arm, found: Mapping[str, Choice], epochs: int) -> Arm:
    if arm.control is None:
        return arm
    return replace(arm, control=settle(arm.control, found[arm.control.name].rate, epochs))


def _try_rates(arms: Sequence[Arm], trainer: Trainer) -> dict[str, Choice]:
    """Train every arm with every rate for the longest allowed training, and choose."""
    settings = trainer.settings
    trials = {
        arm.name: [
            (rate, settle(arm, rate, longest_training(arm.recipe)))
            for rate in dict.fromkeys(settings.rates)
        ]
        for arm in arms
    }
    train_arms(
        [one for pairs in trials.values() for _, one in pairs],
        (trainer.seed,),
        store=trainer.store,
        folder=trainer.folder,
        workers=settings.workers,
        say=trainer.say,
        tolerated=(DivergedError,),
    )
    found = {}
    for arm in arms:
        curves = [RateTrial(rate, read_curve(one, trainer)) for rate, one in trials[arm.name]]
        found[arm.name] = choose(arm.name, curves, longest_training(arm.recipe), settings.min_rise)
        trainer.say(describe_choice(found[arm.name]))
    return found


def settle(arm: Arm, rate: float, epochs: int) -> Arm:
    """Give the arm with a multiple of its learning rate and a length; its folders say which.

    What is as in the recipe is not said, so that a network trained without a search is one of it.
    """
    training = arm.recipe.training
    tags = []
    if rate != 1.0:
        tags.append(f"rate{rate:g}")
    if epochs != training.epochs:
        tags.append(f"epochs{epochs}")
    if arm.teachers and arm.control is not None and arm.control.tag:
        tags.append(f"taught-{arm.control.tag}")
    changes = {
        "training.learning_rate": training.learning_rate * rate,
        "training.epochs": epochs,
    }
    return replace(arm, recipe=change_settings(arm.recipe, changes), tag="-".join(tags))


def longest_training(recipe: Recipe) -> int:
    """Epochs of a trial."""
    return recipe.experiment.max_epochs or TIMES_AS_LONG * recipe.training.epochs


def read_curve(arm: Arm, trainer: Trainer) -> Float[np.ndarray, " epochs"]:
    """Mean validation AUROC of an arm's networks after every epoch; empty where one diverged."""
    curves = []
    for run in arm.runs:
        place = trainer.folder / arm.folder_name(run, trainer.seed)
        if not is_done(place):
            return np.empty(0)
        score = read_log(place / LOG)["validation_auroc_score"]
        curves.append(score.fill_null(math.nan).to_numpy())
    return np.asarray(np.mean(curves, axis=0), dtype=np.float64)


def choose(name: str, trials: Sequence[RateTrial], tried: int, min_rise: float) -> Choice:
    """Choose the rate with the highest validation score; of equal ones that nearest the recipe's.

    Raises:
        RunError: no rate has a validation score.
    """
    scored = [one for one in trials if not math.isnan(one.best)]
    if not scored:
        raise RunError(
            f"a validation score of {name} with some learning rate",
            "; ".join(
                f"rate x {one.rate:g}: {'no score' if len(one.curve) else 'diverged'}"
                for one in trials
            ),
            "Raise assembly.validation_fraction, try lower experiment.rates, or give "
            "--experiment.quick, which needs no search",
        )
    best = max(scored, key=lambda one: (one.best, -abs(math.log(one.rate))))
    plateau = find_plateau(best.curve, min_rise)
    return Choice(name, tuple(trials), best.rate, plateau, tried, plateau or tried)


def describe_choice(choice: Choice) -> str:
    """Say in a line what was chosen for an arm."""
    scores = ", ".join(
        f"x {one.rate:g} " + ("diverged" if not len(one.curve) else f"{one.best:.4f}")
        for one in choice.trials
    )
    return f"{choice.arm}: validation AUROC with rate {scores}; plateau {say_plateau(choice)}"


def say_plateau(choice: Choice) -> str:
    """Such as ``80 epochs`` or ``not reached in 128 epochs``."""
    if choice.plateau is None:
        return f"not reached in {plural(choice.tried, 'epoch')}"
    return f"after {plural(choice.plateau, 'epoch')}"


def describe_choices(choices: Sequence[Choice]) -> str:
    """Write every trial's validation curve and what was chosen, as CSV, an epoch a row."""
    rows = [
        (one.arm, trial.rate, trial.rate == one.rate, one.plateau, one.epochs, epoch, score)
        for one in choices
        if not one.follows
        for trial in one.trials
        for epoch, score in enumerate(trial.curve.tolist(), start=1)
    ]
    names = ("arm", "rate", "chosen", "plateau", "epochs", "epoch", "validation_auroc_score")
    kinds = (pl.String, pl.Float64, pl.Boolean, pl.Int64, pl.Int64, pl.Int64, pl.Float64)
    schema = dict(zip(names, kinds, strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row").write_csv()
