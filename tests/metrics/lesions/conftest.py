"""Random scans with lesions, candidates and places where nobody looked."""

from collections.abc import Callable

import numpy as np
import pytest

from labelassemble.metrics.lesions.closeness import Criterion
from labelassemble.metrics.lesions.lesions import Lesions, lesions_from_boxes
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches, match_lesions

SHAPE = (30, 40)


def random_boxes(generator: np.random.Generator, count: int, distinct: int) -> Lesions:
    low = generator.integers(0, [22, 32], size=(count, 2))
    box = np.stack([low, low + generator.integers(2, 8, size=(count, 2))], axis=1)
    score = (1 + generator.integers(distinct, size=count)) / distinct
    place = generator.integers(2, size=count)
    return lesions_from_boxes(box, place, score, np.array([1.0, 2.0]), SHAPE)


@pytest.fixture(scope="session")
def draw_scans() -> Callable[[int, int], list[Matches]]:
    """Matches of random scans, one a scan; two classes."""

    def draw(seed: int, scans: int, distinct: int = 5) -> list[Matches]:
        generator = np.random.default_rng(seed)
        matches = []
        for _ in range(scans):
            truths = random_boxes(generator, int(generator.integers(0, 4)), 1)
            candidates = random_boxes(generator, int(generator.integers(0, 9)), distinct)
            near = truths.box + generator.integers(-1, 2, size=truths.box.shape[:1])[:, None, None]
            seen = generator.random(len(near)) < 0.7
            box = np.concatenate([candidates.box, near[seen]])
            place = np.concatenate([candidates.class_place, truths.class_place[seen]])
            score = (1 + generator.integers(distinct, size=len(box))) / distinct
            candidates = lesions_from_boxes(box, place, score, np.array([1.0, 2.0]), SHAPE)
            region = np.full((2, *SHAPE), True)
            region[:, : generator.integers(0, 12)] = False
            known = generator.random(2) < 0.8
            matches.append(
                match_lesions(candidates, truths, known, criterion=Criterion(), known_region=region)
            )
        return matches

    return draw


@pytest.fixture(scope="session")
def draw_matches(draw_scans: Callable[..., list[Matches]]) -> Callable[..., Matches]:
    """The same, joined."""

    def draw(seed: int, scans: int = 12, distinct: int = 5) -> Matches:
        return join_matches(draw_scans(seed, scans, distinct))

    return draw
