"""How much a file may ask of the machine, whoever made the file.

Each bound is an environment variable, ``LABELASSEMBLE_`` and its name in capitals: a recipe or a
manifest that somebody sends cannot lift it, whoever gives the command can; workers inherit it.
"""

import os
from functools import lru_cache
from typing import Annotated

from pydantic import Field, ValidationError

from labelassemble.errors import SettingsError
from labelassemble.setting_types import Count, Positive, Settings

VARIABLE = "LABELASSEMBLE_"
"""How the names of the variables begin."""


class Bounds(Settings):
    """What is refused before it fills memory, disk or time."""

    unpacked_ratio: Annotated[float, Field(ge=1.0)] = 200.0
    """How many times as large as its packed bytes a table, an archive or a file in it may be, above
    64 MiB (tables: 256 MiB). Default: public archives of tables grow tenfold, of masks a
    hundredfold; archives made to fill a disk a thousandfold and more."""
    unpacked_bytes: Count = 10**12
    """How large the files of an archive may be in all. Default: larger than any public source of
    images."""
    pixels: Count = 300_000_000
    """Pixels of one image. Default: more than any radiograph has; a header can claim anything."""
    voxels: Count = 2_000_000_000
    """Voxels of one volume. Default: twice a CT from head to feet in slices of half a mm."""
    frames: Count = 10_000
    """Frames or pages of one file. Default: ten minutes of ultrasound; each frame that a table
    names is read from the whole file."""
    pattern_seconds: Positive = 10.0
    """Time that one regular expression of a manifest may take where it is slow: more than a
    hundredth of a second for one name. Default: others take a millionth."""


def read_bounds() -> Bounds:
    """Read the bounds that hold in this process.

    Raises:
        SettingsError: a variable that is no such number.

    >>> read_bounds().frames
    10000
    """
    return _read(tuple(os.environ.get(name_bound(one)) for one in Bounds.model_fields))


@lru_cache(maxsize=8)
def _read(written: tuple[str | None, ...]) -> Bounds:
    given = {
        name: one for name, one in zip(Bounds.model_fields, written, strict=True) if one is not None
    }
    try:
        return Bounds.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise SettingsError(
            f"a number that {name_bound(name)} may be",
            f"{given[name]!r}: {first['msg']}",
            f"Change that environment variable, or unset it: {Bounds.model_fields[name].default:,} "
            "then",
        ) from error


def name_bound(name: str) -> str:
    """Give the environment variable of a bound.

    >>> name_bound("frames")
    'LABELASSEMBLE_FRAMES'
    """
    return VARIABLE + name.upper()


def allow_more(name: str) -> str:
    """Say how to allow more.

    >>> allow_more("frames")
    'If you trust it, allow more: LABELASSEMBLE_FRAMES in the environment (10,000 now)'
    """
    now = getattr(read_bounds(), name)
    return f"If you trust it, allow more: {name_bound(name)} in the environment ({now:,.15g} now)"


class BoundError(ValueError):
    """A file that asks for more than a bound allows."""

    def __init__(self, got: str, name: str) -> None:
        super().__init__(got)
        self.advice = allow_more(name)
