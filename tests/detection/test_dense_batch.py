from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.dense_batch import (
    PatchBatches,
    PatchDataset,
    hold_inside,
    refuse_nothing_drawn,
)
from labelassemble.detection.dense_case import DenseCase
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.errors import SettingsError
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.settings import DetectionSettings, Recipe
from labelassemble.volumes.draw_patches import Patch


@pytest.fixture
def cases(
    make_flat_recipe: Callable[..., Recipe],
    record_table: AssembledTable,
    record_store: ImageStore,
) -> list[DenseCase]:
    labels = make_labels(record_table, record_table.classes)
    names = record_table.records["record"].to_list()
    annotated = open_annotated(
        make_flat_recipe(), record_table, names, store=record_store, drawn_on=set(names)
    )
    return make_cases(annotated, labels, record_table.classes, labels.rows("train"))


def settings(make_flat_recipe: Callable[..., Recipe], **changes: object) -> DetectionSettings:
    return make_flat_recipe(**changes).detection


def test_an_epoch_depends_on_seed_and_epoch_alone(
    cases: list[DenseCase], make_flat_recipe: Callable[..., Recipe]
) -> None:
    own = settings(make_flat_recipe, patches_per_epoch=11, batch_size=2)
    batches = PatchBatches(cases, own, 3)
    first = list(batches)
    assert len(batches) == len(first) == 6
    assert sorted(map(len, first)) == [1, 2, 2, 2, 2, 2]
    assert list(batches) == first
    batches.set_epoch(1)
    assert list(batches) != first
    again = PatchBatches(cases, own, 3)
    assert list(again) == first
    shares = [list(PatchBatches(cases, own, 3, rank, 2)) for rank in (0, 1)]
    assert [len(share) for share in shares] == [3, 3]
    assert Counter(p for share in shares for b in share for p in b) == Counter(
        p for b in first for p in b
    )


def test_images_of_which_no_lesion_is_drawn_come_where_they_teach(
    cases: list[DenseCase], make_flat_recipe: Callable[..., Recipe]
) -> None:
    unplaced = {number for number, case in enumerate(cases) if case.unplaced.any()}
    assert unplaced
    for weight, expected in ((0.0, 0), (1.0, 10)):
        own = settings(make_flat_recipe, image_level_weight=weight, patches_per_epoch=40)
        drawn = [patch for batch in PatchBatches(cases, own, 0) for patch in batch]
        assert len(drawn) == 40
        assert sum(patch.image in unplaced for patch in drawn) == expected
    small = settings(make_flat_recipe, image_level_weight=1.0, patches={"size": (8, 8)})
    assert PatchBatches(cases, small, 0).unplaced == [], "parts say nothing of the whole"


def test_a_batch_is_its_cases_read(
    cases: list[DenseCase], make_flat_recipe: Callable[..., Recipe]
) -> None:
    patches = [Patch(0, (16, 16), 0, True), Patch(3, (2, 9), 0, False)]
    batch = PatchDataset(cases, (32, 32)).__getitems__(patches)
    assert batch.image.shape == (2, 1, 32, 32)
    for row, patch in enumerate(patches):
        read = cases[patch.image].read(patch.centre, (32, 32))
        assert np.array_equal(batch.image[row, 0], read.image)
        assert np.array_equal(batch.label[row], read.label)
        assert np.array_equal(batch.known[row], read.known)
        assert np.array_equal(batch.inside[row, 0], read.inside)
    assert batch.image_known.tolist() == [[True, False], [False, False]]
    assert batch.row.tolist() == [0, 3]
    assert torch.equal(PatchDataset(cases, (32, 32))[patches[1]].image, batch.image[1:])


@pytest.mark.parametrize(("own", "side"), [(20, 7), (20, 8), (5, 8), (5, 7), (8, 8)])
def test_patches_lie_inside_and_keep_what_they_held(own: int, side: int) -> None:
    for place in range(own):
        for shift in range(-(side // 2) + 1, side // 2):
            middle = place + shift
            start = middle - side // 2
            if not start <= place < start + side:
                continue
            (moved,) = hold_inside(Patch(0, (middle,), 0, True), (own,), (side,)).centre
            start = moved - side // 2
            assert start <= place < start + side
            if own >= side:
                assert start >= 0
                assert start + side <= own
            else:
                assert start <= 0
                assert start + side >= own


def test_nothing_drawn_is_refused(cases: list[DenseCase]) -> None:
    refuse_nothing_drawn(cases)
    with pytest.raises(SettingsError, match="a lesion that is drawn"):
        refuse_nothing_drawn([case for case in cases if not case.drawn.any()])
