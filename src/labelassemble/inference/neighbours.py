"""Training images as a network sees them, and what was said of them: the nearest of an image."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from labelassemble.inference.tensor_file import (
    parse_tensors,
    read_beside,
    write_tensors,
    wrong_tensors,
)
from labelassemble.sources.assessments import STATES

NEIGHBOURS = "neighbours.safetensors"
"""The file in a run folder."""

SAME_DISTANCE = 0.05
"""Distance below which two images are the same one to the network, or copies of it."""

_FORMAT = 1


class TrainingImages(NamedTuple):
    """Training images of a run.

    Attributes:
        feature: ``pooled_features`` of each, in 16 bits.
        state: what was said of each class, as a number in ``sources.assessments.STATES``.
        records: their names.
        sources: whose they are.
        content: SHA-256 of each file (hexadecimal), by which the store of decoded images knows it.
        classes: names of the columns of ``state``.
        total: how many training images the run has; those here are drawn evenly from them.
    """

    feature: Float[np.ndarray, "images features"]
    state: UInt8[np.ndarray, "images classes"]
    records: tuple[str, ...]
    sources: tuple[str, ...]
    content: tuple[str, ...]
    classes: tuple[str, ...]
    total: int

    def find_nearest(
        self, feature: Float[np.ndarray, " features"], number: int
    ) -> list[tuple[int, float]]:
        """Give the rows of the nearest training images, the nearest first, and their distances.

        The distance is Euclidean, of features scaled to equal variance over training images,
        divided by the square root of their number: between two images drawn at random it is about
        1.4. Features that never vary count nothing. Of images equally far the first one comes
        first.

        Args:
            feature: of one image.
            number: how many, at the most.
        """
        own = self.feature.astype(np.float64)
        scale = own.std(axis=0)
        varies = scale > 1e-6 * scale.max(initial=0.0)
        if not varies.any():
            return []
        apart = (own[:, varies] - feature.astype(np.float64)[varies]) / scale[varies]
        distance = np.sqrt((apart**2).mean(axis=1))
        order = np.argsort(distance, kind="stable")[:number]
        return [(int(row), float(distance[row])) for row in order]

    def list_classes(self, row: int, state: str) -> list[str]:
        """Name the classes of which this was said on an image."""
        number = STATES.index(state)
        return [
            name for name, one in zip(self.classes, self.state[row], strict=True) if one == number
        ]


def write_neighbours(images: TrainingImages, weights: str, path: Path) -> None:
    """Write training images aside, then rename; the same ones give the same bytes.

    Args:
        images: of a run.
        weights: SHA-256 of the checkpoint whose features they are.
        path: of the file.
    """
    told = {
        "weights": weights,
        "records": list(images.records),
        "sources": list(images.sources),
        "content": list(images.content),
        "classes": list(images.classes),
        "total": images.total,
    }
    tensors = {"feature": images.feature.astype(np.float16), "state": images.state}
    write_tensors(tensors, told, _FORMAT, path)


def read_neighbours(path: Path, checkpoint: Path) -> TrainingImages | None:
    """Read what ``write_neighbours`` wrote; None where there is no such file.

    Args:
        path: of the file.
        checkpoint: the one whose features they are.

    Raises:
        RunError: damaged, of a later version, or of another checkpoint.
    """
    found = read_beside(path, checkpoint)
    if found is None:
        return None
    tensors, told = parse_tensors(*found, _FORMAT, path)
    try:
        names = {key: tuple(told[key]) for key in ("records", "sources", "content", "classes")}
        return TrainingImages(tensors["feature"], tensors["state"], total=told["total"], **names)
    except (KeyError, TypeError) as error:
        raise wrong_tensors(path, str(error) or type(error).__name__) from error


def number_states(
    cells: Sequence[tuple[str, str, str]], records: Sequence[str], classes: Sequence[str]
) -> UInt8[np.ndarray, "images classes"]:
    """Give the numbers of what was said: unknown where nobody did.

    Args:
        cells: record, class and state.
        records, classes: names of rows and columns; cells of others are passed over.

    >>> number_states([("a", "mass", "positive")], ["a", "b"], ["mass"])
    array([[3],
           [0]], dtype=uint8)
    """
    row = {name: place for place, name in enumerate(records)}
    column = {name: place for place, name in enumerate(classes)}
    number: dict[str, int] = {name: place for place, name in enumerate(STATES)}
    state = np.full((len(row), len(column)), number["unknown"], dtype=np.uint8)
    for record, name, said in cells:
        if record in row and name in column:
            state[row[record], column[name]] = number.get(said, number["unknown"])
    return state
