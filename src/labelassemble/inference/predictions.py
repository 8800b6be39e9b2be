"""A network's answers on stored pictures, as a table."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch
from jaxtyping import Float

from labelassemble.errors import RunError, some
from labelassemble.images.store import ImageStore
from labelassemble.inference.prediction_file import PREDICTION_COLUMNS
from labelassemble.model.network import Network


def predict_pictures(
    network: Network,
    store: ImageStore,
    pictures: Sequence[str],
    batch_size: int,
    device: torch.device,
) -> pl.DataFrame:
    """Answer for pictures of the store, without augmentation.

    Args:
        network: a trained network; it is moved to ``device`` and put in evaluation mode.
        store: the decoded pictures.
        pictures: names, each in the store.
        batch_size: pictures a forward pass.
        device: where to compute.

    Returns:
        ``PREDICTION_COLUMNS``: pictures in the order given, classes in the network's order,
        answers in [0, 1].

    Raises:
        RunError: a picture is not in the store.
    """
    rows = find_rows(store, pictures)
    network.to(device).eval()
    answer = np.empty((len(rows), len(network.classes)))
    for start in range(0, len(rows), batch_size):
        place = slice(start, start + batch_size)
        answer[place] = _answer(network, torch.from_numpy(store.read(rows[place])), device)
    return pl.DataFrame(
        {
            "picture": pl.Series(pictures, dtype=pl.String).gather(
                np.repeat(np.arange(len(rows)), len(network.classes))
            ),
            "class": pl.Series(list(network.classes) * len(rows), dtype=pl.String),
            "answer": answer.ravel(),
        },
        schema=PREDICTION_COLUMNS,
    )


def find_rows(store: ImageStore, pictures: Sequence[str]) -> np.ndarray:
    """Give the store's rows of these pictures, as int64.

    Raises:
        RunError: a picture is not in the store.
    """
    missing = [picture for picture in pictures if picture not in store.row]
    if missing:
        raise RunError(
            "every picture of the table in the store of decoded images",
            f"{len(missing):,} of {len(pictures):,} are not there: {some(missing, 3)}",
            "Assemble again: labelassemble assemble",
        )
    return np.array([store.row[picture] for picture in pictures], dtype=np.int64)


@torch.inference_mode()
def _answer(
    network: Network, stored: torch.Tensor, device: torch.device
) -> Float[np.ndarray, "batch classes"]:
    grey = stored.to(device)[:, None].float() / 255.0
    answer: Float[np.ndarray, "batch classes"] = network(grey).double().sigmoid().cpu().numpy()
    return answer
