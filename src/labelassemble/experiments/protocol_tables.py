"""Curves, costs, factors and worth of the arms of partial-labels."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from labelassemble.errors import plural
from labelassemble.evaluation.scored_sample import ALL, MEAN
from labelassemble.experiments.arms import Arm
from labelassemble.experiments.choice import Choice
from labelassemble.experiments.experiment import Finished
from labelassemble.experiments.factors import CONTROL, FACTORS
from labelassemble.experiments.heat_map_column import judge_heat_maps
from labelassemble.experiments.label_shares import with_share
from labelassemble.experiments.labels_saved import LabelsWorth, labels_worth
from labelassemble.experiments.protocol_answer import find_full
from labelassemble.experiments.run_arms import read_arm_predictions
from labelassemble.experiments.search import say_plateau
from labelassemble.experiments.share_of_full import Share, shares_of_full
from labelassemble.experiments.training_cost import count_passes
from labelassemble.experiments.wording import mean_score, say_score
from labelassemble.report.experiment.content import CellGrid, Figure, Panels, TextTable
from labelassemble.report.number_format import MINUS

_NOTHING = "–"


def list_figures(finished: Finished) -> Iterator[Figure]:
    """Give the figures and tables of the page that there is something to show in."""
    if finished.choices:
        yield _draw_curves(finished.choices)
    yield tell_costs(finished)
    yield tell_worth(finished)
    for share in dict.fromkeys(arm.share for arm in finished.plan.arms):
        factors = grid_factors(finished, share)
        if factors is not None:
            yield factors


def _draw_curves(choices: Sequence[Choice]) -> Panels:
    """Validation curves of every arm that was tried, a line a learning rate."""
    choices = [one for one in choices if not one.follows]
    return Panels(
        title="Validation while each arm was searched",
        x_title="epoch",
        y_title="mean AUROC in validation",
        panels={
            one.arm: {f"rate × {trial.rate:g}": trial.curve for trial in one.trials}
            for one in choices
        },
        marks={one.arm: float(one.plateau) for one in choices if one.plateau is not None},
        note="One seed, each arm alone with each learning rate. Dotted: the plateau at the chosen "
        "rate; a panel without it still rises in its last quarter.",
    )


def tell_costs(finished: Finished) -> TextTable:
    """Rate, plateau and cost of every arm."""
    choices = {one.arm: one for one in finished.choices}
    control = next((arm for arm in finished.plan.arms if arm.name == CONTROL), None)
    basis = count_passes(control) if control is not None else 0
    rows = []
    for arm in finished.plan.arms:
        passes = count_passes(arm)
        row = [arm.name, *(_say_choice(choices[arm.name]) if choices else [])]
        row.append(plural(arm.recipe.training.epochs, "epoch"))
        row.append(f"{passes / 1e6:.3g} million" if passes >= 1e5 else f"{passes:,}")
        row.append(f"{passes / basis:.2g} times" if basis else _NOTHING)
        rows.append(tuple(row))
    trials = finished.choices[0].trials if choices else ()
    rates = tuple(f"validation ×{one.rate:g}" for one in trials)
    searched = (*rates, "rate", "plateau") if choices else ()
    return TextTable(
        title="Rate, length and cost" if choices else "Length and cost",
        columns=("arm", *searched, "trained for", "passes a seed", "of the control's"),
        rows=tuple(rows),
        note="Validation: highest mean AUROC of one seed at a multiple of the rate. Passes: "
        "images that go forward through a network in training, every view, of teachers too; the "
        "search is not counted.",
    )


def _say_choice(choice: Choice) -> list[str]:
    """Scores a rate, the chosen one, and the plateau."""
    if choice.follows:
        as_control = "as the control's"
        return [*[_NOTHING] * len(choice.trials), f"× {choice.rate:g}", as_control]
    scores = [say_score(one.best) if len(one.curve) else "diverged" for one in choice.trials]
    return [*scores, f"× {choice.rate:g}", say_plateau(choice)]


def tell_worth(finished: Finished) -> TextTable:
    """Share of full labels that every arm reaches, labels it stands in for, where it looks."""
    level = f"{100 * finished.recipe.evaluation.confidence:g} %"
    told = share_of_every_arm(finished)
    heat = judge_heat_maps(finished)
    worth = list_worth(finished)
    columns = {"of what full labels add to single": told}
    notes = [
        f"(arm − single) / (full − single), both with the same labelled images; {level} interval "
        "over patients and seeds."
        if told
        else "The share of full labels needs the arms single and full."
    ]
    if worth:
        columns["as good as so many times the labelled images"] = worth
        notes.append(
            f"Labelled images: how many the control ({CONTROL}) needs for the same mean AUROC, "
            "read off its scores at the shares that were measured, linear in the logarithm of "
            f"their number; brackets: at the ends of the {level} interval of the difference from "
            "the control."
        )
    if heat.scores:
        columns["heat map's peak in the lesion"] = heat.scores
    rows = tuple(
        (arm.name, *(cells.get(arm.name, _NOTHING) for cells in columns.values()))
        for arm in finished.plan.arms
    )
    note = " ".join([*notes, heat.note]).strip()
    return TextTable("What it is worth", ("arm", *columns), rows, note)


def share_of_every_arm(finished: Finished) -> Mapping[str, str]:
    """Share of full labels in words, of every arm but those that it is measured by."""
    plan = finished.plan
    told: dict[str, Share] = {}
    for share in dict.fromkeys(arm.share for arm in plan.arms):
        own = [arm for arm in plan.arms if arm.share == share]
        single = next((arm for arm in own if arm.runs[0].method == "single"), None)
        full = find_full(plan, share)
        if single is None or full is None:
            continue
        predictions = {
            arm.name: read_arm_predictions(arm, finished.seeds, finished.runs) for arm in own
        }
        told |= shares_of_full(
            predictions, single.name, full.name, plan.reference, finished.recipe.evaluation
        )
    return {name: _say_share(one) for name, one in told.items()}


def _say_share(share: Share) -> str:
    if math.isnan(share[0]):
        return _NOTHING
    value, low, high = (100 * one for one in share)
    ends = ", no interval" if math.isnan(low) else f" [{low:.0f}, {high:.0f}]"
    return f"{value:.0f} %{ends}".replace("-", MINUS)


def list_worth(finished: Finished) -> Mapping[str, str]:
    """What every arm is worth in labelled images of the control; nothing with one share."""
    plan, (scores, differences) = finished.plan, finished.found
    points = {
        arm.share: (count_labelled(arm), mean_score(scores, arm.name))
        for arm in plan.arms
        if arm.name == with_share(CONTROL, arm.share)
    }
    if len(points) < 2:
        return {}
    curve = sorted(points.values())
    counts, heights = [one[0] for one in curve], [one[1] for one in curve]
    found = {}
    for arm in plan.arms:
        control = with_share(CONTROL, arm.share)
        if arm.name == control or arm.runs[0].method == "full":
            continue
        own, basis = points[arm.share]
        worth = labels_worth(mean_score(scores, arm.name), own, counts, heights)
        if worth is None:
            found[arm.name] = "not told: the control does not rise"
            continue
        ends = [
            labels_worth(basis + end, own, counts, heights)
            for end in _difference_ends(differences, control, arm.name)
        ]
        found[arm.name] = worth.text + _say_ends(ends)
    return found


def count_labelled(arm: Arm) -> int:
    """Training images of an arm with a label."""
    table = arm.table_of(-1)
    train = table.records.filter(pl.col("split") == "train").select("record")
    known = table.cells.filter(pl.col("label").is_not_null())
    return known.join(train, on="record", how="semi")["record"].n_unique()


def _difference_ends(differences: pl.DataFrame, control: str, arm: str) -> tuple[float, ...]:
    """Ends of the interval of arm minus control, seeds as random where there are several."""
    for first, second, sign in ((control, arm, 1), (arm, control, -1)):
        row = differences.filter(
            pl.col("first") == first,
            pl.col("second") == second,
            pl.col("class") == MEAN,
            pl.col("source") == ALL,
        )
        if row.height:
            kind = "_seeds" if row["low_seeds"].is_not_nan().all() else ""
            return tuple(sorted(sign * row[f"{end}{kind}"].item() for end in ("low", "high")))
    return ()


def _say_ends(ends: Sequence[LabelsWorth | None]) -> str:
    told = [one.short for one in ends if one is not None]
    return f" [{', '.join(told)}]" if len(told) == 2 else ""


def grid_factors(finished: Finished, share: float) -> CellGrid | None:
    """What each part adds alone and last, where both arms of a pair were trained."""
    differences = finished.found.differences
    values = np.full((3, len(FACTORS), 2), math.nan)
    for row, factor in enumerate(FACTORS):
        for column, pair in enumerate((factor.alone, factor.last)):
            if pair is not None:
                more, without = (with_share(name, share) for name in pair)
                values[:, row, column] = _read_difference(differences, without, more)
    told = np.flatnonzero(~np.isnan(values[0]).all(axis=1))
    if not told.size:
        return None
    where = "" if share == 1.0 else f", {100 * share:g} % of the labelled images"
    missing = [FACTORS[place].title for place in range(len(FACTORS)) if place not in told]
    note = (
        "Differences in mean AUROC; seeds as a random effect where there are several. Alone: to "
        "the control, or where the control has it, to what it is made of. Last: all parts together "
        "minus all but this one."
    )
    if missing or np.isnan(values[0, told, 1]).any():
        note += (
            " Dashes and parts that are not here were not trained: --experiment.variants factors."
        )
    return CellGrid(
        f"What each part adds{where}",
        tuple(FACTORS[place].title for place in told),
        ("alone", "last"),
        values[0, told],
        values[1, told],
        values[2, told],
        note,
    )


def _read_difference(differences: pl.DataFrame, first: str, second: str) -> tuple[float, ...]:
    """Second minus first: value and ends; nan where they were not compared."""
    ends = _difference_ends(differences, first, second)
    if not ends:
        return math.nan, math.nan, math.nan
    named = pl.col("first").is_in([first, second]) & pl.col("second").is_in([first, second])
    row = differences.filter(named, pl.col("class") == MEAN, pl.col("source") == ALL)
    sign = 1 if row["first"].item() == first else -1
    return sign * row["difference"].item(), *ends
