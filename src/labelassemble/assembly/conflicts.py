"""What several verdicts on one picture and class come to, and by which rule."""

from typing import NamedTuple

import polars as pl

from labelassemble.settings import AssemblySettings

IMPLIED = "implied by"
"""A verdict whose reason holds these words follows from another class; it is not a direct one."""

VERDICTS = pl.Enum(["positive", "negative", "uncertain"])
CELL = ["picture", "class"]


class Resolved(NamedTuple):
    """Cells and the disagreements behind them.

    Attributes:
        cells: picture, class, state, label (Float32, null is unknown), source, reason, policy.
        conflicts: picture, class, left_source, left_verdict, right_source, right_verdict, decision.
    """

    cells: pl.DataFrame
    conflicts: pl.DataFrame


def resolve_verdicts(verdicts: pl.DataFrame, settings: AssemblySettings) -> Resolved:
    """Make one cell of all verdicts on one picture and class.

    1. Verdicts of one source (several readers, or several images of one picture): what most of
       them say; without a majority the source is uncertain.
    2. Among sources, direct verdicts beat implied ones.
    3. What still differs follows ``settings.conflicts``. ``source_order``: the earlier source of
       the recipe wins. Otherwise a definite verdict beats an uncertain one, and positive against
       negative becomes unknown, positive, negative, or the soft label.
    4. An uncertain cell follows ``settings.uncertain``, or the class's own policy.

    Args:
        verdicts: columns picture (any sortable type), class, order (place of the source in the
            recipe), source, verdict (positive, negative or uncertain), reason.
        settings: the policies.

    Returns:
        Cells and conflicts, sorted by picture and class.
    """
    verdicts = verdicts.select(
        *CELL,
        "order",
        "source",
        "reason",
        pl.col("verdict").cast(VERDICTS),
        direct=~pl.col("reason").str.contains(IMPLIED, literal=True),
    )
    several = pl.len().over(CELL) > 1
    shared = verdicts.filter(several)
    single = verdicts.filter(~several).select(
        *CELL, "source", "reason", state="verdict", rule=pl.lit(None, pl.String)
    )
    spoken = _hear_sources(shared)
    decided = _decide(spoken, settings)
    cells = _apply_policies(pl.concat([single, decided.select(single.columns)]), settings)
    conflicts = pl.concat([_within_sources(shared, spoken), _between_sources(spoken, decided)])
    return Resolved(
        cells.sort(CELL),
        conflicts.sort(*CELL, "left_order", "right_order", "left_verdict", "right_verdict").drop(
            "left_order", "right_order"
        ),
    )


def _hear_sources(verdicts: pl.DataFrame) -> pl.DataFrame:
    """One row a picture, class and source: what most of its verdicts say."""
    verdict = pl.col("verdict")
    counted = verdicts.group_by(*CELL, "order", "source").agg(
        count=pl.len(),
        positive=(verdict == "positive").sum(),
        negative=(verdict == "negative").sum(),
        uncertain=(verdict == "uncertain").sum(),
    )
    positive, negative, uncertain = pl.col("positive"), pl.col("negative"), pl.col("uncertain")
    heard = counted.with_columns(
        verdict=pl.when((positive > negative) & (positive > uncertain))
        .then(pl.lit("positive"))
        .when((negative > positive) & (negative > uncertain))
        .then(pl.lit("negative"))
        .otherwise(pl.lit("uncertain"))
        .cast(VERDICTS),
        # Null where all verdicts of the source are the same.
        majority=pl.when(pl.max_horizontal(positive, negative, uncertain) == pl.col("count"))
        .then(None)
        .when(
            ((positive == negative) & (positive >= uncertain))
            | ((positive == uncertain) & (positive > negative))
            | ((negative == uncertain) & (negative > positive))
        )
        .then(pl.format("no majority of {} verdicts", "count"))
        .otherwise(pl.format("majority of {} verdicts", "count")),
    )
    reasons = (
        verdicts.sort("direct", "reason", descending=[True, False])
        .group_by(*CELL, "order", "verdict", maintain_order=True)
        .agg(pl.col("reason").first(), pl.col("direct").first())
    )
    key = [*CELL, "order", "verdict"]
    any_direct = verdicts.group_by(*CELL, "order").agg(any_direct=pl.col("direct").any())
    return (
        heard.join(reasons, on=key, how="left")
        .join(any_direct, on=[*CELL, "order"], how="left")
        .select(
            *CELL,
            "order",
            "source",
            "count",
            "verdict",
            "majority",
            # Positive and negative may cancel out without anyone having said "uncertain".
            reason=pl.coalesce("reason", "majority"),
            direct=pl.coalesce("direct", "any_direct"),
        )
        .sort(*CELL, "order")
    )


def _decide(spoken: pl.DataFrame, settings: AssemblySettings) -> pl.DataFrame:
    """One row a picture and class: the state and the rule that made it, null where none did."""
    verdict, contends = pl.col("verdict"), pl.col("contends")
    spoken = spoken.with_columns(contends=pl.col("direct") == pl.col("direct").any().over(CELL))
    summary = spoken.group_by(CELL, maintain_order=True).agg(
        positive=(contends & (verdict == "positive")).any(),
        negative=(contends & (verdict == "negative")).any(),
        uncertain=(contends & (verdict == "uncertain")).any(),
        differ=verdict.n_unique() > 1,
        first=verdict.filter(contends).first(),
        first_source=pl.col("source").filter(contends).first(),
        majority=pl.col("majority").drop_nulls().first(),
    )
    contradict = pl.col("positive") & pl.col("negative")
    still_differ = contradict | (pl.col("uncertain") & (pl.col("positive") | pl.col("negative")))
    by_order = settings.conflicts == "source_order"
    definite = pl.when("positive").then(pl.lit("positive")).otherwise(pl.lit("negative"))
    fixed = {"unknown": "uncertain", "soft": "uncertain"}.get(
        settings.conflicts, settings.conflicts
    )
    state = (
        pl.when(~still_differ | pl.lit(by_order))
        .then(pl.col("first").cast(pl.String))
        .when(contradict)
        .then(pl.lit(fixed))
        .otherwise(definite)
    )
    rule = (
        pl.when(still_differ & pl.lit(by_order))
        .then(pl.format("source_order, {} first", "first_source"))
        .when(contradict)
        .then(pl.lit(f"conflicts, {settings.conflicts}"))
        .when(still_differ)
        .then(pl.lit("definite beats uncertain"))
        .when("differ")
        .then(pl.lit("direct beats implied"))
        .otherwise(pl.col("majority"))
    )
    unsettled = contradict & pl.lit(settings.conflicts in ("unknown", "soft"))
    summary = summary.select(*CELL, state=state.cast(VERDICTS), rule=rule, unsettled=unsettled)
    said = (
        spoken.join(summary, on=CELL, how="left", maintain_order="left")
        .filter((pl.col("verdict") == pl.col("state")) | (pl.col("unsettled") & contends))
        .group_by(CELL, maintain_order=True)
        .agg(
            source=pl.col("source").str.join("+"),
            reason=pl.when(pl.len() == 1)
            .then(pl.col("reason").first())
            .otherwise(pl.format("{}: {}", "source", "reason").str.join("; ")),
        )
    )
    return summary.join(said, on=CELL, how="left")


def _apply_policies(cells: pl.DataFrame, settings: AssemblySettings) -> pl.DataFrame:
    """Add the label and the policy that made it."""
    policies = settings.uncertain_by_class
    uncertain = (
        pl.col("class")
        .cast(pl.String)
        .replace_strict(
            list(policies),
            list(policies.values()),
            default=settings.uncertain,
            return_dtype=pl.String,
        )
    )
    # A contradiction that the conflict policy left open keeps that policy's label.
    by_conflict = pl.col("rule").is_in(["conflicts, unknown", "conflicts, soft"]).fill_null(False)
    policy = (
        pl.when(pl.col("state") != "uncertain")
        .then(pl.col("state").cast(pl.String))
        .when(by_conflict)
        .then(pl.lit(settings.conflicts))
        .otherwise(uncertain)
    )
    label = policy.replace_strict(
        ["positive", "negative", "soft"],
        [1.0, 0.0, settings.uncertain_soft],
        default=None,
        return_dtype=pl.Float32,
    )
    by_uncertain = (pl.col("state") == "uncertain") & ~by_conflict
    return cells.select(
        *CELL,
        pl.col("state").cast(pl.String),
        "source",
        "reason",
        label=label,
        policy=pl.concat_str(
            "rule",
            pl.when(by_uncertain).then(pl.format("uncertain, {}", uncertain)),
            separator="; ",
            ignore_nulls=True,
        ).replace("", None),
    ).select(*CELL, "state", "label", "source", "reason", "policy")


def _between_sources(spoken: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Every pair of sources whose verdicts differ, the earlier one on the left."""
    right = spoken.select(
        *CELL, right_order="order", right_source="source", right_verdict="verdict"
    )
    return (
        spoken.select(*CELL, left_order="order", left_source="source", left_verdict="verdict")
        .join(right, on=CELL, how="inner")
        .filter(
            (pl.col("left_order") < pl.col("right_order"))
            & (pl.col("left_verdict") != pl.col("right_verdict"))
        )
        .join(decided.select(*CELL, "state", "rule"), on=CELL, how="left")
        .pipe(_describe)
    )


def _within_sources(verdicts: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    """Every pair of different verdicts that one source gave on one picture."""
    given = verdicts.select(*CELL, "order", "source", "verdict").unique()
    key = [*CELL, "order"]
    return (
        given.join(given.select(*key, right_verdict="verdict"), on=key, how="inner")
        .filter(pl.col("verdict").to_physical() < pl.col("right_verdict").to_physical())
        .join(
            spoken.select(*key, state="verdict", rule="majority"),
            on=key,
            how="left",
        )
        .select(
            *CELL,
            "right_verdict",
            "state",
            "rule",
            left_order="order",
            left_source="source",
            left_verdict="verdict",
            right_order="order",
            right_source="source",
        )
        .pipe(_describe)
    )


def _describe(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.select(
        *CELL,
        "left_source",
        pl.col("left_verdict").cast(pl.String),
        "right_source",
        pl.col("right_verdict").cast(pl.String),
        pl.format("{}: {}", pl.col("state").cast(pl.String), "rule").alias("decision"),
        "left_order",
        "right_order",
    )
