"""The prototypes of a run with their images, for the report."""

import io
from collections.abc import Callable
from pathlib import Path

import polars as pl

from labelassemble.images.store import ImageStore
from labelassemble.report.prototype_images import PrototypeImage
from labelassemble.storage.sums import verify
from labelassemble.training.prototype_stages import PROTOTYPE_COLUMNS
from labelassemble.training.run_folder import PROTOTYPES


def show_prototypes(
    folder: Path, store: ImageStore, title_of: Callable[[str], str]
) -> list[PrototypeImage]:
    """Read which training images a run's prototypes are, and the images.

    Args:
        folder: the run folder; one without prototypes has none to show.
        store: the images.
        title_of: a class in words.
    """
    place = folder / PROTOTYPES
    if not place.is_file():
        return []
    told = pl.read_csv(io.BytesIO(verify(place).read_bytes()), schema=PROTOTYPE_COLUMNS)
    images = store.read(store.find_rows(told["record"].to_list()))
    return [
        PrototypeImage(
            image=image,
            class_title=title_of(row["class"]),
            number=row["prototype"],
            weight=row["weight"],
            record=row["record"],
            row=row["row"],
            column=row["column"],
        )
        for image, row in zip(images, told.iter_rows(named=True), strict=True)
    ]
