import itertools

import numpy as np
import pytest

from labelassemble.metrics.lesions.assign import assign_greedily, assign_optimally
from labelassemble.metrics.lesions.closeness import Closeness


def draw(seed: int, candidates: int, truths: int) -> tuple[Closeness, np.ndarray]:
    generator = np.random.default_rng(seed)
    pairs = Closeness(
        generator.random((candidates, truths)) < 0.5, generator.random((candidates, truths))
    )
    return pairs, generator.permutation(candidates) / 10


def slow_greedy(pairs: Closeness, score: np.ndarray) -> list[int]:
    truth, free = [-1] * score.size, set(range(pairs.allowed.shape[1]))
    for row in np.argsort(-score):
        open_to = [column for column in free if pairs.allowed[row, column]]
        if open_to:
            truth[row] = max(open_to, key=lambda column: pairs.closeness[row, column])
            free.remove(truth[row])
    return truth


def best_of_all(pairs: Closeness) -> tuple[int, float]:
    """Most pairs, then largest sum, over every assignment there is."""
    rows, columns = pairs.allowed.shape
    best = (0, 0.0)
    for choice in itertools.product(range(-1, columns), repeat=rows):
        taken = [(row, column) for row, column in enumerate(choice) if column >= 0]
        if len({column for _, column in taken}) < len(taken):
            continue
        if all(pairs.allowed[pair] for pair in taken):
            best = max(best, (len(taken), sum(float(pairs.closeness[pair]) for pair in taken)))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_greedy_equals_a_slow_loop(seed: int) -> None:
    pairs, score = draw(seed, 7, 5)
    assert assign_greedily(pairs, score).tolist() == slow_greedy(pairs, score)


@pytest.mark.parametrize("seed", range(12))
def test_a_threshold_leaves_the_assignment_of_what_it_leaves(seed: int) -> None:
    pairs, score = draw(seed, 8, 5)
    left = score >= 0.3
    alone = assign_greedily(Closeness(pairs.allowed[left], pairs.closeness[left]), score[left])
    np.testing.assert_array_equal(assign_greedily(pairs, score)[left], alone)


@pytest.mark.parametrize("size", [(4, 4), (5, 3), (3, 5)])
def test_optimal_equals_the_best_of_all(size: tuple[int, int]) -> None:
    for seed in range(8):
        pairs, score = draw(seed, *size)
        truth = assign_optimally(pairs)
        taken = [(row, column) for row, column in enumerate(truth) if column >= 0]
        assert all(pairs.allowed[pair] for pair in taken)
        count, total = best_of_all(pairs)
        assert len(taken) == count
        assert sum(pairs.closeness[pair] for pair in taken) == pytest.approx(total)
        assert (assign_greedily(pairs, score) >= 0).sum() <= count


def test_optimal_finds_two_where_greedy_finds_one() -> None:
    pairs = Closeness(np.array([[True, True], [True, False]]), np.array([[0.9, 0.2], [0.5, 0.0]]))
    assert assign_greedily(pairs, np.array([0.8, 0.4])).tolist() == [0, -1]
    assert assign_optimally(pairs).tolist() == [1, 0]


def test_equal_scores_choose_by_closeness() -> None:
    pairs = Closeness(np.full((2, 1), True), np.array([[0.3], [0.6]]))
    assert assign_greedily(pairs, np.array([0.5, 0.5])).tolist() == [-1, 0]


def test_nobody_there() -> None:
    for candidates, truths in ((0, 3), (3, 0), (0, 0)):
        pairs, score = draw(0, candidates, truths)
        assert assign_greedily(pairs, score).tolist() == [-1] * candidates
        assert assign_optimally(pairs).tolist() == [-1] * candidates
