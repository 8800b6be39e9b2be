"""How long a network takes for an image: to predict, and to learn, with or without its backbone."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch

from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.model.network import Network
from labelassemble.settings import Recipe
from labelassemble.training.epoch_data import count_views

_REPEATS = 2
"""Times that each is measured, after once for warming up; the shorter one counts."""


class StepSeconds(NamedTuple):
    """Seconds of one image.

    Attributes:
        forward: through the network, without learning.
        learn: of a training step of the whole network, with all its views.
        row: of a training step of a class's row, on features that are there.
    """

    forward: float
    learn: float
    row: float


def measure_step(network: Network, recipes: Mapping[str, Recipe], store: ImageStore) -> StepSeconds:
    """Measure steps of a run's network on some of its images; it is not used afterwards.

    Args:
        network: of the run.
        recipes: ``quick`` and ``full``: batch size, method and losses of both.
        store: a few decoded images.
    """
    recipe = recipes["full"]
    size = min(recipe.training.batch_size, len(store))
    rows = store.find_rows(list(store.row)[:size])
    device = next(network.parameters()).device
    image = scale_grey(torch.from_numpy(store.read(rows)).to(device))
    views = count_views(recipe.methods[0], recipe.losses.bce_views)

    @torch.inference_mode()
    def predict() -> None:
        network.eval()(image)

    def learn() -> None:
        torch.autograd.backward(network.train()(torch.cat([image] * views)).mean())

    with torch.inference_mode():
        kept = network.eval().backbone(image)
    feature = torch.cat([kept.clone()] * 2)

    def learn_row() -> None:
        torch.autograd.backward(network.train().predict_feature(feature).mean())

    return StepSeconds(*(_shortest(one, device) / size for one in (predict, learn, learn_row)))


def _shortest(step: Callable[[], None], device: torch.device) -> float:
    seconds = []
    for _ in range(1 + _REPEATS):
        began = time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:])
