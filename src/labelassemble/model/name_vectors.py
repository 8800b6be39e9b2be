"""The letters of class names as vectors: names that share parts get vectors that are alike."""

import hashlib
import re

import torch

from labelassemble.types import Query

LENGTHS = (3, 4, 5)
"""Letters of the pieces that a name is cut into."""


def name_vectors(names: tuple[str, ...], features: int) -> Query:
    """Make a vector of every name, from its letters alone.

    Every piece of a word adds 1 or -1 at one place; its hash says which. Each vector then gets the
    mean 0 and the variance 1 of the standard normal distribution, from which random queries are
    drawn. The same name always gets the same vector, on every machine.

    Args:
        names: class names, such as ``pleural_thickening``.
        features: length of the vectors.

    Source: signed feature hashing, Weinberger et al. 2009; character n-grams with the ends of words
    marked, Bojanowski et al. 2017.

    >>> first, second, third = name_vectors(("pleural_plaque", "pleural_other", "edema"), 128)
    >>> bool(first @ second > first @ third)
    True
    """
    vectors = torch.zeros(len(names), features, dtype=torch.float64)
    for vector, name in zip(vectors, names, strict=True):
        for piece in name_pieces(name):
            number = int.from_bytes(hashlib.blake2b(piece.encode(), digest_size=8).digest())
            vector[(number >> 1) % features] += 1.0 if number & 1 else -1.0
    return standardise(vectors.float())


def name_pieces(name: str) -> list[str]:
    """Cut a name into words, and each word, its ends marked, into pieces of 3 to 5 letters.

    >>> name_pieces("Lung_Mass")[:6]
    ['<lu', 'lun', 'ung', 'ng>', '<lun', 'lung']
    """
    words = re.findall(r"[^\W_]+", name.lower()) or [name]
    return [
        marked[start : start + length]
        for marked in (f"<{word}>" for word in words)
        for length in LENGTHS
        for start in range(len(marked) - length + 1)
    ]


def standardise(vectors: Query) -> Query:
    """Give every vector the mean 0 and the variance 1; one of equal numbers becomes 0."""
    centred = vectors - vectors.mean(dim=1, keepdim=True)
    deviation = centred.square().mean(dim=1, keepdim=True).sqrt()
    return centred / deviation.clamp(min=1e-6)
