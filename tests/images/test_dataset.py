from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import ImageError
from labelassemble.images.batch import Batch, LabelArrays, make_labels
from labelassemble.images.build_store import build_store
from labelassemble.images.dataset import ImageDataset, pass_batch
from labelassemble.images.sampling import ImageBatches
from labelassemble.images.store import ImageStore
from labelassemble.settings import ImageSettings


@pytest.fixture
def store(tmp_path: Path, write_images: Callable[..., dict[str, Path]]) -> ImageStore:
    # Rows of the store in another order than the table's.
    files = dict(reversed(write_images(6).items()))
    return build_store(files, ImageSettings(size=16), tmp_path / "store")


@pytest.fixture
def labels(make_table: Callable[..., AssembledTable]) -> LabelArrays:
    records = [
        (f"hospital/{number}", "hospital", "train" if number % 2 else "test") for number in range(6)
    ]
    cells = [(f"hospital/{number}", "edema", number / 10) for number in (1, 2, 5)]
    return make_labels(make_table(records, cells, ("edema", "nodule")), ["edema", "nodule"])


def check(batch: Batch, rows: list[int], store: ImageStore) -> None:
    """Image, label and row belong together."""
    assert batch.row.tolist() == rows
    for place, row in enumerate(rows):
        own = store.read(np.array([store.row[f"hospital/{row}"]]))[0]
        assert np.array_equal(batch.image[place].numpy(), own)
        known = row in (1, 2, 5)
        assert batch.known[place].tolist() == [known, False]
        assert batch.label[place].tolist() == pytest.approx([row / 10 if known else 0.0, 0.0])


def test_a_batch_is_read_at_once(store: ImageStore, labels: LabelArrays) -> None:
    dataset = ImageDataset(store, labels, labels.rows("train"))
    assert len(dataset) == 3
    batch = dataset.__getitems__([2, 0])
    check(batch, [5, 1], store)
    assert batch.image.dtype == torch.uint8
    assert batch.label.dtype == torch.float32
    assert batch.known.dtype == torch.bool
    assert batch.source.dtype == batch.row.dtype == torch.int64
    check(dataset[1], [3], store)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_data_loader_gives_the_same_batches_however_many_workers(
    store: ImageStore, labels: LabelArrays, workers: int
) -> None:
    dataset = ImageDataset(store, labels, np.arange(6))
    batches = ImageBatches(np.full(6, 1 / 6), batch_size=4, seed=0)
    expected = list(batches)
    loader = DataLoader(
        dataset,
        batch_sampler=batches,
        collate_fn=pass_batch,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
    )
    seen = list(loader)
    assert len(seen) == len(loader) == 2
    for batch, places in zip(seen, expected, strict=True):
        assert isinstance(batch, Batch)
        check(batch, places, store)
    assert sorted(row for batch in seen for row in batch.row.tolist()) == list(range(6))


def test_labels_are_the_datasets_own(store: ImageStore, labels: LabelArrays) -> None:
    dataset = ImageDataset(store, labels, np.arange(6))
    dataset.__getitems__([0, 1]).label.fill_(7.0)
    check(dataset.__getitems__([0, 1]), [0, 1], store)


def test_no_rows(store: ImageStore, labels: LabelArrays) -> None:
    dataset = ImageDataset(store, labels, np.array([], dtype=np.int64))
    assert len(dataset) == 0
    assert dataset.__getitems__([]).image.shape == (0, 16, 16)


def test_an_image_that_is_not_in_the_store(
    tmp_path: Path, labels: LabelArrays, write_images: Callable[..., dict[str, Path]]
) -> None:
    files = write_images(4)
    store = build_store(files, ImageSettings(size=16), tmp_path / "small")
    with pytest.raises(ImageError) as caught:
        ImageDataset(store, labels, np.arange(6))
    assert caught.value.got == "2 of 6 are not there: hospital/4, hospital/5"
    assert len(ImageDataset(store, labels, np.arange(4))) == 4
