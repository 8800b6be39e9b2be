"""An experiment whose outcome is made up: scores, differences, figures and words."""

import dataclasses
import math

import numpy as np
import polars as pl
import pytest

from labelassemble.evaluation.compare import COMPARISON_COLUMNS
from labelassemble.evaluation.result_table import RESULT_COLUMNS
from labelassemble.report.experiment.content import (
    ArmFacts,
    CellGrid,
    Curves,
    ExperimentContent,
    Scatter,
)

NAN = math.nan
ARMS = {
    "single": ("one network a source, each on its own labels", 0.70),
    "unknown-as-negative": ("one network, every missing label counted as absent", 0.68),
    "masked": ("one linear head, loss on known cells only", 0.76),
    "med3d": ("shared extractor, one head a source", 0.74),
    "dodnet": ("a controller makes the head of each source", 0.745),
    "label-assemble": ("class queries, and unknown cells that teach", 0.79),
    "full": ("the labels of every class on every image: the upper bound", 0.80),
}
CLASSES = (
    "atelectasis",
    "cardiomegaly",
    "consolidation",
    "edema",
    "effusion",
    "enlarged_cardiomediastinum",
    "hernia",
)


@pytest.fixture(scope="session")
def simulate_experiment():
    return _simulate_experiment


@pytest.fixture(scope="session")
def content():
    return _simulate_experiment()


def _simulate_experiment(
    arms=tuple(ARMS),
    classes=CLASSES,
    seeds=(0, 1, 2),
    sources=("north", "south"),
    unscored=("hernia",),
    with_seeds=True,
    **changes,
):
    """Every arm on every class; ``unscored`` classes have no positive; the mean covers the rest."""
    generator = np.random.default_rng(7)
    titles = {name: name.replace("_", " ").capitalize() for name in classes}
    levels = {arm: ARMS.get(arm, ("", 0.75))[1] for arm in arms}
    scores = [
        row
        for arm in arms
        for seed in seeds
        for source in ("all", *sources)
        for row in _score(generator, arm, seed, source, levels[arm], classes, unscored)
    ]
    candidate = "label-assemble" if "label-assemble" in arms else arms[-1]
    pairs = [(arm, candidate) for arm in arms if arm != candidate]
    differences = [
        row
        for pair in pairs
        for source in ("all", *sources)
        for row in _compare(generator, pair, source, levels, classes, unscored, with_seeds)
    ]
    content = ExperimentContent(
        name="partial-labels",
        title="Partial labels, assembled, against full labels",
        question="Do labels of several sources, each of which knows some classes only, do the work "
        "of labels of all classes on every image?",
        answer=(
            "Label-assemble comes within .010 of full labels with a third of the labels: .790 "
            "[.771, .808] against .800 [.782, .817].",
            "It is better than masked by +.030 [+.012, +.049]; trained anew, the difference varies "
            "by .004.",
        ),
        arms=tuple(
            ArmFacts(arm, ARMS.get(arm, ("an arm", 0))[0], arm, 6521, 1200, 30_500, 62_000)
            for arm in arms
        ),
        seeds=tuple(seeds),
        scores=pl.DataFrame(scores, schema=RESULT_COLUMNS, orient="row"),
        differences=pl.DataFrame(differences, schema=_columns(with_seeds)).with_columns(
            pl.selectors.float().fill_null(NAN)
        ),
        figures=(_scatter(generator, 12), _curves(generator), _grid(generator, titles)),
        papers=(
            ("single, CheXpert, 37,655 labels", ".626", "Kang 2023, Table 1"),
            ("Med3D, CheXpert, 75,310 labels", ".744", "Kang 2023, Table 1"),
            ("Label-Assemble, CheXpert, 75,310 labels", ".792", "Kang 2023, Table 1"),
            ("Nodule, similarity of classes and gain, Pearson r", ".83", "Kang 2023, Figure 3"),
        ),
        cautions=("The labels come from reports, read by a program.",),
        settings={
            "recipe": {"seeds": list(seeds), "output": "/home/somebody/out", "weight": NAN},
            "experiment": {"name": "partial-labels", "share": 0.5},
        },
        versions={"labelassemble": "0.1.0", "polars": "2.0"},
        command="labelassemble experiment partial-labels recipes/chest_real.toml",
        titles={**titles, "north": "North Hospital", "south": "South Hospital"},
    )
    return dataclasses.replace(content, **changes)


def _columns(with_seeds):
    names = {name: kind for name, kind in COMPARISON_COLUMNS.items()
             if with_seeds or ("seed" not in name and name != "p_clustered")}  # fmt: skip
    return names | {"first": pl.String, "second": pl.String}


def _score(generator, arm, seed, source, level, classes, unscored):
    rows = []
    pool = {"all": 1.0}.get(source, 0.94)
    for place, name in enumerate(classes):
        none = name in unscored
        score = NAN if none else level * pool + 0.03 * (place % 3 - 1) + generator.normal(0, 0.006)
        positive = 0 if none else 40 + 12 * place
        note = "no known positive" if none else ""
        rows.append((arm, seed, source, name, positive, 520, 601, score, 0.03, 0.4, note))
    found = [row[7] for row in rows if not math.isnan(row[7])]
    mean = sum(found) / len(found) if found else NAN
    left = f"; not scored: {', '.join(unscored)}" if unscored else ""
    note = f"{len(found)} of {len(classes)} classes{left}"
    total = sum(row[4] for row in rows)
    rows.append((arm, seed, source, "mean", total, 520 * len(found), 601, mean, 0.018, 0.41, note))
    return [
        (*row[:7], row[7], row[7] - row[8], row[7] + row[8] * 0.9,
         row[9] if row[7] == row[7] else NAN, NAN, NAN, row[10])
        for row in rows
    ]  # fmt: skip


def _compare(generator, pair, source, levels, classes, unscored, with_seeds):
    rows = []
    for name in (*classes, "mean"):
        counts = {"n_positive": 80, "n_negative": 520, "n_patients": 601}
        row = {"class": name, "source": source, "first": pair[0], "second": pair[1], **counts}
        if name in unscored:
            rows.append(row | {"note": "no known positive", "n_positive": 0})
            continue
        half = 0.019 if name == "mean" else 0.035
        noise = generator.normal(0, 0.002 if name == "mean" else 0.015)
        value = levels[pair[1]] - levels[pair[0]] + noise
        p = min(1.0, 2 * math.exp(-((value / half) ** 2) * 2.1))
        times = 1 if name == "mean" else 4
        score = levels[pair[0]] + generator.normal(0, 0.004)
        row |= {"difference": value, "low": value - half, "high": value + half * 0.95, "note": ""}
        row |= {"p": p, "p_corrected": min(1.0, p * times), "p_delong": p * 0.9}
        row |= {"first_score": score, "second_score": score + value}
        if with_seeds:
            row |= {"low_seeds": value - half * 1.5, "high_seeds": value + half * 1.5}
            row |= {"p_seeds": min(1.0, p * 3), "p_seeds_corrected": min(1.0, p * 3 * times)}
            row |= {"seed_sd": 0.006, "seed_share": 0.2, "p_clustered": p * 0.95}
        rows.append(row)
    return rows


def _scatter(generator, number):
    x = np.linspace(0.15, 0.8, number) + generator.normal(0, 0.03, number)
    y = 0.09 * x - 0.01 + generator.normal(0, 0.008, number)
    x[3], y[3] = x[2] + 0.004, y[2] + 0.001
    low, high = y - 0.02, y + 0.02
    low[1], high[1], x[-1] = NAN, NAN, NAN
    names = [f"{name} {word}" for name in ("Pleural", "Lobar", "Mild") for word in
             ("thickening", "effusion", "consolidation", "mass of unknown origin")]  # fmt: skip
    return Scatter(
        "Gain and similarity of classes", "Similarity to nodule (cosine)", "Gain in AUROC",
        tuple(names[:number]), x, y, low, high,
        "Pearson r = .83 [.51, .95], p < .001, 11 classes",
    )  # fmt: skip


def _curves(generator):
    x = (50.0, 200.0, 1000.0, 5000.0)
    series = {}
    for name, level in (("masked", 0.6), ("med3d", 0.62), ("label-assemble", 0.66)):
        y = level + 0.05 * np.log10(np.array(x) / 50) + generator.normal(0, 0.005, 4)
        series[name] = np.stack([y, y - 0.02, y + 0.018], axis=1)
    series["med3d"][1] = NAN
    return Curves(
        "How many labelled images are needed", "Labelled images", "Mean AUROC", x,
        ("50", "200", "1,000", "all"), series, "Bands: 95 % intervals over patients.",
    )  # fmt: skip


def _grid(generator, titles):
    rows, columns = tuple(titles.values()), ("NIH", "RSNA", "covid-chestxray", "Kermany")
    value = generator.normal(0.01, 0.04, (len(rows), len(columns)))
    value[0, 1] = NAN
    low, high = value - 0.04, value + 0.04
    low[0, 0], high[0, 0] = NAN, NAN
    return CellGrid("What each further source does to each class", rows, columns, value, low, high,
                "Rows: classes; columns: the source that was added.")  # fmt: skip
