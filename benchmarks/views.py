"""Weak and strong views of a batch: RandAugment's against ours."""

import time
from collections.abc import Iterator

import torch

from benchmarks.row import Row
from labelassemble.images.make_views import draw_batch_views, make_views
from labelassemble.settings import AugmentSettings

SIZE, BATCH, ROUNDS = 224, 64, 7


def measure() -> Iterator[Row]:
    """Images a second, each with a weak and a strong view, in turns."""
    settings = (AugmentSettings(rand_layers=2, smallest_area=0.08), AugmentSettings())
    taken: tuple[list[float], list[float]] = ([], [])
    image = torch.rand(BATCH, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    for number in range(ROUNDS + 1):
        for own, times in zip(settings, taken, strict=True):
            generator = torch.Generator().manual_seed(number)
            began = time.perf_counter()
            make_views(image, draw_batch_views(generator, BATCH, SIZE, own), 2)
            times.append(BATCH / (time.perf_counter() - began))
    note = f"the views by ranges; {SIZE} px, batches of {BATCH}, parts of 8 % of the area and more"
    yield Row("views by RandAugment", note, "images/s", taken[0][1:], taken[1][1:])
