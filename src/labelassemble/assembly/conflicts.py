"""What several images of one image say of one class: which assessment stands, and by which rule."""

import numpy as np
import polars as pl

from labelassemble.assembly.decisions import ASSESSMENTS, CELL, Decisions
from labelassemble.assembly.readings_matrix import Readings, rank_evidence
from labelassemble.setting_types import EVERY_EVIDENCE, REVIEW
from labelassemble.settings import AssemblySettings
from labelassemble.sources.assessments import STATES


def decide_cells(
    said: Readings, classes: tuple[str, ...], sources: tuple[str, ...], settings: AssemblySettings
) -> Decisions:
    """Decide every cell of which two or more images speak.

    1. A definite assessment beats an uncertain one.
    2. Definite assessments that contradict each other follow ``settings.conflicts``, or the class's
       own policy. source_order: the earlier source of the recipe wins. evidence: the stronger
       evidence wins, then the earlier source. majority: what more images say. mask: unknown. soft:
       the label is the share of positives. positive, negative: that one.
    3. Where somebody reviewed a label (``assembly.corrections``), the policy is evidence.
    4. What such a rule leaves undecided (a source that contradicts itself, a tie) is uncertain.

    An assessment that follows from one on another class is as sure as that one: whether it was said
    or implied does not matter here. It did within the source.

    Args:
        said: one row an image.
        classes: its columns.
        sources: names, in recipe order.
        settings: the policies.
    """
    spoken = _list_spoken(said)
    policies = [settings.conflicts_by_class.get(name, settings.conflicts) for name in classes]
    rank = rank_evidence(settings.evidence_order)
    spoken = spoken.with_columns(
        policy=pl.Series(policies, dtype=pl.String).gather(spoken["class"]),
        rank=pl.Series(rank, dtype=pl.Int64).gather(spoken["evidence"]),
        source_name=pl.Series(sources, dtype=pl.String).gather(spoken["source"]),
    )
    reviewed = (pl.col("evidence") == EVERY_EVIDENCE.index(REVIEW)) & (
        pl.col("assessment") != "uncertain"
    )
    spoken = spoken.with_columns(
        policy=pl.when(reviewed.any().over(CELL)).then(pl.lit("evidence")).otherwise("policy")
    ).with_columns(
        # Who is heard first: nobody before others where the policy does not say so.
        first=pl.when(pl.col("policy") == "evidence")
        .then(pl.col("rank") * (len(sources) + 1) + pl.col("source"))
        .when(pl.col("policy") == "source_order")
        .then(pl.col("source"))
        .otherwise(0),
        definite=pl.col("assessment") != "uncertain",
    )
    summary = _decide(_summarise(spoken), sources)
    cells = summary.join(_tell(spoken, summary), on=CELL, how="left", maintain_order="left")
    return Decisions(cells, _pair(spoken, summary))


def _list_spoken(said: Readings) -> pl.DataFrame:
    """One row an assessment, of the cells of which several images speak; in the order of images."""
    starts = np.flatnonzero(np.diff(said.record, prepend=-1))
    sizes = np.diff(np.append(starts, len(said.record)))
    rows = np.flatnonzero(np.repeat(sizes > 1, sizes))
    state = said.state[rows]
    begins = np.flatnonzero(np.diff(said.record[rows], prepend=-1))
    own = np.diff(np.append(begins, len(rows)))
    several = np.zeros(state.shape, dtype=bool)
    if len(rows):
        counts = np.add.reduceat((state > 0).astype(np.int32), begins, axis=0)
        several = (np.repeat(counts, own, axis=0) > 1) & (state > 0)
    at, place = np.nonzero(several)
    row = rows[at]
    reasons = pl.Series([reason.text for reason in said.reasons], dtype=pl.String)
    share = np.full(len(row), np.nan) if said.share is None else said.share[row, place]
    return pl.DataFrame(
        {
            "record": said.record[row],
            "class": place.astype(np.int64),
            "source": said.source[row],
            "image": said.image[row],
            "assessment": pl.Series(STATES).gather(said.state[row, place]).cast(ASSESSMENTS),
            "evidence": said.evidence[row, place].astype(np.int64),
            "reason": reasons.gather(said.reason[row, place]),
            "rule": pl.Series(said.rules).gather(said.rule[row, place]).replace("", None),
            "share": pl.Series(share, dtype=pl.Float32).fill_nan(None),
        }
    )


def _summarise(spoken: pl.DataFrame) -> pl.DataFrame:
    """One row a cell: how many say what, and what those say who are heard first."""
    assessment, definite = pl.col("assessment"), pl.col("definite")
    positive, negative = assessment == "positive", assessment == "negative"
    heard = definite & (pl.col("first") == pl.col("first").filter(definite).min())
    return spoken.group_by(CELL, maintain_order=True).agg(
        positives=positive.sum(),
        negatives=negative.sum(),
        uncertain=(~definite).sum(),
        first_positive=(heard & positive).any(),
        first_negative=(heard & negative).any(),
        first_key=pl.col("first").filter(definite).min(),
        policy=pl.col("policy").first(),
        own_rule=pl.col("rule").drop_nulls().first(),
        own_share=pl.col("share").drop_nulls().first(),
    )


def _decide(summary: pl.DataFrame, sources: tuple[str, ...]) -> pl.DataFrame:
    """The state, the label of an open conflict, and the rule."""
    positive, negative = pl.col("positives") > 0, pl.col("negatives") > 0
    contradict = positive & negative
    policy = pl.col("policy")
    ordered = policy.is_in(["source_order", "evidence"])
    more = pl.col("positives").cast(pl.Int64) - pl.col("negatives").cast(pl.Int64)
    by_order = (
        pl.when(pl.col("first_positive") & pl.col("first_negative"))
        .then(pl.lit("uncertain"))
        .when("first_positive")
        .then(pl.lit("positive"))
        .otherwise(pl.lit("negative"))
    )
    by_count = (
        pl.when(more > 0)
        .then(pl.lit("positive"))
        .when(more < 0)
        .then(pl.lit("negative"))
        .otherwise(pl.lit("uncertain"))
    )
    state = (
        pl.when(contradict & ordered)
        .then(by_order)
        .when(contradict & (policy == "majority"))
        .then(by_count)
        .when(contradict & policy.is_in(["positive", "negative"]))
        .then(policy)
        .when(contradict)
        .then(pl.lit("uncertain"))
        .when(positive)
        .then(pl.lit("positive"))
        .when(negative)
        .then(pl.lit("negative"))
        .otherwise(pl.lit("uncertain"))
    )
    # The key ends in the place of the source.
    place = pl.col("first_key").fill_null(0) % (len(sources) + 1)
    winner = pl.lit(pl.Series(sources, dtype=pl.String)).gather(place)
    rule = (
        pl.when(contradict & ordered & pl.col("first_positive") & pl.col("first_negative"))
        .then(pl.format("{}: {} contradicts itself", policy, winner))
        .when(contradict & ordered)
        .then(pl.format("{}, {} first", policy, winner))
        .when(contradict & (policy == "majority"))
        .then(
            pl.format(
                "majority: {} positive, {} negative", pl.col("positives"), pl.col("negatives")
            )
        )
        .when(contradict)
        .then(pl.format("conflicts, {}", policy))
        .when((positive | negative) & (pl.col("uncertain") > 0))
        .then(pl.lit("definite beats uncertain"))
        .otherwise("own_rule")
    )
    total = (pl.col("positives") + pl.col("negatives")).cast(pl.Float32)
    soft = contradict & (policy == "soft")
    return summary.select(
        *CELL,
        state=state.cast(ASSESSMENTS),
        rule=rule,
        label=pl.when(soft)
        .then(pl.col("positives").cast(pl.Float32) / total)
        .when(~positive & ~negative)
        .then("own_share"),
        closed=contradict & policy.is_in(["soft", "mask"]),
        contradict=contradict,
    )


def _tell(spoken: pl.DataFrame, summary: pl.DataFrame) -> pl.DataFrame:
    """Who says what stands, and why: all of them, in the order of the recipe."""
    said = spoken.join(
        summary.select(*CELL, "state", "contradict"), on=CELL, how="left", maintain_order="left"
    )
    stands = (pl.col("assessment") == pl.col("state")) | (
        pl.col("contradict") & (pl.col("state") == "uncertain") & pl.col("definite")
    )
    named = pl.format("{}: {}", "source_name", "reason").unique(maintain_order=True)
    return (
        said.filter(stands)
        .group_by(CELL, maintain_order=True)
        .agg(
            pl.col("source_name").unique(maintain_order=True).str.join("+").alias("source"),
            reason=pl.when(named.len() == 1)
            .then(pl.col("reason").first())
            .otherwise(named.str.join("; ")),
            evidence=pl.col("evidence").sort_by("rank", maintain_order=True).first(),
        )
    )


def _pair(spoken: pl.DataFrame, summary: pl.DataFrame) -> pl.DataFrame:
    """Every two assessments on one cell, the earlier image on the left."""
    left = spoken.select(
        *CELL, left_image="image", left_source="source", left_assessment="assessment"
    )
    right = spoken.select(
        *CELL, right_image="image", right_source="source", right_assessment="assessment"
    )
    decision = summary.select(
        *CELL,
        decision=pl.format(
            "{}: {}", pl.col("state").cast(pl.String), pl.col("rule").fill_null("all agree")
        ),
    )
    return (
        left.join(right, on=CELL, how="inner", maintain_order="left_right")
        .filter(pl.col("left_image") < pl.col("right_image"))
        .join(decision, on=CELL, how="left", maintain_order="left")
        .drop("left_image", "right_image")
    )
