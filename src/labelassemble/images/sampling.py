"""Who is seen how often, and in which order: weights in, batches of places out."""

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from torch.utils.data import Sampler

from labelassemble.errors import SettingsError
from labelassemble.images.batch import LabelArrays

MAX_REPEATS = 10.0
"""An image with the rarest class is drawn at most this many times as often as others."""


def sampling_weights(
    labels: LabelArrays,
    rows: Int[np.ndarray, " rows"],
    balance: Literal["none", "source", "class", "both"],
) -> Float[np.ndarray, " rows"]:
    """Weigh images so that sources, rare positives, or both are drawn more evenly.

    ``class``: an image weighs sqrt(n / n_c) of its rarest known positive class c, where n_c
    counts positives (label above 0.5) among ``rows`` and n is that of the most frequent class; 1
    without a positive; at most ``MAX_REPEATS``. ``source``: within each source the weights are
    divided by their sum, so that all sources are drawn equally often. ``both``: one after the
    other. Unknown cells count for nothing.

    Args:
        labels: labels of all images.
        rows: rows of ``labels`` to draw from.
        balance: what to balance.

    Returns:
        Probabilities, which sum to 1; empty for no rows.

    Source: square-root repeat factors, Gupta et al. 2019 (LVIS); the rest is our own.
    """
    weight = np.ones(len(rows))
    if balance in ("class", "both"):
        positive = labels.known[rows] & (labels.label[rows] > 0.5)
        count = positive.sum(axis=0)
        repeats = np.sqrt(count.max(initial=1) / np.maximum(count, 1))
        rarest = np.where(positive, repeats, 1.0).max(axis=1, initial=1.0)
        weight = np.minimum(rarest, MAX_REPEATS)
    if balance in ("source", "both"):
        source = labels.source[rows]
        total = np.bincount(source, weights=weight)
        weight = weight / total[source]
    return weight / weight.sum() if len(rows) else weight


def draw_places(
    generator: np.random.Generator, weight: Float[np.ndarray, " rows"], count: int
) -> Int[np.ndarray, " count"]:
    """Draw places in proportion to their weights, as evenly as whole numbers allow.

    A place is drawn floor(e) or ceil(e) times, e = count x weight, so equal weights and a count of
    all places give a permutation. The order is random.

    Args:
        generator: of the order and of who is rounded up.
        weight: probabilities, which sum to 1; at least one.
        count: how many to draw.

    Source: systematic sampling (Madow 1949) over a random order.
    """
    order = generator.permutation(len(weight))
    # Rounded to a billionth, so that whole expectations stay whole through the sum.
    reached = np.round(np.cumsum(weight[order]) * count, 9)
    start = generator.uniform(0.25, 0.75) if _whole(weight * count) else generator.random()
    drawn = np.searchsorted(reached, np.arange(count) + start, side="right")
    places = order[np.minimum(drawn, len(weight) - 1)]
    return generator.permutation(places)


class ImageBatches(Sampler[list[int]]):
    """The batches of one process, drawn anew every epoch.

    The order depends on seed and epoch alone: every process sees the same and takes its own parts
    of it, and a run that resumes sees what it would have seen. No image that was drawn is
    dropped and no batch is small: 130 images at a batch size of 64 make 3 batches of 43 or 44.

    Args:
        weight: probability of each place of the dataset, from ``sampling_weights``.
        batch_size: most images a batch.
        seed: of the run.
        count: images an epoch; 0: as many as there are.
        rank: number of this process.
        world: how many processes there are.

    Raises:
        SettingsError: no images, or a rank that is not one of ``world``.
    """

    def __init__(
        self,
        weight: Float[np.ndarray, " rows"],
        batch_size: int,
        seed: int,
        count: int = 0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if not len(weight):
            raise SettingsError(
                "images to learn from",
                "none in this split",
                "Check the split of the assembled table",
            )
        if not 0 <= rank < world:
            raise SettingsError(
                f"the rank of one of {world} processes",
                f"rank {rank}",
                "Start the run with torchrun or SLURM, which number the processes",
            )
        self.weight, self.batch_size, self.seed = weight, batch_size, seed
        self.count = count or len(weight)
        self.rank, self.world = rank, world
        self.steps = math.ceil(self.count / (batch_size * world))
        self.set_epoch(0)

    def set_epoch(self, epoch: int, first_batch: int = 0) -> None:
        """Choose the epoch that is drawn next, and where in it to begin (to resume)."""
        self.epoch, self.first_batch = epoch, first_batch

    def __len__(self) -> int:
        return self.steps - self.first_batch

    def __iter__(self) -> Iterator[list[int]]:
        generator = np.random.default_rng((self.seed, self.epoch))
        parts = self.steps * self.world
        places = draw_places(generator, self.weight, self.count)
        # Every process takes as many steps: the very few images of a tiny epoch come again.
        places = np.resize(places, max(self.count, parts))
        own = np.array_split(places, parts)[self.rank :: self.world]
        for part in own[self.first_batch :]:
            yield part.tolist()


def _whole(expected: Float[np.ndarray, " rows"]) -> bool:
    return bool(np.allclose(expected, np.round(expected), rtol=0.0, atol=1e-9))


def own_share(count: int, rank: int, world_size: int) -> list[int]:
    """Places that one of several processes looks at; all have equally many, so some come twice.

    >>> own_share(5, 0, 2), own_share(5, 1, 2)
    ([0, 2, 4], [1, 3, 0])
    """
    share = math.ceil(count / world_size)
    places: list[int] = np.resize(np.arange(count), share * world_size)[rank::world_size].tolist()
    return places
