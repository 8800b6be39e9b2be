from collections import Counter
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import SettingsError
from labelassemble.images.batch import LabelArrays
from labelassemble.images.sampling import ImageBatches, draw_places, sampling_weights


def arrays(label: list[list[float | None]], source: list[int]) -> LabelArrays:
    values = np.array([[np.nan if cell is None else cell for cell in row] for row in label])
    return LabelArrays(
        label=np.nan_to_num(values).astype(np.float32),
        known=~np.isnan(values),
        source=np.array(source),
        record=tuple(f"p{place}" for place in range(len(source))),
        split=("train",) * len(source),
        classes=("x", "y"),
        sources=tuple(f"s{place}" for place in range(max(source) + 1)),
    )


LABELS = arrays(
    [[1, 0], [1, None], [1, 0], [1, 0], [0, 1], [None, None], [0, 0.4], [0, 0]],
    [0, 0, 0, 0, 0, 0, 2, 2],
)
EVERY = np.arange(8)


def test_none_is_even() -> None:
    assert sampling_weights(LABELS, EVERY, "none").tolist() == [1 / 8] * 8


def test_class_draws_rare_positives_more_often() -> None:
    weight = sampling_weights(LABELS, EVERY, "class")
    # x has 4 positives, y has 1: sqrt(4 / 1) = 2. Unknown and 0.4 are no positives.
    assert (weight / weight[7]).tolist() == pytest.approx([1, 1, 1, 1, 2, 1, 1, 1])
    assert weight.sum() == pytest.approx(1)


def test_a_single_positive_among_many_is_capped() -> None:
    labels = arrays([[1, 0]] * 400 + [[0, 1]], [0] * 401)
    weight = sampling_weights(labels, np.arange(401), "class")
    assert weight[-1] / weight[0] == pytest.approx(10)


def test_source_draws_every_source_equally_often() -> None:
    weight = sampling_weights(LABELS, EVERY, "source")
    assert weight.tolist() == pytest.approx([1 / 12] * 6 + [1 / 4] * 2)


def test_both_keeps_sources_equal_and_weighs_within() -> None:
    weight = sampling_weights(LABELS, EVERY, "both")
    assert weight[:6].sum() == pytest.approx(0.5)
    assert weight[4] / weight[0] == pytest.approx(2)
    assert weight[6:].tolist() == pytest.approx([1 / 4] * 2)


@pytest.mark.parametrize("balance", ["none", "class", "source", "both"])
def test_only_the_given_rows_count(balance: str) -> None:
    rows = np.array([7, 4, 5])
    weight = sampling_weights(LABELS, rows, balance)
    assert weight.shape == (3,)
    assert weight.sum() == pytest.approx(1)
    if balance in ("none", "class"):
        assert weight.tolist() == pytest.approx([1 / 3] * 3)
    assert sampling_weights(LABELS, rows[:0], balance).shape == (0,)


@settings(max_examples=80)
@given(
    weight=st.lists(st.floats(0.01, 10), min_size=1, max_size=30),
    count=st.integers(0, 100),
    seed=st.integers(0, 10_000),
)
def test_everyone_is_drawn_as_often_as_expected_up_to_rounding(
    weight: list[float], count: int, seed: int
) -> None:
    share = np.array(weight) / sum(weight)
    places = draw_places(np.random.default_rng(seed), share, count)
    assert len(places) == count
    often = np.bincount(places, minlength=len(share))
    assert (np.abs(often - share * count) < 1 + 1e-6).all()


@settings(max_examples=80)
@given(count=st.integers(1, 300), rounds=st.integers(1, 3), seed=st.integers(0, 10_000))
def test_equal_weights_give_permutations(count: int, rounds: int, seed: int) -> None:
    weight = np.full(count, 1 / count)
    places = draw_places(np.random.default_rng(seed), weight, count * rounds)
    assert np.bincount(places, minlength=count).tolist() == [rounds] * count


def test_who_is_rounded_up_and_the_order_are_random() -> None:
    weight = np.full(10, 0.1)
    generator = np.random.default_rng(0)
    draws = [draw_places(generator, weight, 5) for _ in range(400)]
    often = np.bincount(np.concatenate(draws))
    assert often.min() > 150
    assert often.max() < 250
    together = sum(1 for places in draws if {0, 1} <= set(places.tolist()))
    assert 50 < together < 130  # 5/10 x 4/9 of 400 is 89
    first = Counter(int(places[0]) for places in draws)
    assert max(first.values()) < 80


def test_batches_hold_every_image_and_are_nearly_equal() -> None:
    batches = ImageBatches(np.full(130, 1 / 130), batch_size=64, seed=0)
    seen = list(batches)
    assert len(seen) == len(batches) == 3
    assert sorted(len(batch) for batch in seen) == [43, 43, 44]
    assert sorted(chain.from_iterable(seen)) == list(range(130))


def test_seed_and_epoch_alone_decide() -> None:
    def make(seed: int = 0) -> ImageBatches:
        return ImageBatches(np.full(50, 0.02), batch_size=8, seed=seed)

    batches = make()
    first = list(batches)
    assert list(batches) == first == list(make())
    batches.set_epoch(1)
    second = list(batches)
    assert second != first
    other = make()
    other.set_epoch(1)
    assert list(other) == second
    assert list(make(seed=1)) != first


def test_an_epoch_can_be_carried_on() -> None:
    batches = ImageBatches(np.full(50, 0.02), batch_size=8, seed=0)
    batches.set_epoch(3)
    whole = list(batches)
    batches.set_epoch(3, first_batch=4)
    assert len(batches) == 3
    assert list(batches) == whole[4:]
    batches.set_epoch(4)
    assert len(list(batches)) == 7


@settings(max_examples=60)
@given(
    count=st.integers(1, 60),
    batch_size=st.integers(1, 20),
    world=st.integers(1, 5),
    drawn=st.integers(0, 80),
)
def test_processes_share_an_epoch(count: int, batch_size: int, world: int, drawn: int) -> None:
    weight = np.full(count, 1 / count)
    ranks = [list(ImageBatches(weight, batch_size, 0, drawn, rank, world)) for rank in range(world)]
    assert len({len(batches) for batches in ranks}) == 1
    sizes = [len(batch) for batches in ranks for batch in batches]
    assert max(sizes) <= batch_size
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 1
    every = [place for batches in ranks for batch in batches for place in batch]
    wanted = drawn or count
    assert len(every) == max(wanted, len(ranks[0]) * world)
    often = np.bincount(every, minlength=count)
    if len(every) == wanted:
        assert (np.abs(often - wanted / count) < 1).all()


def test_weights_are_followed() -> None:
    weight = np.array([0.5] + [0.5 / 99] * 99)
    drawn = list(chain.from_iterable(ImageBatches(weight, batch_size=64, seed=0, count=200)))
    assert drawn.count(0) == 100


def test_what_cannot_be_sampled() -> None:
    with pytest.raises(SettingsError, match="none in this split"):
        ImageBatches(np.array([]), batch_size=4, seed=0)
    for rank in (-1, 2):
        with pytest.raises(SettingsError, match=f"rank {rank}"):
            ImageBatches(np.ones(1), batch_size=4, seed=0, rank=rank, world=2)
