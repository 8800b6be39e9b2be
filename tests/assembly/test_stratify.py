import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.assembly.held_strata import pack_strata
from labelassemble.assembly.roles import WISHES
from labelassemble.assembly.strata import Strata
from labelassemble.assembly.stratify import (
    NO_FOLD,
    TEST,
    TRAIN,
    VALIDATE,
    SplitSizes,
    draw_share,
    split_groups,
)

FREE, REST, FOLLOW = (WISHES.index(name) for name in ("free", "rest", "follow"))


def draw_strata(generator, groups, rates):
    return generator.random((groups, len(rates))) < np.array(rates)


USUAL = SplitSizes(0.2, 0.15)


def draw(strata, wish=None, sizes=USUAL, seed=0, essential=None):
    groups = len(strata)
    wish = np.full(groups, FREE) if wish is None else np.asarray(wish)
    if essential is None:
        essential = np.ones(strata.shape[1], dtype=bool)
    return split_groups(
        wish.astype(np.int8),
        Strata(pack_strata(strata), essential),
        np.random.default_rng(seed).random(groups),
        sizes,
    )


def split(strata, wish=None, test=0.2, validation=0.15, seed=0, essential=None):
    part, fold = draw(strata, wish, SplitSizes(test, validation), seed, essential)
    assert (fold == NO_FOLD).all()
    return part


def test_every_stratum_holds_its_share_closer_than_by_chance():
    generator = np.random.default_rng(0)
    strata = draw_strata(generator, 4_000, [0.5, 0.2, 0.05, 0.01, 0.005])
    part = split(strata)
    assert (part == TEST).sum() == pytest.approx(800, abs=3)
    assert (part == VALIDATE).sum() == pytest.approx(480, abs=3)
    for stratum in strata.T:
        held = stratum.sum()
        assert (stratum & (part == TEST)).sum() == pytest.approx(0.2 * held, abs=1.5)
        assert (stratum & (part == VALIDATE)).sum() == pytest.approx(0.15 * 0.8 * held, abs=1.5)


def test_a_class_of_three_groups_is_in_all_parts_and_of_two_is_not_tested():
    strata = np.zeros((100, 2), dtype=bool)
    strata[[5, 50, 95], 0] = True
    strata[[7, 70], 1] = True
    for seed in range(20):
        part = split(strata, seed=seed)
        assert sorted(part[strata[:, 0]]) == [TRAIN, VALIDATE, TEST]
        assert sorted(part[strata[:, 1]]) == [TRAIN, VALIDATE]


def test_nothing_is_drawn_where_the_share_is_zero():
    strata = draw_strata(np.random.default_rng(1), 50, [0.5, 0.1])
    assert (split(strata, test=0.0, validation=0.0) == TRAIN).all()
    assert TEST not in split(strata, test=0.0)
    assert VALIDATE not in split(strata, validation=0.0)


def test_even_a_share_of_one_leaves_two_groups_of_a_class_outside_test():
    strata = np.ones((10, 1), dtype=bool)
    part = split(strata, test=1.0, validation=0.5)
    assert (part == TEST).sum() == 8
    assert (part == VALIDATE).sum() == 1
    assert (split(strata, test=0.0, validation=1.0) == VALIDATE).sum() == 9


def test_the_split_follows_the_seed_and_nothing_else():
    strata = draw_strata(np.random.default_rng(1), 500, [0.3, 0.1])
    assert (split(strata) == split(strata)).all()
    assert (split(strata) != split(strata, seed=1)).any()


def test_wishes_win_over_the_draw():
    wish = [WISHES.index(name) for name in WISHES for _ in range(50)]
    strata = draw_strata(np.random.default_rng(2), len(wish), [0.5, 0.5])
    part = dict(zip(WISHES, split(strata, wish, validation=0.3).reshape(-1, 50), strict=True))
    assert set(part["test"]) == {TEST}
    assert set(part["validate"]) == {VALIDATE}
    assert all(set(part[one]) == {TRAIN} for one in ("train", "follow", "barred"))
    assert set(part["rest"]) == {TRAIN, VALIDATE}
    assert set(part["free"]) == {TRAIN, VALIDATE, TEST}
    assert (part["free"] == TEST).sum() == 10


def test_a_class_that_the_source_validates_itself_needs_no_further_group():
    wish = [WISHES.index("validate"), *[REST] * 3]
    strata = np.array([[1], [1], [0], [0]], dtype=bool)
    assert split(strata, wish, validation=0.01).tolist() == [VALIDATE, TRAIN, TRAIN, TRAIN]


def test_validation_takes_a_group_where_the_draw_missed_a_class():
    # One group holds the rarer stratum and is taken for it; the other class then needs its own.
    strata = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0, 1]], dtype=bool)
    part = split(strata, test=0.0, validation=0.01)
    assert strata[part == VALIDATE].any(axis=0).all()
    assert strata[part == TRAIN].any(axis=0).all()


def test_validation_takes_from_training_what_costs_it_least():
    # Both groups of class 0 would do; the first is also the only one of class 1.
    strata = np.array([[1, 1], [1, 0], [0, 0]], dtype=bool)
    for seed in range(10):
        part = split(strata, test=0.0, validation=0.01, seed=seed)
        assert part.tolist()[:2] == [TRAIN, VALIDATE]


def test_a_locked_class_cannot_be_fetched():
    wish = [WISHES.index("train")] * 2 + [FREE]
    strata = np.array([[1], [1], [0]], dtype=bool)
    assert VALIDATE not in split(strata, wish, validation=0.01)[:2]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_validation_holds_each_class_that_two_groups_outside_test_hold(data):
    groups = data.draw(st.integers(0, 12))
    classes = data.draw(st.integers(0, 5))
    rate = data.draw(st.floats(0, 1))
    generator = np.random.default_rng(data.draw(st.integers(0, 1000)))
    strata = draw_strata(generator, groups, [rate] * classes)
    wish = generator.choice([WISHES.index("test"), REST, FREE], size=groups)
    essential = generator.random(classes) < 0.7
    part = split(
        strata,
        wish,
        test=data.draw(st.floats(0, 1)),
        validation=data.draw(st.floats(0.01, 1)),
        essential=essential,
    )
    assert (part[wish == WISHES.index("test")] == TEST).all()
    assert (part[wish == REST] != TEST).all()
    possible = strata[wish != WISHES.index("test")].sum(axis=0)
    outside = strata[part != TEST].sum(axis=0)
    assert (outside >= np.minimum(possible, 2))[essential].all()
    validated = strata[part == VALIDATE].any(axis=0)
    assert validated[essential & (possible >= 2)].all()


@pytest.mark.parametrize("folds", [2, 5])
def test_folds_are_equal_parts_of_every_stratum(folds):
    strata = draw_strata(np.random.default_rng(0), 4_000, [0.5, 0.05, 0.01])
    part, fold = draw(strata, sizes=SplitSizes(0.2, 0.0, folds, 1))
    assert ((fold == NO_FOLD) == (part == TEST)).all()
    assert ((fold == 1) == (part == VALIDATE)).all()
    assert np.bincount(fold[fold >= 0]) == pytest.approx([3_200 / folds] * folds, abs=3)
    for stratum in strata.T:
        held = np.bincount(fold[stratum & (fold >= 0)], minlength=folds)
        assert np.ptp(held) <= 3


def test_every_fold_gets_a_group_of_a_class_that_as_many_hold():
    strata = np.zeros((200, 1), dtype=bool)
    strata[:5] = True
    for seed in range(10):
        _, fold = draw(strata, sizes=SplitSizes(0.0, 0.0, 5, 0), seed=seed)
        assert sorted(fold[:5]) == [0, 1, 2, 3, 4]


def test_folds_do_not_move_with_the_one_that_validates_and_wishes_stay_out_of_them():
    wish = [WISHES.index(name) for name in WISHES for _ in range(50)]
    strata = draw_strata(np.random.default_rng(2), len(wish), [0.5, 0.5])
    runs = [draw(strata, wish, SplitSizes(0.2, 0.9, 3, fold)) for fold in range(3)]
    assert all((runs[0][1] == fold).all() for _, fold in runs[1:])
    by_wish = dict(zip(WISHES, runs[0][1].reshape(-1, 50), strict=True))
    assert set(by_wish["rest"]) == {0, 1, 2}
    assert all(set(by_wish[one]) == {NO_FOLD} for one in set(WISHES) - {"rest", "free"})


def draw_slowly(strata, share, least, priority):
    """The same greedy draw, one group at a time."""
    groups = list(np.argsort(priority, kind="stable"))
    columns = [*strata.T, np.ones(len(strata), dtype=bool)]
    wanted = [int(np.floor(share * column.sum() + 0.5)) for column in columns]
    wanted = [max(w, low) for w, low in zip(wanted, [*least, 0], strict=True)]
    drawn = set()
    while groups:
        counts = [(sum(column[g] for g in groups), k) for k, column in enumerate(columns)]
        _, rarest = min(pair for pair in counts if pair[0] > 0)
        for g in [g for g in groups if columns[rarest][g]]:
            groups.remove(g)
            if sum(columns[rarest][d] for d in drawn) < wanted[rarest]:
                drawn.add(g)
    return [g in drawn for g in range(len(strata))]


@given(st.integers(0, 10_000), st.integers(0, 15), st.integers(0, 5), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_the_draw_is_what_a_slow_one_gives(seed, groups, classes, share):
    generator = np.random.default_rng(seed)
    strata = draw_strata(generator, groups, generator.random(classes))
    least = generator.integers(0, 2, classes)
    priority = generator.random(groups)
    fast = draw_share(pack_strata(strata), np.ones(groups, dtype=bool), share, least, priority)
    assert fast.tolist() == draw_slowly(strata, share, least, priority)


def test_forty_five_thousand_groups_and_two_hundred_strata_are_split():
    generator = np.random.default_rng(3)
    strata = draw_strata(generator, 45_000, generator.random(200) ** 3)
    assert len(split(strata)) == 45_000
