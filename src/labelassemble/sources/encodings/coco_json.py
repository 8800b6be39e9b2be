"""Labels in a COCO file: images, categories, and annotations with boxes."""

from typing import Literal

from labelassemble.setting_types import Names
from labelassemble.sources.box_formats import BoxFormat
from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.regular_expression import RegularExpression


class CocoJson(BoxFrame):
    """A category that an image's annotations name is positive; the rest of the scope is negative.

    An image without an annotation is negative for all of the scope: `[[subsets]]` narrow that where
    only a part of the images was annotated. Boxes are in pixels of images of the `width` and
    `height` that the file names; an annotation that has polygons alone has the box around them.
    """

    encoding: Literal["coco_json"]
    file: Names
    """Name below the source's folder, a pattern, or a list of these."""
    format: BoxFormat = "corner_size"
    """As `boxes.format`; COCO's own is corner_size."""
    patient_pattern: RegularExpression | None = None
    """Regular expression with a group ``patient``, searched in the file name of an image."""
