"""The image files below one folder."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polars as pl

from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.passed_over import PASSED_OVER


@dataclass(frozen=True)
class ImageFolder:
    """The image files below one folder."""

    folder: Path
    """Absolute."""
    names: pl.Series
    """Paths below the folder, with ``/``, sorted."""
    size: int
    """Bytes of all of them."""
    passed: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=PASSED_OVER))
    """``PASSED_OVER``: what was not taken, sorted by reason and file."""
    named: str | None = None
    """As ``images.named``."""
    inside: Mapping[str, str] = field(default_factory=dict)
    """Those of the names that lie inside another file, and the path by which each is read."""

    @property
    def called(self) -> pl.Series:
        """By which names tables call them, in the order of `names`."""
        if self.named is None:
            return self.names
        pattern = compile_pattern(self.named)
        found = [pattern.fullmatch(name) for name in self.names]
        joined = ["_".join(match.groups("")) if match else None for match in found]
        known = {one for one in joined if one is not None}
        # Where a file of that form has a name, one that is called so elsewhere is another's copy.
        called = [
            one or (f"{name} again" if name.rpartition("/")[2] in known else name)
            for one, name in zip(joined, self.names, strict=True)
        ]
        return pl.Series("image", called, dtype=pl.String)

    def list_paths(self) -> pl.Series:
        """Give the absolute paths of the image files."""
        return self.locate(self.names).alias("path")

    def locate(self, names: pl.Series) -> pl.Series:
        """Give the absolute path of each file; null where a name is null."""
        root = self.folder.as_posix().rstrip("/") + "/"
        paths = root + names
        if self.inside:
            found = names.replace_strict(self.inside, default=None, return_dtype=pl.String)
            paths = found.fill_null(paths)
        return paths

    def name(self, paths: pl.Series) -> pl.Series:
        """Give the name of each file by its path."""
        root = self.folder.as_posix().rstrip("/") + "/"
        names = paths.str.strip_prefix(root)
        if self.inside:
            known = {path: name for name, path in self.inside.items()}
            found = paths.replace_strict(known, default=None, return_dtype=pl.String)
            names = found.fill_null(names)
        return names

    def describe(self) -> InputFile:
        """Give a trace of which files were there: the hash is of the list of names."""
        digest = hashlib.sha256("\n".join(self.names).encode("utf-8", "surrogateescape"))
        return InputFile(
            path=self.folder.name, sha256=digest.hexdigest(), size=self.size, rows=len(self.names)
        )
