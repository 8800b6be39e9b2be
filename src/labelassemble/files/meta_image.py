"""The header of a MetaImage file (.mhd with its .raw or .zraw, .mha), read."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from labelassemble.files.grid_header import (
    GridHeader,
    find_beside,
    list_parts_named,
    make_affine,
    parse_numbers,
    parse_shape,
)
from labelassemble.storage.fetch_object import bring

_KINDS = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1",
    "MET_SHORT": "i2", "MET_USHORT": "u2",
    "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG": "i4", "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip

LAST = "elementdatafile"
"""The header's last line; what stands behind it may be voxels."""

_LONGEST = 64 * 1024
"""Bytes that a header may have."""

TURNS = ("transformmatrix", "rotation", "orientation")
_PLACES = ("offset", "position", "origin")

NO_TURN = "no TransformMatrix in the header: its axes run left, back and up, as MetaImage has it"


def read_meta_header(path: Path) -> GridHeader:
    """Read the header.

    Places are LPS, as ITK reads them: ``TransformMatrix`` holds a row an axis, ``Offset`` is the
    first voxel's centre. ``AnatomicalOrientation`` says the same in letters, and
    ``CenterOfRotation`` moves nothing.

    Args:
        path: the header.

    Raises:
        OSError: no such file.
        ValueError: no MetaImage, or one of a kind that is not read; says so in a phrase.

    Source: MetaIO's documentation, https://itk.org/Wiki/MetaIO/Documentation.
    """
    fields, behind = _read_fields(path)
    axes = parse_shape(fields.get("ndims", ""), 1, "NDims")[0]
    if fields.get("objecttype", "Image").lower() != "image":
        raise ValueError(f"ObjectType = {fields['objecttype']}, which is no image")
    shape = parse_shape(fields.get("dimsize", ""), axes, "DimSize")
    if _is_true(fields, "binarydata", "true") is False:
        raise ValueError("voxels written as text (BinaryData = False)")
    channels = fields.get("elementnumberofchannels", "1")
    if channels != "1":
        raise ValueError(f"{channels} numbers a voxel (ElementNumberOfChannels), where one is read")
    name = fields.get("elementtype", "").upper()
    if name not in _KINDS:
        raise ValueError(f"ElementType = {name or 'nothing'}; known: {', '.join(_KINDS)}")
    for field, plain in (("slope", 1.0), ("offset", 0.0)):
        key = f"elementtointensityfunction{field}"
        if key in fields and parse_numbers(fields[key], 1, key)[0] != plain:
            raise ValueError(f"ElementToIntensityFunction{field.title()} = {fields[key]}")
    last = _is_true(fields, "binarydatabyteordermsb", fields.get("elementbyteordermsb", "false"))
    kind = np.dtype(_KINDS[name]).newbyteorder(">" if last else "<")
    data, skip, parts = _find_data(path, fields, behind)
    packed = _is_true(fields, "compresseddata", "false")
    size = fields.get("compresseddatasize") if packed else None
    flat = axes > 3 and all(side == 1 for side in shape[3:])
    turned = any(key in fields for key in TURNS)
    return GridHeader(
        path,
        data,
        skip,
        0,
        "zlib" if packed else "raw",
        kind,
        shape[:3] if flat else shape,
        _place(fields, axes) if axes == 3 or flat else None,
        () if turned else (NO_TURN,),
        None if size is None or parts else int(parse_numbers(size, 1, "CompressedDataSize")[0]),
        parts,
    )


def _place(fields: dict[str, str], axes: int) -> Float[np.ndarray, "4 4"]:
    """Affine of the first three axes."""
    level = " ".join(str(int(one)) for one in np.eye(axes).ravel())
    turn = next((fields[key] for key in TURNS if key in fields), level)
    origin = next((fields[key] for key in _PLACES if key in fields), "0 " * axes)
    steps = fields.get("elementspacing", fields.get("elementsize"))
    if steps is None:
        raise ValueError("no ElementSpacing: nothing says how far voxels are apart")
    matrix = np.array(parse_numbers(turn, axes * axes, "TransformMatrix")).reshape(axes, axes)
    spacing = np.array(parse_numbers(steps, axes, "ElementSpacing"))
    place = np.array(parse_numbers(origin, axes, "Offset"))
    return make_affine(matrix.T[:3, :3] * spacing[:3], place[:3], (-1.0, -1.0, 1.0))


def _read_fields(path: Path) -> tuple[dict[str, str], int]:
    """Fields by lower-case name, and the byte behind the last line."""
    with bring(path).open("rb") as opened:
        start = opened.read(_LONGEST)
    fields: dict[str, str] = {}
    place = 0
    while place < len(start):
        end = start.find(b"\n", place)
        end = len(start) if end < 0 else end
        line = start[place:end].decode("latin-1").strip()
        place = end + 1
        name, equals, value = line.partition("=")
        if not equals and line and not line.startswith(("#", "Comment")):
            raise ValueError(f"the line {line[:40]!r}, where a field = value should stand")
        key = name.strip().lower()
        fields[key] = value.strip()
        if key == LAST:
            return fields, place
    raise ValueError(f"no line ElementDataFile in {len(start):,} bytes")


def _find_data(
    path: Path, fields: dict[str, str], behind: int
) -> tuple[Path, int | None, tuple[Path, ...]]:
    """File of the voxels, or the first of several; bytes before them; the files, if several."""
    name = fields[LAST]
    if not name:
        raise ValueError("an empty ElementDataFile")
    if name.upper() == "LOCAL":
        return path, behind, ()
    size = int(parse_numbers(fields.get("headersize", "0"), 1, "HeaderSize")[0])
    with bring(path).open("rb") as opened:
        opened.seek(behind)
        lines = (
            opened.read(_LONGEST).decode("latin-1").splitlines() if "LIST" in name.upper() else []
        )
    parts = list_parts_named(path, name, lines)
    return parts[0] if parts else find_beside(path, name), None if size < 0 else size, parts


def _is_true(fields: dict[str, str], key: str, otherwise: str) -> bool:
    return fields.get(key, otherwise).lower() in ("true", "1", "t", "yes")
