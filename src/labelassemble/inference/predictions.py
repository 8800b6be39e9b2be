"""A network's predictions on stored images, as a table."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch
from jaxtyping import Float

from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.shifted_views import ShiftedView, shift_images
from labelassemble.images.store import ImageStore
from labelassemble.inference.prediction_file import PREDICTION_COLUMNS
from labelassemble.model.network import Network


def predict_records(
    network: Network,
    store: ImageStore,
    records: Sequence[str],
    batch_size: int,
    device: torch.device,
    views: Sequence[ShiftedView] = (ShiftedView(),),
) -> pl.DataFrame:
    """Predict for images of the store, without augmentation.

    Args:
        network: a trained network; it is moved to ``device`` and put in evaluation mode.
        store: the decoded images.
        images: names, each in the store.
        batch_size: images a forward pass.
        device: where to compute.
        views: of each image, over which probabilities are averaged; as a rule, the image itself.

    Returns:
        ``PREDICTION_COLUMNS``: images in the order given, classes in the network's order,
        predictions in [0, 1].

    Raises:
        ImageError: an image is not in the store.
    """
    rows = store.find_rows(records)
    network.to(device).eval()
    probability = np.empty((len(rows), len(network.classes)))
    for start in range(0, len(rows), batch_size):
        place = slice(start, start + batch_size)
        stored = store.read(rows[place])
        moved = (torch.from_numpy(shift_images(stored, view)) for view in views)
        probability[place] = sum(_probability(network, one, device) for one in moved) / len(views)
    return pl.DataFrame(
        {
            "record": pl.Series(records, dtype=pl.String).gather(
                np.repeat(np.arange(len(rows)), len(network.classes))
            ),
            "class": pl.Series(list(network.classes) * len(rows), dtype=pl.String),
            "probability": probability.ravel(),
        },
        schema=PREDICTION_COLUMNS,
    )


@torch.inference_mode()
def _probability(
    network: Network, stored: torch.Tensor, device: torch.device
) -> Float[np.ndarray, "batch classes"]:
    grey = scale_grey(stored.to(device))
    probability: Float[np.ndarray, "batch classes"] = network(grey).double().sigmoid().cpu().numpy()
    return probability
