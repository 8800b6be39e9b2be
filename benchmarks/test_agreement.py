"""Two models compared by every test offered, on real predictions: do the tests agree?

    python -m benchmarks.test_agreement

Reads ``predictions/`` of the real samples (``LABELASSEMBLE_REAL_DATA``): two models, three seeds
each, on the 25,596 official test images of ChestX-ray14. Prints tables in Markdown, saves
``benchmarks/out/test_agreement.json``.
"""

import itertools
import json
import os
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import norm, spearmanr

from labelassemble.evaluation.correct import correct_p
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.bootstrap import bootstrap_scores
from labelassemble.metrics.clustered_delong import clustered_delong_test
from labelassemble.metrics.delong import delong_test
from labelassemble.metrics.interval import percentile_interval, two_sided_p
from labelassemble.metrics.random_seeds import seeds_test

DEFAULT = Path(__file__).parents[2] / "shared" / "data"
OUT = Path(__file__).parent / "out" / "test_agreement.json"
FIRST, SECOND = "resnet18", "densenet121"
# The stored columns have no names; positives by column are those of the official test list.
CLASSES = (
    "atelectasis",
    "cardiomegaly",
    "effusion",
    "infiltration",
    "mass",
    "nodule",
    "pneumonia",
    "pneumothorax",
    "consolidation",
    "edema",
    "emphysema",
    "fibrosis",
    "pleural thickening",
    "hernia",
)
TESTS = (
    "images: bootstrap",
    "images: DeLong",
    "patients: bootstrap",
    "patients: Obuchowski",
    "patients and seeds",
    "the same, unpaired",
)
CORRECTIONS = ("holm", "max_t", "fdr")
REPLICATES, CONFIDENCE, LEVEL = 1000, 0.95, 0.05


class Models(NamedTuple):
    """Predictions of both models, and what they were asked."""

    first: np.ndarray
    second: np.ndarray
    label: np.ndarray
    patient: np.ndarray


def read_models() -> Models:
    folder = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", DEFAULT)) / "predictions"
    stored = {}
    for name in (FIRST, SECOND):
        stored[name] = [np.load(path) for path in sorted(folder.glob(f"*{name}_seed*.npz"))]
        if not stored[name]:
            raise SystemExit(f"no predictions of {name} in {folder}; set LABELASSEMBLE_REAL_DATA")
    label, patient = (stored[FIRST][0][key] for key in ("test_labels", "test_patient"))
    for each in (*stored[FIRST], *stored[SECOND]):
        same = np.array_equal(each["test_labels"], label)
        if not same or not np.array_equal(each["test_patient"], patient):
            raise SystemExit(f"the predictions in {folder} stand in different orders of images")
    first, second = (
        np.stack([each["test_logits"] for each in stored[name]]) for name in (FIRST, SECOND)
    )
    return Models(first, second, label, patient)


def with_mean(values: np.ndarray) -> np.ndarray:
    """Add the mean over the classes as a last column."""
    return np.concatenate([values, values.mean(axis=-1, keepdims=True)], axis=-1)


def compare(models: Models) -> dict[str, dict[str, np.ndarray]]:
    """p, corrected p and the width of the interval by every test, for every class and the mean."""
    first, second, label, patient = models
    known = np.full(label.shape, True)
    places = [*([place] for place in range(label.shape[1])), list(range(label.shape[1]))]
    probability = np.concatenate([first, second])
    score = with_mean(np.stack([class_auroc(each, label, known) for each in probability]))
    half = len(first)
    difference = score[half:].mean(axis=0) - score[:half].mean(axis=0)
    p = {name: np.full(len(places), np.nan) for name in TESTS}
    width = {name: np.full(len(places), np.nan) for name in TESTS}
    drawn, replicates = {}, {}
    for name, owner in (
        ("images: bootstrap", np.arange(patient.size)),
        ("patients: bootstrap", patient),
    ):
        generator = np.random.default_rng(0)
        scores = bootstrap_scores(probability, label, known, owner, REPLICATES, generator)
        networks = drawn[name] = with_mean(scores.auroc)
        replicates[name] = networks[half:].mean(axis=0) - networks[:half].mean(axis=0)
        for row, column in enumerate(replicates[name].T):
            low, high, _ = percentile_interval(column, CONFIDENCE)
            p[name][row], width[name][row] = two_sided_p(column), high - low
    normal_width = 2 * norm.ppf((1 + CONFIDENCE) / 2)
    deviation, share = np.empty(len(places)), np.empty(len(places))
    for row, classes in enumerate(places):
        if len(classes) == 1:
            place = classes[0]
            one = delong_test(first[..., place], second[..., place], label[:, place], known[:, 0])
            p["images: DeLong"][row] = one.p
            width["images: DeLong"][row] = normal_width * one.standard_error
        columns = (first[..., classes], second[..., classes], label[:, classes], known[:, classes])
        clustered = clustered_delong_test(*columns, patient)
        p["patients: Obuchowski"][row] = clustered.p
        width["patients: Obuchowski"][row] = normal_width * clustered.standard_error
        over_patients = drawn["patients: bootstrap"][..., row]
        parts = (score[:half, row], score[half:, row], over_patients[:half], over_patients[half:])
        for name, paired in (("patients and seeds", True), ("the same, unpaired", False)):
            seeds = seeds_test(*parts, CONFIDENCE, paired)
            p[name][row], width[name][row] = seeds.p, seeds.high - seeds.low
            if paired:
                deviation[row], share[row] = seeds.seed_deviation, seeds.seed_share
    corrected = {
        f"{name}, {way}": np.append(
            correct_p(
                p[name][:-1],
                difference[:-1] if name in replicates else None,
                replicates[name][:, :-1] if name in replicates else None,
                way,
            ),
            p[name][-1],
        )
        for name in TESTS
        for way in CORRECTIONS
        if way != "max_t" or name in replicates
    }
    facts = {
        "difference": difference,
        "first": score[:half].mean(axis=0),
        "second": score[half:].mean(axis=0),
        "seed_sd": deviation,
        "seed_share": share,
        "positives": np.append(label.sum(axis=0), label.sum()),
    }
    return {"facts": facts, "p": p, "width": width, "corrected": corrected}


def compare_single_seeds(models: Models) -> list[dict[str, float]]:
    """One network of each model, all pairs: what a paper with one seed would have said."""
    known = np.full(models.label.shape, True)
    found = []
    for left, right in itertools.product(range(len(models.first)), range(len(models.second))):
        tests = [
            clustered_delong_test(
                models.first[[left]][..., classes],
                models.second[[right]][..., classes],
                models.label[:, classes],
                known[:, classes],
                models.patient,
            )
            for classes in [[place] for place in range(len(CLASSES))] + [list(range(len(CLASSES)))]
        ]
        found.append(
            {
                "first_seed": left,
                "second_seed": right,
                "mean_difference": tests[-1].difference,
                "mean_p": tests[-1].p,
                "better": sum(test.p < LEVEL and test.difference > 0 for test in tests[:-1]),
                "worse": sum(test.p < LEVEL and test.difference < 0 for test in tests[:-1]),
            }
        )
    return found


def agreement(p: dict[str, np.ndarray]) -> list[dict[str, object]]:
    """Pairs of tests over the classes: rank correlation of p, and classes that both find."""
    rows = []
    for one, other in itertools.combinations(TESTS, 2):
        left, right = p[one][:-1], p[other][:-1]
        rows.append(
            {
                "tests": f"{one} / {other}",
                "rank_correlation": float(spearmanr(left, right).statistic),
                "both": int(((left < LEVEL) & (right < LEVEL)).sum()),
                "only_first": int(((left < LEVEL) & (right >= LEVEL)).sum()),
                "only_second": int(((left >= LEVEL) & (right < LEVEL)).sum()),
                "neither": int(((left >= LEVEL) & (right >= LEVEL)).sum()),
            }
        )
    return rows


def short(p: float) -> str:
    if np.isnan(p):
        return "–"
    return "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0")


def p_and_width(p: float, width: float) -> str:
    return "–" if np.isnan(p) else f"{short(p)} ({width:.4f})"


def print_table(head: list[str], rows: list[list[str]]) -> None:
    print("\n| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def main() -> None:
    start = time.perf_counter()
    models = read_models()
    result = compare(models)
    facts, p, width = result["facts"], result["p"], result["width"]
    names = [*CLASSES, "mean"]
    print(
        f"{SECOND} minus {FIRST}, {len(models.first)} seeds each, {models.label.shape[0]:,} images"
    )
    print_table(
        ["class", "positives", "difference", *TESTS, "SD over seeds"],
        [
            [
                name,
                f"{facts['positives'][row]:,.0f}",
                f"{facts['difference'][row]:+.4f}",
                *(p_and_width(p[test][row], width[test][row]) for test in TESTS),
                f"{facts['seed_sd'][row]:.4f} ({facts['seed_share'][row]:.0%})",
            ]
            for row, name in enumerate(names)
        ],
    )
    print("\np (width of the 95 % interval); SD (share of the squared standard error).")
    base = width["patients: bootstrap"]
    print_table(
        ["test", "width / patients: bootstrap, median", "raw", *CORRECTIONS],
        [
            [
                test,
                f"{np.nanmedian((width[test] / base)[:-1]):.2f}",
                str(int((p[test][:-1] < LEVEL).sum())),
                *(
                    str(int((values[:-1] < LEVEL).sum())) if values is not None else "–"
                    for values in (result["corrected"].get(f"{test}, {way}") for way in CORRECTIONS)
                ),
            ]
            for test in TESTS
        ],
    )
    pairs = agreement(p)
    print_table(
        ["tests", "rank correlation of p", "both < .05", "only first", "only second", "neither"],
        [
            [
                str(row["tests"]),
                f"{row['rank_correlation']:.2f}",
                *(str(row[key]) for key in ("both", "only_first", "only_second", "neither")),
            ]
            for row in pairs
        ],
    )
    singles = compare_single_seeds(models)
    print_table(
        ["one seed of each", "mean difference", "p, patients", "classes better", "classes worse"],
        [
            [
                f"{each['first_seed']} / {each['second_seed']}",
                f"{each['mean_difference']:+.4f}",
                short(each["mean_p"]),
                str(each["better"]),
                str(each["worse"]),
            ]
            for each in singles
        ],
    )
    seconds = time.perf_counter() - start
    print(f"\n{seconds:.1f} s, {os.cpu_count()} cores, {REPLICATES:,} replicates")
    tables = {
        kind: {name: values.tolist() for name, values in result[kind].items()} for kind in result
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(
        json.dumps(
            {
                "classes": names,
                **tables,
                "agreement": pairs,
                "single_seeds": singles,
                "seconds": seconds,
            },
            indent=2,
        )
        + "\n"
    )
    print(f"Saved {OUT.relative_to(Path.cwd()) if OUT.is_relative_to(Path.cwd()) else OUT}")


if __name__ == "__main__":
    main()
