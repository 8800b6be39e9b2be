"""Labels and images as arrays in one npz or HDF5 file: MedMNIST's layout."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.setting_types import Names, Settings
from labelassemble.sources.scope import Scope


class NpzArrays(Settings):
    """Arrays ``<part>_images`` and ``<part>_labels``, the part being train, val or test."""

    encoding: Literal["npz_arrays"]
    file: Names
    """Name below the source's folder, or a pattern: one file is read."""
    classes: Annotated[tuple[str, ...], Field(min_length=1)]
    """Words in the order of the numbers: of the columns (`several` true) or of the class index."""
    several: bool = False
    """true: a column of 0 and 1 for each word, any number of them 1. false: one column that holds
    the index of the one word."""


def find_npz_terms(labels: NpzArrays, scope: Scope) -> tuple[str, ...]:
    """Give the words that were looked for: the scope's terms, else all that say something."""
    other = {*scope.no_finding, *scope.ignore, *scope.positive_only, *scope.uncertain}
    return scope.terms or tuple(name for name in labels.classes if name not in other)
