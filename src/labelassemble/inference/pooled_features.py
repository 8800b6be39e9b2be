"""What a backbone sees on each image, as one vector: the feature map's mean over space."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int

from labelassemble.images.batch import LabelArrays
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.model.backbone import Backbone
from labelassemble.model.network import Network
from labelassemble.types import Feature


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
    backbone = network.backbone if isinstance(network, Network) else network
    rows = store.find_rows(records)
    backbone.to(device).eval()
    feature = np.empty((len(rows), backbone.features), dtype=np.float32)
    for start in range(0, len(rows), batch_size):
        place = slice(start, start + batch_size)
        feature[place] = _pool(backbone, torch.from_numpy(store.read(rows[place])), device)
    return feature


def training_rows(labels: LabelArrays, store: ImageStore) -> Int[np.ndarray, " rows"]:
    """Rows of the training images that the store holds, rising: all that similarity may see."""
    rows = labels.rows("train")
    held = np.array([labels.record[row] in store.row for row in rows], dtype=bool)
    found: Int[np.ndarray, " rows"] = rows[held]
    return found


@torch.inference_mode()
def _pool(
    backbone: Backbone, stored: torch.Tensor, device: torch.device
) -> Float[np.ndarray, "batch features"]:
    feature: Feature = backbone(scale_grey(stored.to(device)))
    pooled: Float[np.ndarray, "batch features"] = feature.flatten(2).mean(dim=2).cpu().numpy()
    return pooled
