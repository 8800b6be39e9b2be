"""Labels in files beside the images, one an image: YOLO, Pascal VOC, LabelMe."""

import re
from typing import Any, Final, Literal

from pydantic import model_validator

from labelassemble.sources.assessments import Statements
from labelassemble.sources.box_formats import BoxFormat
from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.regular_expression import NAMED, RegularExpression
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Names, Scope, Words
from labelassemble.sources.term_cells import BETWEEN
from labelassemble.sources.uncertain_terms import state_words_and_doubts

NOT_THERE: Final = "no label file"
"""The word of an image that nobody labelled."""

HARD: Final = " (difficult)"
"""What stands behind the word of an object that its author called hard to tell."""

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


def gather_box_files(rows: Rows, labels: BoxFiles, problems: Problems = AT_ONCE) -> Rows:
    """Bring the objects of one image together."""
    del labels, problems
    return gather_words(rows, rows.cells["words"], rows.cells)


def state_box_files(
    rows: Rows, labels: BoxFiles, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of images' objects, as `read_box_files` read them.

    An image whose label file has no object has the word ``""``, which means that nothing was
    found, unless the scope says otherwise.

    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(["a", "b", "c"], words=["Mass", "", NOT_THERE])
    >>> labels = BoxFiles(encoding="box_files", form="voc", file=("*.xml",))
    >>> state_box_files(rows, labels, Scope(terms=("Mass",))).state.tolist()  # 0 unknown
    [[3], [1], [0]]
    """
    del labels
    cells, changes = rows.cells["words"], dict[str, Any]()
    if "" not in (*scope.no_finding, *scope.ignore):
        changes["no_finding"] = (*scope.no_finding, "")
    if (cells == NOT_THERE).any():
        changes["ignore"] = (*scope.ignore, NOT_THERE)
    listed = {*scope.terms, *scope.positive_only}
    words = {one for cell in cells.unique() for one in cell.split(BETWEEN)}
    hard = {one: one.removesuffix(HARD) for one in sorted(words) if one.endswith(HARD)}
    changes["uncertain"] = {
        **scope.uncertain, **{one: (of,) for one, of in hard.items() if of in listed}
    }  # fmt: skip
    plain = {one: of for one, of in hard.items() if of not in listed}

    def take_apart(cell: str) -> Words:
        found = tuple(dict.fromkeys(plain.get(one, one) for one in cell.split(BETWEEN)))
        return Words(found, found)

    told = scope.model_copy(update=changes)
    return state_words_and_doubts(
        rows.facts["image"], cells, take_apart, told, "label files", problems
    )
