"""What a source says of its kinship: images or patients that another source has too."""

import re
from typing import Literal

from pydantic import model_validator

from labelassemble.settings import Settings
from labelassemble.sources.encodings.folder_names import RegularExpression


class SharedNames(Settings):
    """Names of this source that are names of another one: a fact about how it was made.

    Where a recipe holds both, the assembly joins them by itself.
    """

    source: str
    """Name of the other source's manifest."""
    ours: Literal["image", "patient"] = "image"
    """Which of our names the other source has."""
    theirs: Literal["image", "patient"] = "image"
    """What it is there. Images on both sides: the same picture. Else: the same patient."""
    pattern: RegularExpression | None = None
    """Regular expression with a group ``name``, matched on our whole name, that gives theirs; names
    that it does not match are not shared. None: the names are the same. Extensions of image files
    never count."""

    @model_validator(mode="after")
    def _has_group(self) -> "SharedNames":
        if self.pattern is not None and "name" not in re.compile(self.pattern).groupindex:
            raise ValueError("pattern needs a group (?P<name>...)")
        return self
