"""Which built-in source's images files are called as, where they are not those of a table."""

import re
from collections.abc import Sequence

from labelassemble.errors import some
from labelassemble.sources.compile_pattern import Expression, compile_pattern
from labelassemble.sources.fit_names import name_patterns
from labelassemble.sources.manifest_file import builtin_manifests

_TRIED = 200
_MANY = 0.4
"""Masks beside images are called otherwise."""
_HALF = 0.5
_ANYTHING = ("zzz", "1.2.826.0.1.3680043.8.498.1")
"""A pattern that matches these is no source's own."""
_ENDING = re.compile(r"\.\w{2,5}$")


def tell_whose(files: Sequence[str], images: Sequence[str]) -> str:
    """Say whose images files are by their names; blank: nobody's, or those of the table.

    Args:
        files: paths of image files.
        images: names of the images that the table names.
    """
    found = dict[str, float]()
    for name, manifest in builtin_manifests().items():
        own = manifest.own_names.image if manifest.own_names else None
        patterns = [compile_pattern(one) for one in (own, *name_patterns(manifest)) if one]
        if any(one.fullmatch(name) for one in patterns for name in _ANYTHING):
            continue
        share = _share(patterns, files)
        if share >= _MANY and _share(patterns, images) < _HALF:
            found[name] = share
    owners = [name for name, share in found.items() if share == max(found.values())]
    return f", called as those of {some(owners, 3)} are" if owners else ""


def _share(patterns: Sequence[Expression], names: Sequence[str]) -> float:
    """Which part of names some pattern matches, with their extension or without it."""
    tried = names[:: max(1, len(names) // _TRIED)]
    found = sum(
        any(one.fullmatch(name) or one.fullmatch(_ENDING.sub("", name)) for one in patterns)
        for name in tried
    )
    return found / len(tried) if tried else 0.0
