"""An image of the store, with the boxes and masks of every source that drew some."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Shaped, UInt8

from labelassemble.detection.annotated import MAX_BACKGROUND, OUTSIDE, State, join_states
from labelassemble.detection.drawn_image import DrawnBoxes, OutlinedMask, read_drawn
from labelassemble.detection.fit_square import SquareFit, fit_mask, frame_affine, frame_spacing
from labelassemble.errors import ImageError
from labelassemble.files.mask_rule import describe_shape
from labelassemble.files.read_size import read_size
from labelassemble.images.radiograph import unit_grey
from labelassemble.images.store import ImageStore
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.frame_fit import differ_in_shape
from labelassemble.volumes.boxes_to_mask import Boxes, boxes_to_mask
from labelassemble.volumes.mask_meaning import refuse_unnamed
from labelassemble.volumes.places import Coordinates, spread_points, thin_out
from labelassemble.volumes.read_patch import cut_patch


class AnnotatedImage:
    """See ``Annotated``; masks and boxes are drawn anew at every look, which takes no memory.

    Args:
        store: the decoded images.
        image: its name.
        path: the image file, whose size boxes and predictions refer to.
        fit: how the file was made square.
        boxes: by class and source.
        masks: the first in doubt.
        classes: how many there are.
        digest: of what was drawn: of the boxes' numbers and of the masks' files.
    """

    def __init__(
        self,
        store: ImageStore,
        record: str,
        path: Path,
        *,
        fit: SquareFit,
        boxes: Sequence[DrawnBoxes],
        masks: Sequence[OutlinedMask],
        classes: int,
        digest: str = "",
    ) -> None:
        self.store, self.record, self.path, self.fit = store, record, path, fit
        self.boxes, self.masks, self.classes = tuple(boxes), tuple(masks), classes
        self.digest = digest
        self._shape: dict[Path, tuple[int, int]] = {}

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width."""
        return self.store.size, self.store.size

    @property
    def content(self) -> str:
        """Of the image file and of what was drawn."""
        return f"{self.store.content.get(self.record)}+{self.digest}"

    @property
    def spacing(self) -> Float[np.ndarray, " axes"]:
        """In pixels of the image file, down and across."""
        return frame_spacing(self.file_shape, self.store.size, self.fit)

    @property
    def affine(self) -> Float[np.ndarray, "axes_and_1 axes_and_1"]:
        """From row and column to x and y of the image file, in pixels from its edge."""
        return frame_affine(self.file_shape, self.store.size, self.fit)

    @cached_property
    def file_shape(self) -> tuple[int, int]:
        """Height and width of the image file."""
        width, height = read_size(self.path)
        return height, width

    def image(self) -> Shaped[np.ndarray, "*space"]:
        """Grey values in [0, 1]."""
        row = np.array([self.store.row[self.record]])
        return unit_grey(self.store.read(row)[0])

    def cut(
        self, centre: Sequence[int], size: Sequence[int]
    ) -> tuple[Float[np.ndarray, "*space"], State]:
        """Cut a patch out."""
        grey = cut_patch(self.image(), centre, size, 0)
        return grey, cut_patch(self.state(), centre, size, OUTSIDE)

    def state(self) -> State:
        """Give what is drawn, of the whole image; masks before boxes."""
        drawn = [self._draw_mask(one) for one in self.masks]
        drawn += [self._draw_boxes(one) for one in self.boxes]
        return join_states(drawn or [self._nothing()])

    def state_at(self, points: Coordinates) -> UInt8[np.ndarray, "classes points"]:
        """Give what is drawn at some pixels."""
        if not self.masks and not self.boxes:
            return np.zeros((self.classes, len(points)), dtype=np.uint8)
        return self.state()[(slice(None), *points.T)]

    def lesions(self, of_class: int) -> Coordinates:
        """Pixels of a class's lesions, many of them, evenly thinned out."""
        if not self.masks and not any(one.of_class == of_class for one in self.boxes):
            return np.empty((0, 2), dtype=np.int64)
        return thin_out(np.argwhere(self.state()[of_class] == POSITIVE))

    def body(self) -> Coordinates:
        """Some pixels, evenly spread."""
        return spread_points((self.store.size, self.store.size))[:MAX_BACKGROUND]

    def _nothing(self) -> State:
        return np.full((self.classes, *self.shape), UNKNOWN, dtype=np.uint8)

    def _draw_boxes(self, drawn: DrawnBoxes) -> State:
        state = self._nothing()
        boxes, frame = self._place_boxes(drawn)
        made = boxes_to_mask(boxes, frame, self.file_shape, self.store.size, self.fit)
        state[drawn.of_class] = np.where(
            made.mask, POSITIVE, NEGATIVE if drawn.complete else UNKNOWN
        )
        return state

    def _place_boxes(self, drawn: DrawnBoxes) -> tuple[Boxes, tuple[int, int] | None]:
        """Boxes in pixels of the file that they were drawn on, and its width and height.

        It may have been stretched from another shape, as reading its source told; another source's
        file of the same image may not.
        """
        if drawn.image is None:
            return drawn.boxes, drawn.frame
        height, width = self._shape_of(drawn.image)
        if drawn.frame is None:
            return drawn.boxes, (width, height)
        if (
            drawn.image != self.path
            and not differ_in_shape(
                np.array([drawn.frame], dtype=np.float64), np.array([self.file_shape[::-1]])
            ).any()
        ):
            return drawn.boxes, drawn.frame
        scale = np.array([width / drawn.frame[0], height / drawn.frame[1]] * 2)
        return drawn.boxes * scale, (width, height)

    def _shape_of(self, image: Path) -> tuple[int, int]:
        """Height and width of an image file, which are read once."""
        if image == self.path:
            return self.file_shape
        if image not in self._shape:
            size = read_size(image)
            self._shape[image] = (size.height, size.width)
        return self._shape[image]

    def _draw_mask(self, drawn: OutlinedMask) -> State:
        values = read_drawn(drawn)
        self._refuse_misfit(values.shape, drawn)
        found, number = np.unique(values, return_counts=True)
        counts = dict(zip(found.tolist(), number.tolist(), strict=True))
        refuse_unnamed(counts, drawn.meaning, drawn.files[0][0])
        table = drawn.meaning.without_specks(counts).table()
        square = fit_mask(values, self.store.size, self.fit)
        state: State = np.where(square.inside, table[:, square.values], UNKNOWN).astype(np.uint8)
        return state

    def _refuse_misfit(self, shape: tuple[int, ...], drawn: OutlinedMask) -> None:
        """Refuse a mask of another size than the image that it was drawn on, or of another shape.

        Sources may hold one image in several sizes; each mask is held against its own image.
        """
        own = self._shape_of(drawn.image or self.path)
        image, mask = drawn.image or self.path, drawn.files[0][0]
        if shape != own:
            turned = shape == own[::-1]
            raise ImageError(
                f"a mask as large as its image {image}: {describe_shape(own)}",
                f"{describe_shape(shape)} in {mask}",
                "Take the mask that belongs to this image"
                + (
                    "; if the image file says in EXIF that it lies on its side, turn the mask too"
                    if turned
                    else ""
                ),
            )
        across = [side / other for side, other in zip(own, self.file_shape, strict=True)]
        if abs(own[0] - self.file_shape[0] * across[1]) > max(1.0, across[1]):
            raise ImageError(
                f"one shape of two image files that were joined as one image: {self.path}, "
                f"{describe_shape(self.file_shape)}",
                f"{describe_shape(own)} in {image}, on which the mask {mask} was drawn",
                'Assemble again with assembly.similar_images = "group", which does not join them',
            )
