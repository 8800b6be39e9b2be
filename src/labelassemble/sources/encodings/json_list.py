"""Labels in a JSON list: an object an image, with its findings and perhaps their boxes."""

from typing import Literal

from pydantic import model_validator

from labelassemble.setting_types import Names, Settings
from labelassemble.sources.box_formats import BoxFormat
from labelassemble.sources.regular_expression import RegularExpression


class JsonList(Settings):
    """A finding that an image's object lists is positive; the rest of the scope is negative.

    An image that lists nothing is negative for all of the scope: `[[subsets]]` narrow that where
    only a part of the images was read.
    """

    encoding: Literal["json_list"]
    file: Names
    """Name below the source's folder, a pattern, or a list of these: a JSON list of objects, or an
    object a line."""
    under: str | None = None
    """Key under which the list stands, where the file holds one object."""
    image: str
    """Key with the image's name."""
    findings: str
    """Key with its findings: a list of words, or one word."""
    boxes: str | None = None
    """Key with a list of boxes of four numbers: one for each finding, in their order."""
    format: BoxFormat = "corners"
    """corners: left, top, right, bottom. corner_size: left, top, width, height. centre_size: centre
    x and y, width, height."""
    frame: tuple[int, int] | None = None
    """Width and height in pixels of the image that the numbers refer to; none: the image as
    published."""
    patient: str | None = None
    """Key with the patient."""
    patient_pattern: RegularExpression | None = None
    """Regular expression with a group ``patient``, searched in the patient, or in the image's
    name where there is no such key."""

    @model_validator(mode="after")
    def _different(self) -> "JsonList":
        if self.boxes == self.findings:
            raise ValueError("boxes and findings stand under keys of their own")
        return self
