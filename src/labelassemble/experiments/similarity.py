"""Which other class helps a class of interest? One at a time, against how alike the two look."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import plural
from labelassemble.experiments.adviser import FEWEST_GAINS, Adviser, advise, fit_adviser
from labelassemble.experiments.arms import Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.candidates import class_candidates
from labelassemble.experiments.choices import one_class
from labelassemble.experiments.class_similarity import class_similarity
from labelassemble.experiments.describe_advice import describe_advice
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.negative_examples import same_order
from labelassemble.experiments.table_changes import check_table_classes, keep_classes
from labelassemble.experiments.variants import choose_variants
from labelassemble.experiments.wording import difference_row, say_p, say_score
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.pooled_features import pooled_features, training_rows
from labelassemble.metrics.pearson import Correlation, correlate
from labelassemble.model.build import build_network
from labelassemble.report.experiment.content import Scatter
from labelassemble.settings import Recipe

PAPERS_INTEREST = "nodule"
"""The class of interest where the recipe names none. Paper: Kang 2023."""


def plan_similarity(recipe: Recipe, table: AssembledTable, seeds: Sequence[int]) -> Plan:
    """Train on the class of interest alone, and with each other class in turn.

    Raises:
        AssemblyError: a class that the table does not have.
        SettingsError: several classes of interest, or no such variant.
    """
    interest = one_class(recipe, table, PAPERS_INTEREST)
    companions = choose_companions(recipe, table, interest)
    variant = list(choose_variants(recipe.experiment.variants, ("label-assemble",)).values())[-1]
    budget = same_order(same_budget(recipe, [table]))
    sources = tuple(table.scopes)
    arms = [
        make_arm(
            name,
            variant,
            budget,
            tables=dict.fromkeys(seeds, keep_classes(table, classes)),
            sources=sources,
            title=f"the labels of {' and '.join(classes)}",
        )
        for name, classes in [
            ("alone", [interest]),
            *((f"with-{one}", [interest, one]) for one in companions),
        ]
    ]
    comparisons = [Comparison("alone", f"with-{one}", (interest,)) for one in companions]
    caution = (
        "All networks see the same images in the same order; the gain of a class is the mean "
        "over seeds, and its interval says what other test patients would have changed."
    )
    return Plan(tuple(arms), tuple(comparisons), table, (caution,))


def choose_companions(recipe: Recipe, table: AssembledTable, interest: str) -> list[str]:
    """Give the classes to be added one at a time.

    Raises:
        AssemblyError: a class that the table does not have.
    """
    check_table_classes(table, recipe.experiment.companions)
    asked = recipe.experiment.companions or table.classes
    return [name for name in asked if name != interest]


def measure_similarity(
    recipe: Recipe, table: AssembledTable, store: ImageStore, interest: str
) -> pl.DataFrame:
    """Measure how alike the other classes look, on the backbone's features before training.

    The training images alone are looked at. Weights are those of ``model.pretrained``; without
    them random ones, which see edges and blobs but know no anatomy.

    Returns:
        ``SIMILARITY_COLUMNS``.
    """
    labels = make_labels(table, table.classes)
    rows = training_rows(labels, store)
    network = build_network(recipe.model, "masked", table.classes, seed=recipe.assembly.seed)
    feature = pooled_features(
        network,
        store,
        [labels.record[row] for row in rows],
        recipe.evaluation.batch_size,
        torch.device("cpu"),
    )
    return class_similarity(
        feature,
        labels,
        rows,
        group=table.records["group"].to_numpy()[rows],
        interest=interest,
        generator=np.random.default_rng(recipe.evaluation.seed),
        kind=recipe.experiment.similarity,
        confidence=recipe.evaluation.confidence,
        min_patients=recipe.evaluation.min_patients,
    )


def conclude_similarity(finished: Finished) -> Conclusion:
    """Set the gains against the similarities, and fit the adviser."""
    pairs = finished.plan.comparisons
    interest = pairs[0].classes[0]
    companions = [pair.second.removeprefix("with-") for pair in pairs]
    similarity = measure_similarity(finished.recipe, finished.table, finished.store, interest)
    rows = [
        difference_row(finished.found.differences, pair.first, pair.second, interest)
        for pair in pairs
    ]
    gain = np.array([row["difference"] for row in rows], dtype=np.float64)
    order = pl.DataFrame({"class": companions})
    near = order.join(similarity, on="class", how="left", maintain_order="left")["similarity"]
    x = near.to_numpy().astype(np.float64)
    found = correlate(x, gain, np.random.default_rng(finished.recipe.evaluation.seed))
    figure = Scatter(
        title=f"Gain of {interest} over similarity",
        x_title=f"similarity to {interest} before training",
        y_title="gain in AUROC",
        names=tuple(companions),
        x=x,
        y=gain,
        low=np.array([row["low"] for row in rows], dtype=np.float64),
        high=np.array([row["high"] for row in rows], dtype=np.float64),
        note=describe_correlation(found),
    )
    gains = pl.DataFrame({"candidate": companions, "gain": gain})
    candidates = class_candidates(finished.table, interest, similarity).join(
        gains, on="candidate", how="inner", maintain_order="left"
    )
    adviser = fit(candidates, finished.recipe.name)
    advice = describe_advice(advise(candidates.drop("gain"), adviser), adviser)
    best = companions[int(np.nanargmax(gain))] if np.isfinite(gain).any() else None
    answer = [
        f"{int((gain > 0).sum())} of {len(gain)} classes raise the AUROC of {interest}"
        + (f", most of all {best} ({say_score(float(np.nanmax(gain)), True)})." if best else "."),
        f"Gain over similarity: {describe_correlation(found)}.",
    ]
    if adviser is not None:
        answer.append(
            f"An adviser fitted on these gains errs by {say_score(adviser.error)} when each class "
            "is left out; always saying the mean gain errs by "
            f"{say_score(adviser.constant_error)}."
        )
    return Conclusion(
        tuple(answer),
        (figure,),
        (describe_kinds(finished.recipe),),
        {"adviser.json": adviser.model_dump_json(indent=2)} if adviser else {},
        advice,
    )


def fit(measured: pl.DataFrame, origin: str) -> Adviser | None:
    """Fit the adviser; None with too few gains."""
    if measured.filter(pl.col("gain").is_finite()).height < FEWEST_GAINS:
        return None
    return fit_adviser(measured, origin)


def describe_correlation(found: Correlation) -> str:
    """Say a correlation: ``Pearson r = +.83 [+.51, +.95], p < .001, 13 classes``."""
    if found.r != found.r:
        return f"no correlation of {plural(found.n, 'class', 'classes')}"
    ends = f"[{say_score(found.low, True)}, {say_score(found.high, True)}]"
    return (
        f"Pearson r = {say_score(found.r, True)} {ends}, {say_p(found.p)} "
        f"(permutation {say_p(found.p_permutation)}), Spearman {say_score(found.spearman, True)}, "
        f"{found.n} classes"
    )


def describe_kinds(recipe: Recipe) -> str:
    """Say which features similarity was measured on."""
    weights = "random" if recipe.model.pretrained is None else "pre-trained"
    return (
        f"Similarity is measured on features of {recipe.model.backbone} with {weights} weights; "
        "see docs/similarity.md."
    )


SIMILARITY = Experiment(
    title="Gain over similarity",
    question="A class of interest is learned with each other class in turn. Do classes that look "
    "more like it help it more?",
    plan=plan_similarity,
    conclude=conclude_similarity,
    papers=(
        (
            "nodule with each other class in turn: gain over similarity",
            "Pearson r = .83, p = 4.93e-4",
            "Kang 2023",
        ),
    ),
)
