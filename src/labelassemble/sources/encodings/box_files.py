"""Labels in files beside the images, one an image: YOLO, Pascal VOC, LabelMe."""

import re
from typing import Any, Final, Literal

from pydantic import model_validator

from labelassemble.setting_types import Names
from labelassemble.sources.box_formats import BoxFormat
from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.regular_expression import NAMED, RegularExpression

_AS_WRITTEN: Final = {
    "yolo": {"units": "fraction", "format": "centre_size"},
    "voc": {"units": "pixels", "format": "corners"},
    "labelme": {"units": "pixels", "format": "corners"},
}


class BoxFiles(BoxFrame):
    """What an image's label file names is positive; the rest of the scope is negative.

    A label file without an object says that nothing was found; an image without a label file is
    unknown. A file belongs to the image of its name, in the same folder or one beside
    (``labels/train/a.txt`` and ``images/train/a.png``). Of polygons, circles and turned boxes the
    upright box around them is kept; a point has none. Images are named by their paths. `units`
    and `format`, unless given: fraction and centre_size in YOLO files, pixels and corners in the
    others, whose own width and height count, unless `frame` is given.
    """

    encoding: Literal["box_files"]
    form: Literal["yolo", "voc", "labelme"]
    """yolo: text, a line an object with its class number. voc: XML of Pascal VOC. labelme: JSON."""
    file: Names
    """Label files below the source's folder: a pattern such as ``labels/**/*.txt``, or a list."""
    names: tuple[str, ...] = ()
    """YOLO: names of the classes, in the order of their numbers."""
    names_file: str | None = None
    """YOLO: instead, the file that names them: ``data.yaml``, ``classes.txt``, ``obj.names``."""
    format: BoxFormat = "corners"
    """As `boxes.format`."""
    missing: Literal["unknown", "no_finding"] = "unknown"
    """What an image without a label file is. no_finding: somebody looked, and wrote no file."""
    difficult: Literal["uncertain", "positive"] = "uncertain"
    """VOC: what an object marked as difficult says of its finding. Uncertain: its box is left
    out."""
    pattern: RegularExpression | None = None
    """Regular expression searched in an image's path below the images folder, with groups
    ``patient``, ``split``, ``view``, ``age``, ``sex``, ``reader``."""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        """Take units and format from the form."""
        own = _AS_WRITTEN.get(str(given.get("form"))) if isinstance(given, dict) else None
        return {**own, **given} if own else given

    @model_validator(mode="after")
    def _fits(self) -> "BoxFiles":
        named = bool(self.names) + (self.names_file is not None)
        if self.form == "yolo" and named != 1:
            raise ValueError("YOLO files number their classes: give names or names_file, one")
        if self.form != "yolo" and named:
            raise ValueError("these files name their classes: leave names and names_file out")
        strange = sorted({*find_groups(self.pattern)} - {*NAMED})
        if strange:
            raise ValueError(f"the group {strange[0]!r} is none of {', '.join(NAMED)}")
        return self


def find_groups(pattern: str | None) -> dict[str, int]:
    """Name the groups of a pattern."""
    return dict(re.compile(pattern).groupindex) if pattern else {}
