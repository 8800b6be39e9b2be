"""The training images nearest to an image: found in the run folder, shown from its store."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from labelassemble.errors import ImageError, RunError, plural
from labelassemble.images.build_store import open_pixels
from labelassemble.images.record_file import RecordFile
from labelassemble.inference.neighbours import (
    NEIGHBOURS,
    TrainingImages,
    read_neighbours,
)
from labelassemble.report.explanation.content import Neighbour
from labelassemble.settings import ImageSettings
from labelassemble.training.lineage import find_checkpoint, read_recipe_of


class Neighbourhood(NamedTuple):
    """What can be shown of a run's training images.

    Attributes:
        images: None: there are none.
        pixels: the decoded images; None: they are not at hand.
        size: side of a decoded image in pixels.
        number: how many to show beside an image.
        note: what a reader must know of them.
    """

    images: TrainingImages | None
    pixels: RecordFile | None
    size: int
    number: int
    note: str

    def find(
        self, feature: Float[np.ndarray, " features"], titles: Mapping[str, str]
    ) -> tuple[Neighbour, ...]:
        """Give the nearest training images of one image, the nearest first.

        Args:
            feature: ``pooled_features`` of the image.
            titles: class to its name in words.
        """
        if self.images is None:
            return ()
        nearest = self.images.find_nearest(feature, self.number)
        return tuple(self._describe(row, distance, titles) for row, distance in nearest)

    def _describe(self, row: int, distance: float, titles: Mapping[str, str]) -> Neighbour:
        assert self.images is not None

        def list_titles(state: str) -> tuple[str, ...]:
            assert self.images is not None
            return tuple(titles.get(one, one) for one in self.images.list_classes(row, state))

        return Neighbour(
            record=self.images.records[row],
            source=self.images.sources[row],
            distance=distance,
            positive=list_titles("positive"),
            negative=list_titles("negative"),
            uncertain=list_titles("uncertain"),
            image=self._read(self.images.content[row]),
        )

    def _read(self, content: str) -> UInt8[np.ndarray, "size size"] | None:
        place = None if self.pixels is None else self.pixels.rows.get(bytes.fromhex(content))
        if place is None or self.pixels is None:
            return None
        shape = (len(self.pixels.rows), self.size, self.size)
        return np.array(np.memmap(self.pixels.place, np.uint8, "r", shape=shape)[place])


def open_neighbourhood(model: Path, number: int) -> Neighbourhood:
    """Open what a run keeps of its training images, and the store of them where it still is.

    Args:
        model: a run folder, or a packed model, which keeps none.
        number: training images to show beside an image.

    Raises:
        RunError: the run's file of them is damaged.
    """
    if model.is_file():
        note = "A packed model holds none of its training images: explain with its run folder."
        return Neighbourhood(None, None, 0, number, note)
    images = read_neighbours(model / NEIGHBOURS, find_checkpoint(model))
    if images is None:
        note = f"The run has no {NEIGHBOURS}: it was trained before runs kept one."
        return Neighbourhood(None, None, 0, number, note)
    note = f"Searched: {plural(len(images.records), 'training image')}"
    if len(images.records) < images.total:
        note += f", evenly drawn from {images.total:,}"
    settings, pixels = _find_pixels(model)
    if pixels is None:
        note += ". The decoded images are not at hand any more, so that labels alone are shown"
    return Neighbourhood(images, pixels, settings.size, number, f"{note}.")


def _find_pixels(run: Path) -> tuple[ImageSettings, RecordFile | None]:
    """Find the store beside the run, or where its recipe wrote it."""
    recipe = read_recipe_of(run)
    settings = ImageSettings.model_validate(recipe.get("images") or {})
    for output in (run.resolve().parent.parent, Path(str(recipe.get("output") or "."))):
        pixels = open_pixels(output / "store", settings)
        try:
            pixels.load()
        except (ImageError, RunError):
            continue
        if pixels.rows:
            return settings, pixels
    return settings, None
