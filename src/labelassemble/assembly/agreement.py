"""How far two sources, or the readers of one, agree: counts and Cohen's kappa with its interval."""

import polars as pl

AGREEMENT_COLUMNS = {
    "left_source": pl.String,
    "right_source": pl.String,
    "class": pl.String,
    "records": pl.Int64,
    "both_positive": pl.Int64,
    "left_positive": pl.Int64,
    "right_positive": pl.Int64,
    "both_negative": pl.Int64,
    "agreement": pl.Float64,
    "kappa": pl.Float64,
    "kappa_low": pl.Float64,
    "kappa_high": pl.Float64,
}
"""One row two sources and a class on which both were sure of some image; left_source =
right_source: the readers of one source, pair by pair. left_positive: pairs where only the left one
says positive (of readers: pairs that differ, and right_positive is 0). agreement: share of pairs
that agree. kappa: Cohen's; null where one side says the same of every image, so that it
would be 0 whatever the other says. kappa_low, kappa_high: 95 %
interval over persons."""

Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


def measure_agreement(counts: pl.DataFrame) -> pl.DataFrame:
    """Sum up pairs of assessments by source pair and class.

    kappa = (p_o - p_e) / (1 - p_e), with p_o the share of pairs that agree and p_e the share that
    would by chance, from how often each side says positive. Its interval is the delta method's with
    persons as clusters (groups of images), as images of one person are not independent.

    Args:
        counts: left_source, right_source, class, group (whose images), and for each of them
            images, both_positive, left_positive, right_positive, both_negative: pairs.

    Returns:
        ``AGREEMENT_COLUMNS``, sorted by source pair and class.

    Source: Cohen 1960; for readers of one source Fleiss 1971, both from their formulas.

    >>> one = {"left_source": "a", "right_source": "b", "class": "mass", "records": 1}
    >>> kinds = ("both_positive", "left_positive", "right_positive", "both_negative")
    >>> said = [kinds[n % 4 if n < 8 else 3] for n in range(20)]
    >>> rows = [{**one, "group": n, **{k: int(k == said[n]) for k in kinds}} for n in range(20)]
    >>> round(measure_agreement(pl.DataFrame(rows))["kappa"][0], 3)
    0.375
    """
    kinds = ("both_positive", "left_positive", "right_positive", "both_negative")
    key = ["left_source", "right_source", "class"]
    a, b, c, d = (pl.col(kind).cast(pl.Float64) for kind in kinds)
    symmetric = pl.col("left_source") == pl.col("right_source")
    # Readers have no sides: each counts half on the left and half on the right.
    left = pl.when(symmetric).then(a + (b + c) / 2).otherwise(a + b)
    right = pl.when(symmetric).then(a + (b + c) / 2).otherwise(a + c)
    persons = (
        counts.group_by([*key, "group"])
        .agg(pl.col("records", *kinds).sum())
        .with_columns(pairs=a + b + c + d, agree=a + d, left=left, right=right)
        .filter(pl.col("pairs") > 0)
    )
    # Sums of floats are the same bits in the same order alone.
    persons = persons.sort(*key, "group")
    total = persons.group_by(key).agg(
        pl.col("records", *kinds, "pairs", "agree", "left", "right").sum(),
        persons=pl.len(),
    )
    p, q = pl.col("p_left"), pl.col("p_right")
    total = (
        total.with_columns(
            p_o=pl.col("agree") / pl.col("pairs"),
            p_left=pl.col("left") / pl.col("pairs"),
            p_right=pl.col("right") / pl.col("pairs"),
        )
        .with_columns(p_e=p * q + (1 - p) * (1 - q))
        .with_columns(
            kappa=pl.when(_varies(p) & _varies(q)).then(
                (pl.col("p_o") - pl.col("p_e")) / (1 - pl.col("p_e"))
            )
        )
    )
    spread = _find_spread(persons, total, key)
    low_high = total.join(spread, on=key, how="left").with_columns(
        kappa_low=(pl.col("kappa") - Z * pl.col("spread")).clip(-1, 1),
        kappa_high=(pl.col("kappa") + Z * pl.col("spread")).clip(-1, 1),
        agreement="p_o",
    )
    return low_high.select(list(AGREEMENT_COLUMNS)).sort(key)


def _varies(share: pl.Expr) -> pl.Expr:
    return (share > 0) & (share < 1)


def _find_spread(persons: pl.DataFrame, total: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Standard error of kappa: the root of the summed squares of each person's influence on it."""
    shares = total.select(*key, "p_o", "p_e", "p_left", "p_right", "persons", whole="pairs")
    own = persons.join(shares, on=key, how="left", maintain_order="left")

    def influence(sum_of_person: str, share: str) -> pl.Expr:
        return (pl.col(sum_of_person) - pl.col(share) * pl.col("pairs")) / pl.col("whole")

    p, q, rest = pl.col("p_left"), pl.col("p_right"), 1 - pl.col("p_e")
    on_chance = (2 * q - 1) * influence("left", "p_left") + (2 * p - 1) * influence(
        "right", "p_right"
    )
    on_kappa = influence("agree", "p_o") / rest - (1 - pl.col("p_o")) / rest**2 * on_chance
    return own.group_by(key).agg(
        spread=pl.when(pl.col("persons").first() > 1).then(
            (
                (on_kappa**2).sum()
                * pl.col("persons").first()
                / (pl.col("persons").first() - 1).clip(1)
            ).sqrt()
        )
    )
