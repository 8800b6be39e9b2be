"""The header of an NRRD file (.nrrd, or .nhdr with its data beside it), read."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float

from labelassemble.files.grid_header import (
    GridHeader,
    Packing,
    find_beside,
    list_parts_named,
    make_affine,
    parse_numbers,
    parse_shape,
)
from labelassemble.storage.fetch_object import bring

START = b"NRRD000"

LISTED = "files of slices"
"""Key of the lines behind ``data file: LIST``, which ends a header."""

_LONGEST = 1024 * 1024
"""Bytes that a header may have."""

_KINDS = {
    name: kind
    for kind, names in {
        "i1": ("signed char", "int8", "int8_t"),
        "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
        "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
        "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
        "i4": ("int", "signed int", "int32", "int32_t"),
        "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
        "i8": ("longlong", "long long", "long long int", "signed long long",
               "signed long long int", "int64", "int64_t"),
        "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
        "f4": ("float",),
        "f8": ("double",),
    }.items()
    for name in names
}  # fmt: skip

PACKINGS: dict[str, Packing] = {
    "raw": "raw", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2"
}  # fmt: skip

SPACES = {
    "right-anterior-superior": (1.0, 1.0, 1.0), "ras": (1.0, 1.0, 1.0),
    "left-anterior-superior": (-1.0, 1.0, 1.0), "las": (-1.0, 1.0, 1.0),
    "left-posterior-superior": (-1.0, -1.0, 1.0), "lps": (-1.0, -1.0, 1.0),
}  # fmt: skip

_MILLIMETRES = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "µm": 0.001}


def read_nrrd_header(path: Path) -> GridHeader:
    """Read the header.

    Axes of one voxel that lie in no space are left out.

    Args:
        path: of an attached (.nrrd) or a detached (.nhdr) header.

    Raises:
        OSError: no such file.
        ValueError: no NRRD, or one of a kind that is not read; says so in a phrase.

    Source: Definition of NRRD file format, https://teem.sourceforge.net/nrrd/format.html.
    """
    fields, behind = _read_fields(path)
    axes = parse_shape(fields.get("dimension", ""), 1, "dimension")[0]
    shape = parse_shape(fields.get("sizes", ""), axes, "sizes")
    name = fields.get("type", "").lower()
    if name not in _KINDS:
        raise ValueError(f"type: {name or 'nothing'}, where whole numbers or fractions are read")
    kind = np.dtype(_KINDS[name])
    if kind.itemsize > 1:
        order = fields.get("endian", "").lower()
        if order not in ("little", "big"):
            raise ValueError(f"endian: {order or 'nothing'}, where little or big should stand")
        kind = kind.newbyteorder("<" if order == "little" else ">")
    written = fields.get("encoding", "").lower()
    if written not in PACKINGS:
        raise ValueError(f"encoding: {written or 'nothing'}, where raw, gzip or bzip2 is read")
    beside = fields.get("datafile")
    listed = fields.get(LISTED, "").split("\n")
    parts = list_parts_named(path, beside, listed) if beside else ()
    if beside is None and behind is None:
        raise ValueError("no data file in a header without voxels")
    skip: int | None = int(parse_numbers(fields.get("byteskip", "0"), 1, "byte skip")[0])
    if skip is not None and skip < 0:
        skip = None
    lines = int(parse_numbers(fields.get("lineskip", "0"), 1, "line skip")[0])
    if beside is None and skip is not None:
        assert behind is not None
        skip += behind
    directions = _read_directions(fields, axes)
    # Without directions nobody knows which axes are of space.
    placed = "spacedirections" in fields
    kept = [
        axis
        for axis in range(axes)
        if not placed or directions[axis] is not None or shape[axis] > 1
    ]
    affine = _place(fields, [directions[axis] for axis in kept])
    return GridHeader(
        path,
        parts[0] if parts else path if beside is None else find_beside(path, beside),
        skip,
        lines,
        PACKINGS[written],
        kind,
        tuple(shape[axis] for axis in kept),
        affine,
        parts=parts,
    )


def _read_fields(path: Path) -> tuple[dict[str, str], int | None]:
    """Fields by name without blanks, and the byte behind the blank line that ends the header."""
    with bring(path).open("rb") as opened:
        start = opened.read(_LONGEST)
    if not start.startswith(START):
        raise ValueError(f"no NRRD: it begins with {start[:8]!r}")
    ends = [0, *(found.end() for found in re.finditer(rb"\n", start))]
    fields: dict[str, str] = {}
    for here, after in pairwise(ends):
        line = start[here:after].decode("utf-8", "replace").strip()
        if not line:
            return fields, after
        # key:=value pairs belong to whoever wrote them.
        if line.startswith(("#", "NRRD")) or re.match(r"[^:]*:=", line):
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"the line {line[:40]!r}, where a field: value should stand")
        key = re.sub(r"\s", "", name).lower()
        fields[key] = value.strip()
        if key == "datafile" and fields[key].upper().split()[:1] == ["LIST"]:
            fields[LISTED] = start[after:].decode("utf-8", "replace")
            return fields, None
    last = start[ends[-1] :].decode("utf-8", "replace").strip()
    if ":" in last and not re.match(r"[^:]*:=", last):
        name, _, value = last.partition(":")
        fields[re.sub(r"\s", "", name).lower()] = value.strip()
    return fields, None


def _read_directions(fields: dict[str, str], axes: int) -> list[Float[np.ndarray, "3"] | None]:
    """The way from one voxel to the next along each axis; None: the axis lies in no space."""
    text = fields.get("spacedirections")
    if text is None:
        return [None] * axes
    found = re.findall(r"\([^)]*\)|none", text)
    if len(found) != axes:
        raise ValueError(f"space directions: {text!r}, where {axes} vectors should stand")
    return [None if one == "none" else _vector(one, "space directions") for one in found]


def _vector(text: str, field: str) -> Float[np.ndarray, "3"]:
    return np.array(parse_numbers(text.strip().strip("()"), 3, field))


def _place(
    fields: dict[str, str], directions: list[Float[np.ndarray, "3"] | None]
) -> Float[np.ndarray, "4 4"] | None:
    signs = SPACES.get(fields.get("space", "").lower())
    there = [one for one in directions if one is not None]
    if signs is None or len(there) != 3 or len(directions) != 3:
        return None
    units = re.findall(r'"([^"]*)"', fields.get("spaceunits", ""))
    if strange := [one for one in units if one.lower() not in _MILLIMETRES]:
        raise ValueError(f"space units: {strange[0]!r}; known: {', '.join(_MILLIMETRES)}")
    scale = _MILLIMETRES[units[0].lower()] if units else 1.0
    if len(set(units)) > 1:
        raise ValueError(f"space units that differ: {fields['spaceunits']}")
    origin = _vector(fields.get("spaceorigin", "(0,0,0)"), "space origin")
    return make_affine(np.stack(there, axis=1) * scale, origin * scale, signs)
