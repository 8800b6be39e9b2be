import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from labelassemble.assembly.agreement import AGREEMENT_COLUMNS, measure_agreement

KINDS = ("both_positive", "left_positive", "right_positive", "both_negative")


def count(left, right, group=None, sources=("a", "b")):
    """A row an image, of two sides that say 1 or 0."""
    group = range(len(left)) if group is None else group
    rows = [
        {
            "left_source": sources[0],
            "right_source": sources[1],
            "class": "mass",
            "group": g,
            "records": 1,
            **{kind: int(k == 2 * (1 - a) + (1 - b)) for k, kind in enumerate(KINDS)},
        }
        for a, b, g in zip(left, right, group, strict=True)
    ]
    return pl.DataFrame(rows)


def measure(*arguments, **more):
    measured = measure_agreement(count(*arguments, **more))
    assert dict(measured.schema) == AGREEMENT_COLUMNS
    return measured.row(0, named=True)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30))
def test_kappa_is_scikit_learns(pairs):
    left, right = zip(*pairs, strict=True)
    found = measure(left, right)
    assert found["agreement"] == pytest.approx(np.mean(np.array(left) == np.array(right)))
    if len(set(left)) == 2 and len(set(right)) == 2:
        assert found["kappa"] == pytest.approx(cohen_kappa_score(left, right))
    else:
        assert found["kappa"] is None


def test_the_interval_is_about_what_a_bootstrap_over_persons_gives():
    generator = np.random.default_rng(0)
    persons = np.repeat(np.arange(150), 3)
    # Images of one person resemble each other, on both sides.
    left = (generator.random(150) < 0.4)[persons].astype(int)
    flip = (generator.random(150) < 0.15)[persons]
    right = np.where(flip, 1 - left, left)
    found = measure(left, right, persons)
    rows = left.reshape(150, 3), right.reshape(150, 3)
    kappas = []
    for _ in range(2_000):
        drawn = generator.integers(0, 150, 150)
        kappas.append(cohen_kappa_score(rows[0][drawn].ravel(), rows[1][drawn].ravel()))
    low, high = np.quantile(kappas, [0.025, 0.975])
    assert found["kappa_low"] == pytest.approx(low, abs=0.03)
    assert found["kappa_high"] == pytest.approx(high, abs=0.03)
    alone = measure(left, right)
    assert alone["kappa_high"] - alone["kappa_low"] < found["kappa_high"] - found["kappa_low"]


def test_one_person_gives_no_interval():
    found = measure([1, 0], [1, 0], [7, 7])
    assert (found["kappa"], found["kappa_low"]) == (1.0, None)


def test_readers_of_one_source_have_no_sides():
    # Fleiss 1971: three readers, two categories, from his formulas by hand.
    said = np.array([3, 2, 0, 1, 3, 0, 0, 2])  # of three readers, who say positive
    rows = [
        {
            "left_source": "a",
            "right_source": "a",
            "class": "mass",
            "group": g,
            "records": 1,
            "both_positive": int(yes * (yes - 1) // 2),
            "left_positive": int(yes * (3 - yes)),
            "right_positive": 0,
            "both_negative": int((3 - yes) * (2 - yes) // 2),
        }
        for g, yes in enumerate(said)
    ]
    found = measure_agreement(pl.DataFrame(rows)).row(0, named=True)
    share = said.sum() / 24
    agree = ((said * (said - 1) + (3 - said) * (2 - said)) / 6).mean()
    chance = share**2 + (1 - share) ** 2
    assert found["agreement"] == pytest.approx(agree)
    assert found["kappa"] == pytest.approx((agree - chance) / (1 - chance))
    assert found["records"] == 8


def test_pairs_are_kept_apart_and_sorted():
    rows = pl.concat(
        [
            count([1, 0], [1, 0], sources=("b", "c")),
            count([1], [0], sources=("a", "b")),
            count([1, 1], [0, 1], sources=("b", "c")).with_columns(**{"class": pl.lit("edema")}),
        ]
    )
    measured = measure_agreement(rows)
    assert measured.select("left_source", "class", "records").rows() == [
        ("a", "mass", 1),
        ("b", "edema", 2),
        ("b", "mass", 2),
    ]
    assert measure_agreement(rows.clear()).is_empty()
