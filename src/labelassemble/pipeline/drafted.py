"""What became of a folder that was drafted."""

from dataclasses import dataclass
from pathlib import Path

from labelassemble.pipeline.source_check import SourceCheck


@dataclass(frozen=True)
class Drafted:
    """What became of a folder."""

    folder: Path
    """The folder."""
    known: tuple[str, ...]
    """Built-in manifests that fit it and can be read as they are; then nothing was drafted, unless
    that was asked for."""
    text: str
    """The manifest as TOML; blank: none was drafted."""
    path: Path | None
    """Where it was written."""
    vocabulary: str
    """Name of the vocabulary in which terms were looked up."""
    others: tuple[str, ...]
    """What else in the folder could be read as a source."""
    check: SourceCheck | None
    """What a check says of it."""
    own_vocabulary: Path | None = None
    """Where a vocabulary of the words that were found was written; none: a built-in one knows
    them."""
    differing: tuple[str, ...] = ()
    """Built-in manifests whose files are there, but which cannot be read as they are, and why."""
    passed: tuple[str, ...] = ()
    """Which files are not used and why, a line a reason."""
    flags: tuple[str, ...] = ()
    """What the command needs to read the first of `known`: its vocabulary, missing images."""
    extends: str = ""
    """The built-in manifest that the one written extends; blank: it stands alone."""
    said: str = ""
    """By what that one is reported; blank: it fits as it is."""
