import numpy as np
import pytest
import torch

from labelassemble.images.batch import LabelArrays
from labelassemble.model.build import build_network
from labelassemble.model.controller_head import ControllerHead
from labelassemble.model.source_heads import SourceHeads
from labelassemble.settings import Method, ModelSettings
from labelassemble.training.class_sources import find_class_sources, set_class_sources

NOT = np.nan
SOURCES = ("north", "east", "empty")


def make_arrays(rows: list[tuple[str, str, list[float]]]) -> LabelArrays:
    """Source, split and labels of each image; NaN where nobody looked."""
    labels = np.array([labels for _, _, labels in rows], dtype=np.float32)
    known = ~np.isnan(labels)
    return LabelArrays(
        label=np.where(known, labels, 0.0).astype(np.float32),
        known=known,
        source=np.array([SOURCES.index(source) for source, _, _ in rows]),
        record=tuple(str(number) for number in range(len(rows))),
        split=tuple(split for _, split, _ in rows),
        classes=tuple(f"c{number}" for number in range(labels.shape[1])),
        sources=SOURCES,
    )


ROWS = [
    # c0: both know both kinds. c1: east has positives alone. c2: each has one kind alone.
    # c3: known in validation alone. c4: nobody looked.
    ("north", "train", [1, 1, 1, NOT, NOT]),
    ("north", "train", [0, 0, 1, NOT, NOT]),
    ("east", "train", [1, 1, 0, NOT, NOT]),
    ("east", "train", [0, NOT, NOT, NOT, NOT]),
    ("east", "validate", [NOT, 0, 1, 1, NOT]),
    ("east", "validate", [NOT, 0, 1, 0, NOT]),
    ("empty", "train", [NOT, NOT, NOT, NOT, NOT]),
]


def test_sources_with_both_kinds_come_first_then_any_that_know() -> None:
    assert find_class_sources(make_arrays(ROWS)).tolist() == [
        [True, True, True, False, False],
        [True, False, True, False, False],
        [False, False, False, False, False],
    ]


@pytest.mark.parametrize(("method", "head"), [("med3d", SourceHeads), ("dodnet", ControllerHead)])
def test_heads_are_told(method: Method, head: type) -> None:
    labels = make_arrays(ROWS)
    network = build_network(
        ModelSettings(backbone="small"), method, labels.classes, sources=SOURCES
    )
    assert isinstance(network.head, head)
    set_class_sources(network, lambda: find_class_sources(labels))
    told = network.state_dict()["head.teaches"]
    assert torch.equal(told, torch.from_numpy(find_class_sources(labels)))


def test_heads_without_sources_are_left_alone() -> None:
    network = build_network(ModelSettings(backbone="small"), "masked", ["c0"])
    before = list(network.state_dict())
    set_class_sources(network, lambda: pytest.fail("nobody asks"))
    assert list(network.state_dict()) == before
