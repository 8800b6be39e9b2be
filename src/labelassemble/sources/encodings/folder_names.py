"""Labels in the names of folders and files: ``train/PNEUMONIA/person1_virus_6.jpeg``."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Settings
from labelassemble.sources.regular_expression import NAMED, RegularExpression


class FolderNames(Settings):
    """No table: the images are the rows, and their names hold what is known of them."""

    encoding: Literal["folder_names"]
    patterns: Annotated[tuple[RegularExpression, ...], Field(min_length=1)]
    """Regular expressions over an image's path below the images folder (``/`` between folders, with
    extension); the first that matches the whole path counts. Named groups: ``patient``, ``split``,
    ``view``, ``age``, ``sex``, ``reader``, and one or more whose names begin with ``term`` (each
    gives a word that `scope` knows). A file that no pattern matches is an error."""

    @model_validator(mode="after")
    def _known_groups(self) -> "FolderNames":
        for pattern in self.patterns:
            groups = list(re.compile(pattern).groupindex)
            strange = [one for one in groups if not one.startswith("term") and one not in NAMED]
            if strange:
                raise ValueError(f"the group {strange[0]!r} is none of {', '.join(NAMED)}, term...")
            if not any(one.startswith("term") for one in groups):
                raise ValueError(f"no group (?P<term>...) in {pattern!r}")
        return self
