"""The nearest training images: in any units, with what was said of them, bound to the weights."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from labelassemble.errors import RunError
from labelassemble.inference.neighbours import (
    TrainingImages,
    number_states,
    read_neighbours,
    write_neighbours,
)


def make(feature: np.ndarray) -> TrainingImages:
    names = tuple(f"north/{place}" for place in range(len(feature)))
    said = [("north/0", "mass", "positive"), ("north/1", "mass", "uncertain")]
    return TrainingImages(
        feature=feature.astype(np.float16),
        state=number_states(said, names, ("mass", "edema")),
        records=names,
        sources=("north",) * len(names),
        content=tuple(hashlib.sha256(name.encode()).hexdigest() for name in names),
        classes=("mass", "edema"),
        total=2 * len(names),
    )


def test_the_nearest_come_first_whatever_the_units() -> None:
    drawn = default_rng(0).normal(size=(300, 8))
    found = make(drawn).find_nearest(drawn[7], 5)
    scaled = drawn / drawn.std(axis=0)
    slow = sorted(range(300), key=lambda row: float(((scaled[row] - scaled[7]) ** 2).sum()))[:5]
    assert [row for row, _ in found] == slow
    assert slow[0] == 7
    assert found[0][1] < 0.01
    units = np.geomspace(0.1, 100, 8)
    again = make(drawn * units).find_nearest(drawn[7] * units, 5)
    assert [row for row, _ in again] == slow
    assert np.allclose([far for _, far in again], [far for _, far in found], atol=0.01)
    apart = [make(drawn).find_nearest(drawn[row], 300)[150][1] for row in range(20)]
    assert 1.0 < np.mean(apart) < 1.8
    assert make(np.ones((4, 3))).find_nearest(np.ones(3), 2) == []


def test_what_was_said_comes_back_and_a_changed_byte_does_not(tmp_path: Path) -> None:
    path, weights = tmp_path / "neighbours.safetensors", tmp_path / "w"
    weights.write_bytes(b"w")
    assert read_neighbours(path, weights) is None
    images = make(default_rng(0).normal(size=(30, 8)))
    write_neighbours(images, hashlib.sha256(b"w").hexdigest(), path)
    back = read_neighbours(path, weights)
    assert back is not None
    assert np.array_equal(back.feature, images.feature)
    assert back[2:] == images[2:]
    assert back.list_classes(0, "positive") == ["mass"]
    assert back.list_classes(1, "uncertain") == ["mass"]
    assert back.list_classes(2, "unknown") == ["mass", "edema"]
    data = path.read_bytes()
    for place in range(20, len(data), len(data) // 20):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(RunError):
            read_neighbours(path, weights)
    path.write_bytes(data)
    weights.write_bytes(b"v")
    with pytest.raises(RunError, match="of another checkpoint"):
        read_neighbours(path, weights)
