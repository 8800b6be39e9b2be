"""One XML file an image: the objects on it with their boxes, as Pascal VOC writes them.

Source: Everingham et al., The PASCAL Visual Object Classes Challenge 2012 Development Kit,
section "Annotation"; ``polygon`` and ``robndbox`` as Roboflow and roLabelImg add them.
"""

import math
from xml.etree import ElementTree

from labelassemble.sources.label_files.label_file import (
    DrawnShape,
    LabelFile,
    LabelFileError,
    ShapeCorners,
    box_around,
    read_label_size,
)

_FORM = "an annotation of Pascal VOC: <annotation> with <object>, <name> and <bndbox>"


def parse_voc(content: bytes) -> LabelFile:
    """Read one file. Numbers are taken as edges of the box, in pixels.

    Args:
        content: its bytes.

    Raises:
        LabelFileError: no XML, no annotation, an object without a name, a box without an area.

    >>> text = b"<annotation><object><name>Mass</name><bndbox><xmin>1</xmin><ymin>2</ymin>"
    >>> text += b"<xmax>5</xmax><ymax>9</ymax></bndbox></object></annotation>"
    >>> parse_voc(text).objects
    (DrawnShape(word='Mass', box=(1.0, 2.0, 5.0, 9.0), doubted=False),)
    """
    # An annotation declares no entities; one that does may blow up to gigabytes.
    if b"<!ENTITY" in content:
        raise LabelFileError(_FORM, "a file that declares entities", "Leave it out")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        got = "an empty file" if not content.strip() else "no whole XML"
        raise LabelFileError(_FORM, got, "Is the file whole? Write it again", str(error)) from error
    if root.tag != "annotation":
        raise LabelFileError(_FORM, f"XML that begins with <{root.tag}>", "Narrow labels.file")
    size = root.find("size")
    sides = (_number(size, "width"), _number(size, "height")) if size is not None else (None, None)
    objects = tuple(
        _read_object(one, number) for number, one in enumerate(root.findall("object"), start=1)
    )
    return LabelFile(objects, read_label_size(*sides), _text(root, "filename"))


def _read_object(element: ElementTree.Element, number: int) -> DrawnShape:
    at = f"object {number}"
    word = _text(element, "name")
    if not word:
        raise LabelFileError(_FORM, "an object without a name", "Name it, or take it out", at)
    return DrawnShape(
        word, _find_box(element, at), _text(element, "difficult").lower() in ("1", "true")
    )


def _find_box(element: ElementTree.Element, at: str) -> ShapeCorners | None:
    for name, sides in (
        ("bndbox", ("xmin", "ymin", "xmax", "ymax")),
        ("robndbox", ("cx", "cy", "w", "h")),
    ):
        place = element.find(name)
        if place is None:
            continue
        numbers = [_number(place, side) for side in sides]
        known = [one for one in numbers if one is not None]
        if len(known) < 4:
            raise LabelFileError(
                _FORM, f"a <{name}> without a number for each of {', '.join(sides)}", "Fix it", at
            )
        if name == "robndbox":
            return _turned(known, _number(place, "angle") or 0.0)
        left, top, right, bottom = known
        if right <= left or bottom <= top:
            raise LabelFileError(
                "boxes with an area, read as xmin, ymin, xmax, ymax", "one that has none",
                "Fix those objects", at,
            )  # fmt: skip
        return left, top, right, bottom
    outline = element.find("polygon")
    if outline is None:
        return None
    x = [_number(outline, one.tag) for one in outline if one.tag.startswith("x")]
    y = [_number(outline, one.tag) for one in outline if one.tag.startswith("y")]
    return box_around(
        [(a, b) for a, b in zip(x, y, strict=False) if a is not None and b is not None]
    )


def _turned(box: list[float], angle: float) -> ShapeCorners:
    """The upright box around one that is turned about its centre, by an angle in radians."""
    x, y, width, height = box
    across = abs(width * math.cos(angle)) + abs(height * math.sin(angle))
    down = abs(width * math.sin(angle)) + abs(height * math.cos(angle))
    return x - across / 2, y - down / 2, x + across / 2, y + down / 2


def _text(element: ElementTree.Element, name: str) -> str:
    return " ".join((element.findtext(name) or "").split())


def _number(element: ElementTree.Element, name: str) -> float | None:
    try:
        value = float(element.findtext(name) or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
