"""Boxes beside the sizes of their images, which are read from the headers of the files."""

from typing import Final, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Int

from labelassemble.sources.box_formats import BoxFormat, Corners
from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.frame_fit import Sides
from labelassemble.sources.image_sizes import read_image_sizes

CORNERS: Final = ("x_min", "y_min", "x_max", "y_max")


class BoxManner(NamedTuple):
    """How boxes are written.

    Attributes:
        key: the table of the manifest that says it: boxes, or labels.
        layout: in which pixels.
        format: in which order; none: not as four numbers.
    """

    key: str
    layout: BoxFrame
    format: BoxFormat | None


class SeenBoxes(NamedTuple):
    """Boxes beside the sizes of their images; not-a-number where a size is unknown.

    Attributes:
        table: ``BOX_COLUMNS`` and path.
        corners: in pixels of ``frame``.
        frame: sides of the images that the numbers refer to.
        file: sides of the image files, as they are stored where the numbers refer to that.
        orientation: how EXIF turns these, 1 to 8.
        group: the patient, or the image where nobody is named.
    """

    table: pl.DataFrame
    corners: Corners
    frame: Sides
    file: Sides
    orientation: Int[np.ndarray, " boxes"]
    group: list[str]

    @property
    def declared(self) -> bool:
        """Whether the source says how large the images were that boxes were drawn on."""
        return self.table["frame_width"].count() > 0

    def keep(self, kept: Bool[np.ndarray, " boxes"]) -> "SeenBoxes":
        """Leave boxes out."""
        group = [one for one, here in zip(self.group, kept, strict=True) if here]
        return SeenBoxes(
            self.table.filter(pl.Series(kept)),
            self.corners[kept],
            self.frame[kept],
            self.file[kept],
            self.orientation[kept],
            group,
        )

    def show(self, place: int) -> str:
        """Give a box in words."""
        numbers = ", ".join(f"{number:g}" for number in self.corners[place])
        width, height = self.frame[place]
        size = f" on {width:.0f} x {height:.0f} pixels" if np.isfinite(width) else ""
        return f"{self.table['image'][place]}: {numbers}{size}"


def see_boxes(boxes: pl.DataFrame, images: pl.DataFrame, layout: BoxFrame) -> SeenBoxes:
    """Read the sizes of the images that have boxes, each once.

    Args:
        boxes: ``BOX_COLUMNS``.
        images: columns image, path and patient.
        layout: in which pixels boxes are.
    """
    own = images.select("image", "path", "patient").filter(
        pl.col("image").is_in(boxes["image"].implode())
    )
    sizes = read_image_sizes(own["path"].drop_nulls())
    table = boxes.join(
        own.join(sizes, on="path", how="left"), on="image", how="left", maintain_order="left"
    )
    orientation = table["orientation"].fill_null(1).to_numpy()
    file = table.select("width", "height").cast(pl.Float64).to_numpy()
    if layout.as_stored:
        file = np.where((orientation >= 5)[:, None], file[:, ::-1], file)
    said = table.select("frame_width", "frame_height").cast(pl.Float64).to_numpy()
    return SeenBoxes(
        table=table,
        corners=boxes.select(CORNERS).to_numpy(),
        frame=np.where(np.isnan(said), file, said),
        file=file,
        orientation=orientation,
        group=table.select(pl.coalesce("patient", "image")).to_series().to_list(),
    )
