"""What partial-labels says after a search: scores at the plateau, and differences that hold."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.evaluation.scored_sample import ALL, MEAN
from labelassemble.experiments.arms import Arm, Plan
from labelassemble.experiments.choice import Choice
from labelassemble.experiments.choices import UNHIDDEN
from labelassemble.experiments.experiment import Finished
from labelassemble.experiments.label_shares import with_share
from labelassemble.experiments.wording import mean_score, say_p, say_score
from labelassemble.metrics.holm import holm

LEVEL = 0.05


def find_full(plan: Plan, share: float) -> Arm | None:
    """The arm with all labels of a share; of several the last."""
    found = [one for one in plan.arms if one.share == share and one.runs[0].method == UNHIDDEN]
    return found[-1] if found else None


def answer_protocol(finished: Finished) -> list[str]:
    """Say the judged arm's score and what differs from it, with seeds as a random effect."""
    plan, scores = finished.plan, finished.found.scores
    rows = correct_over_arms(finished.found.differences)
    answer = []
    for share in dict.fromkeys(arm.share for arm in plan.arms):
        own = [arm for arm in plan.arms if arm.share == share]
        judged = next(pair.first for pair in plan.comparisons if plan.arm(pair.first) in own)
        epochs = plan.arm(judged).recipe.training.epochs // plan.arm(judged).length
        where = f"With {100 * share:g} % of the labelled images, t" if share < 1 else "T"
        text = (
            f"{where}rained for {plural(epochs, 'epoch')} at its own rate, {judged} reaches a mean "
            f"AUROC of {say_score(mean_score(scores, judged))} over "
            f"{plural(len(finished.seeds), 'seed')}"
        )
        full = find_full(plan, share)
        if full is not None:
            text += f"; {full.name} {say_score(mean_score(scores, full.name))}"
        against = [row for row in rows if row["first"] == judged]
        # All of a sentence have the same share, which the first one names.
        said = [f"{text}.", *_say_outcomes(judged, against)]
        answer += [one.replace(with_share("", share), "") if share < 1 else one for one in said]
    return answer


def correct_over_arms(differences: pl.DataFrame) -> list[dict[str, Any]]:
    """Give the differences of the means with ``p_corrected`` over all of them (Holm 1979).

    p is that with seeds as a random effect where every comparison has one, else that over patients
    alone; ``kind`` is ``_seeds`` or empty accordingly.
    """
    means = differences.filter(pl.col("class") == MEAN, pl.col("source") == ALL)
    kind = "_seeds" if means["p_seeds"].is_not_nan().any() else ""
    p = holm(means[f"p{kind}"].to_numpy())
    return [
        {**row, "p_corrected": corrected, "kind": kind}
        for row, corrected in zip(means.iter_rows(named=True), p.tolist(), strict=True)
    ]


def _say_outcomes(judged: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    kind = rows[0]["kind"] if rows else ""
    drawn = "other patients and seeds" if kind else "other patients alone (one seed)"
    clear = [row for row in rows if row["p_corrected"] < LEVEL]
    said = []
    for word, sign in (("Better", 1), ("Worse", -1)):
        own = [row for row in clear if sign * row["difference"] > 0]
        if own:
            named = "; ".join(_say_row(row, kind) for row in own)
            said.append(f"{word} than {judged} for {drawn}, corrected over all arms: {named}.")
    rest = [row["second"] for row in rows if row not in clear]
    if rest:
        said.append(
            f"No difference that holds after correction, which is not the same as none: "
            f"{some(rest, 20)}."
        )
    return said


def _say_row(row: dict[str, Any], kind: str) -> str:
    low, high = (say_score(row[f"{end}{kind}"], True) for end in ("low", "high"))
    difference = say_score(row["difference"], True)
    return f"{row['second']} {difference} [{low}, {high}], {say_p(row['p_corrected'])}"


def doubt_choices(choices: Sequence[Choice]) -> list[str]:
    """Say which plateaus were not reached, and which rates lie at an end of those tried."""
    doubts = []
    choices = [one for one in choices if not one.follows]
    rising = [one for one in choices if one.plateau is None]
    if rising:
        doubts.append(
            f"Plateau not reached in {plural(max(one.tried for one in rising), 'epoch')}, the "
            f"longest allowed: {some([one.arm for one in rising], 20)}. Their scores may still "
            "rise; experiment.max_epochs allows more."
        )
    ends = [
        one.arm
        for one in choices
        if len(one.trials) > 1 and one.rate in _ends([trial.rate for trial in one.trials])
    ]
    if ends:
        doubts.append(
            f"The best learning rate is the lowest or the highest of experiment.rates for "
            f"{some(ends, 20)}: a better one may lie beyond."
        )
    return doubts


def _ends(rates: Sequence[float]) -> tuple[float, float]:
    return min(rates), max(rates)
