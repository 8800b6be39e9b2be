import math

import polars as pl
import pytest

from labelassemble.experiments.adviser import Adviser, advise, fit_adviser
from labelassemble.experiments.candidates import CANDIDATE_COLUMNS
from labelassemble.experiments.describe_advice import describe_advice


def candidate(
    name: str, similarity: float, kind: str = "class", **more: object
) -> dict[str, object]:
    return {
        "interest": "nodule",
        "candidate": name,
        "kind": kind,
        "nearest": name,
        "similarity": similarity,
        "n_positive": 1200,
        "n_negative": 30,
        "n_added": 0,
        "overlap": 1.0,
        "interest_share": 0.5,
        "cooccurrence": 0.0,
        **more,
    }


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=CANDIDATE_COLUMNS)


@pytest.fixture
def adviser() -> Adviser:
    rows = [candidate(f"c{n}", n / 10) for n in range(8)]
    gain = pl.Series("gain", [0.001, 0.004, 0.004, 0.007, 0.008, 0.012, 0.011, 0.016])
    return fit_adviser(frame(*rows).with_columns(gain), "similarity of nodule, 3 seeds")


def test_by_similarity_alone() -> None:
    text = describe_advice(advise(frame(candidate("hernia", math.nan), candidate("mass", 0.61))))
    assert text.splitlines() == [
        "What to add for nodule, the best first",
        "",
        "     candidate       similarity  positives  negatives  images added  overlap",
        "  1  class mass           +0.61      1,200         30             0     100%",
        "  2  class hernia  not measured      1,200         30             0     100%",
        "",
        "Ranked by similarity alone: no gain was measured, so none is expected in numbers.",
        "Fit an adviser on measured gains for that.",
    ]


def test_with_measured_gains(adviser: Adviser) -> None:
    text = describe_advice(
        advise(
            frame(candidate("west", 0.2, "source", nearest="mass"), candidate("mass", 0.6)), adviser
        ),
        adviser,
    )
    lines = text.splitlines()
    words = "candidate nearest class expected gain interval similarity positives negatives"
    assert lines[2].split() == [*words.split(), "images", "added", "overlap"]
    assert lines[3].split()[:4] == ["1", "class", "mass", "mass"]
    assert lines[4].split()[:4] == ["2", "source", "west", "mass"]
    assert "+.01" in lines[3]
    assert "[" in lines[3]
    assert len({len(line) for line in lines[2:5]}) == 1
    assert "Fitted on 8 measured gains (similarity of nodule, 3 seeds)" in text
    assert f"errs\nby .{round(adviser.error * 1000):03d} on average" in text
    assert f"errs by .{round(adviser.constant_error * 1000):03d}." in text
    assert "Leave-one-out R2 ." in text
    assert "no better" not in text


def test_a_forecast_that_is_no_better_than_the_mean_says_so() -> None:
    rows = [candidate(f"c{n}", n / 10, n_positive=10 * n) for n in range(6)]
    gain = pl.Series("gain", [0.03, -0.03, 0.02, -0.03, 0.03, -0.02])
    adviser = fit_adviser(frame(*rows).with_columns(gain), "lots")
    assert adviser.error > adviser.constant_error
    text = describe_advice(advise(frame(*rows), adviser), adviser)
    assert "That is no better than the mean" in text


def test_few_gains_name_the_prior() -> None:
    rows = [candidate(f"c{n}", n / 10) for n in range(4)]
    adviser = fit_adviser(
        frame(*rows).with_columns(gain=pl.Series([0.01, 0.02, 0.02, 0.04])), "few"
    )
    assert "Kang 2023" in describe_advice(advise(frame(*rows), adviser), adviser)


def test_several_classes_of_interest_are_named() -> None:
    rows = frame(candidate("mass", 0.5), candidate("mass", 0.4, interest="edema"))
    lines = describe_advice(advise(rows)).splitlines()
    assert lines[0] == "What to add for nodule, edema, the best first"
    assert lines[4].split()[:4] == ["2", "class", "mass", "edema"]


def test_nothing_to_add() -> None:
    assert describe_advice(advise(frame())).startswith("There is nothing to add")
