"""What a backbone sees on each image, as a vector: its map's mean over space, or over quarters."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int

from labelassemble.images.batch import LabelArrays
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.inference.pool_map import count_quarters, pool_quarters, pool_whole
from labelassemble.model.backbone import Backbone
from labelassemble.model.network import Network
from labelassemble.types import Feature


class ImageFeatures(NamedTuple):
    """Features of images, one row an image, float32.

    Attributes:
        whole: averaged over space.
        quarters: averaged over each quarter (``pool_quarters``).
    """

    whole: Float[np.ndarray, "images features"]
    quarters: Float[np.ndarray, "images quarter_features"]


def pooled_features(
    network: Network | Backbone,
    store: ImageStore,
    records: Sequence[str],
    batch_size: int,
    device: torch.device,
) -> Float[np.ndarray, "images features"]:
    """Features of stored images, averaged over space, without augmentation.

    Args:
        network: a backbone, or a network whose backbone is asked; weights as they are, such as
            pre-trained ones before any training. Moved to ``device``, put in evaluation mode.
        store: the decoded images.
        images: names, each in the store.
        batch_size: images a forward pass.
        device: where to compute.

    Returns:
        float32, one row an image in the order given.

    Raises:
        ImageError: an image is not in the store.
    """
    maps = _see(network, store, records, batch_size, device)
    return _stack([pool_whole(one) for one in maps], _backbone(network).features)


def image_features(
    network: Network | Backbone,
    store: ImageStore,
    records: Sequence[str],
    batch_size: int,
    device: torch.device,
) -> ImageFeatures:
    """Features of stored images and of their quarters; otherwise as ``pooled_features``."""
    maps = _see(network, store, records, batch_size, device)
    both = [(pool_whole(one), pool_quarters(one)) for one in maps]
    features = _backbone(network).features
    whole = _stack([one for one, _ in both], features)
    return ImageFeatures(whole, _stack([one for _, one in both], count_quarters(features)))


def training_rows(labels: LabelArrays, store: ImageStore) -> Int[np.ndarray, " rows"]:
    """Rows of the training images that the store holds, rising: all that similarity may see."""
    rows = labels.rows("train")
    held = np.array([labels.record[row] in store.row for row in rows], dtype=bool)
    found: Int[np.ndarray, " rows"] = rows[held]
    return found


def _backbone(network: Network | Backbone) -> Backbone:
    return network.backbone if isinstance(network, Network) else network


def _stack(
    rows: Sequence[Float[np.ndarray, "_ features"]], features: int
) -> Float[np.ndarray, "images features"]:
    return np.concatenate([np.empty((0, features), dtype=np.float32), *rows])


def _see(
    network: Network | Backbone,
    store: ImageStore,
    records: Sequence[str],
    batch_size: int,
    device: torch.device,
) -> Iterator[Feature]:
    """Feature maps of stored images, batch by batch."""
    backbone = _backbone(network)
    rows = store.find_rows(records)
    backbone.to(device).eval()
    for start in range(0, len(rows), batch_size):
        stored = torch.from_numpy(store.read(rows[start : start + batch_size]))
        with torch.inference_mode():
            feature: Feature = backbone(scale_grey(stored.to(device)))
        yield feature
