"""How often do intervals hold the true AUROC? Simulated patients with several images each.

    python -m benchmarks.coverage [--quick]

Prints tables in Markdown, saves ``benchmarks/results/coverage.json`` (``--quick``: a tenth of the
simulations, saved in ``benchmarks/out/``).
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from labelassemble.metrics.auroc_interval import auroc_interval
from labelassemble.metrics.bootstrap import bootstrap_scores
from labelassemble.metrics.clustered_delong import clustered_delong, clustered_delong_test
from labelassemble.metrics.interval import percentile_interval

SIMULATIONS, REPLICATES, CONFIDENCE = 1000, 300, 0.95
MAX_IMAGES = 4
"""Images of a patient: 1 to this many, as likely."""
ALIKE = 0.5
"""Correlation of the scores of two images of a patient."""
SICK_IMAGES = 0.8
"""Share of a sick patient's images that show it; at least one does."""
CLASSES = 5
"""Of the mean."""
Z = float(norm.ppf((1 + CONFIDENCE) / 2))
Ends = tuple[float, float]


class Sample(NamedTuple):
    """Simulated images of one or several classes."""

    score: np.ndarray
    label: np.ndarray
    patient: np.ndarray


def simulate(
    generator: np.random.Generator,
    positives: int,
    negatives: int,
    area: float,
    spread: float = 1.0,
    classes: int = 1,
    predictions: int = 1,
) -> Sample:
    """Draw patients: normal scores, those of positives ``spread`` times as wide.

    The predictions of one image go together by half; classes have their own sick patients.
    """
    patients = positives + negatives
    owner = np.repeat(np.arange(patients), generator.integers(1, MAX_IMAGES + 1, patients))
    score = np.empty((predictions, owner.size, classes))
    label = np.zeros((owner.size, classes))
    shift = np.sqrt(1 + spread**2) * norm.ppf(area)
    first = np.searchsorted(owner, np.arange(patients))
    for place in range(classes):
        sick = generator.permutation(patients)[:positives]
        shown = generator.random(owner.size) < SICK_IMAGES
        label[:, place] = np.isin(owner, sick) & shown
        label[first[sick], place] = 1
        noise = [
            np.sqrt(ALIKE) * generator.normal(size=patients)[owner]
            + np.sqrt(1 - ALIKE) * generator.normal(size=owner.size)
            for _ in range(predictions + 1)
        ]
        positive = label[:, place] == 1
        for number in range(predictions):
            own = noise[0] if predictions == 1 else (noise[0] + noise[number + 1]) / np.sqrt(2)
            score[number, :, place] = shift * positive + np.where(positive, spread, 1) * own
    return Sample(score, label, owner)


def by_bootstrap(sample: Sample, generator: np.random.Generator) -> np.ndarray:
    """Replicates of the AUROC: predictions, replicates, classes."""
    known = np.full(sample.label.shape, True)
    return bootstrap_scores(
        sample.score, sample.label, known, sample.patient, REPLICATES, generator
    ).auroc


def bootstrap_ends(sample: Sample, generator: np.random.Generator) -> Ends:
    """Percentile interval over patients of the first prediction's mean over the classes."""
    return percentile_interval(by_bootstrap(sample, generator)[0].mean(axis=1), CONFIDENCE)[:2]


def logit_ends(sample: Sample, generator: np.random.Generator) -> Ends:
    """Symmetric on the logit scale, by the clustered variance; nothing at an AUROC of 0 or 1."""
    known = np.full(sample.patient.size, True)
    area, variance = clustered_delong(
        sample.score[0, :, 0], sample.label[:, 0], known, sample.patient
    )
    if not 0 < area < 1:
        return float("nan"), float("nan")
    middle, half = np.log(area / (1 - area)), Z * np.sqrt(variance) / (area * (1 - area))
    return 1 / (1 + np.exp(half - middle)), 1 / (1 + np.exp(-half - middle))


def newcombe_ends(sample: Sample, generator: np.random.Generator) -> Ends:
    """What the program prints."""
    known = np.full(sample.patient.size, True)
    return auroc_interval(
        sample.score[0, :, 0], sample.label[:, 0], known, sample.patient, CONFIDENCE
    )


def difference_bootstrap(sample: Sample, generator: np.random.Generator) -> Ends:
    """Percentile interval of the second prediction minus the first."""
    drawn = by_bootstrap(sample, generator)[:, :, 0]
    return percentile_interval(drawn[1] - drawn[0], CONFIDENCE)[:2]


def difference_clustered(sample: Sample, generator: np.random.Generator) -> Ends:
    """The same by the clustered variance and the normal distribution."""
    known = np.full(sample.label.shape, True)
    test = clustered_delong_test(
        sample.score[:1], sample.score[1:], sample.label, known, sample.patient
    )
    return (
        test.difference - Z * test.standard_error,
        test.difference + Z * test.standard_error,
    )


def measure(
    methods: dict[str, Callable[[Sample, np.random.Generator], Ends]],
    truth: float,
    draw: Callable[[np.random.Generator], Sample],
    simulations: int,
) -> dict[str, dict[str, float]]:
    """Share of the simulations in which each interval holds the truth, misses, and mean widths."""
    generator = np.random.default_rng(0)
    ends = {name: np.empty((simulations, 2)) for name in methods}
    for number in range(simulations):
        sample = draw(generator)
        for name, method in methods.items():
            ends[name][number] = method(sample, generator)
    found = {}
    for name, (low, high) in ((name, each.T) for name, each in ends.items()):
        found[name] = {
            "covers": float(np.mean((low <= truth) & (truth <= high))),
            "truth_below": float(np.mean(truth < low)),
            "truth_above": float(np.mean(truth > high)),
            "no_interval": float(np.isnan(low).mean()),
            "width": float(np.nanmean(high - low)),
        }
    return found


def main(quick: bool) -> None:
    """Measure every case and save it."""
    simulations = SIMULATIONS // (10 if quick else 1)
    one = {"bootstrap": bootstrap_ends, "logit": logit_ends, "newcombe": newcombe_ends}
    two = {"bootstrap": difference_bootstrap, "clustered": difference_clustered}
    sides = ((5, 100), (10, 100), (20, 100), (50, 200), (100, 300), (10, 10), (100, 10))
    rows: list[dict[str, object]] = []

    def add(
        what: str, methods: dict[str, Callable[..., Ends]], truth: float, **case: float
    ) -> None:
        def draw(generator: np.random.Generator) -> Sample:
            return simulate(generator, **case)  # type: ignore[arg-type]

        found = measure(methods, truth, draw, simulations)
        rows.append({"what": what, **case, "simulations": simulations, "methods": found})
        told = " | ".join(
            f"{name} {100 * one['covers']:.1f} % ({one['width']:.3f})"
            for name, one in found.items()
        )
        print(
            f"| {what} | {' | '.join(f'{name} {value}' for name, value in case.items())} | {told} |"
        )

    for spread in (1.0, 2.0, 0.5):
        for area in (0.8, 0.95):
            for positives, negatives in sides:
                case = {"positives": positives, "negatives": negatives}
                add("one class", one, area, **case, area=area, spread=spread)
    for area in (0.8, 0.95):
        for positives, negatives in sides[:4]:
            case = {"positives": positives, "negatives": negatives, "area": area}
            add("mean", {"bootstrap": bootstrap_ends}, area, **case, classes=CLASSES)
            add("difference", two, 0.0, **case, predictions=2)
    here = Path(__file__).parent
    path = here / ("out" if quick else "results") / "coverage.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"saved {path}")


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
