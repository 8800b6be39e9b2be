"""What class queries start from."""

from pathlib import Path

import torch
from torch import Generator

from labelassemble.errors import ModelError, shorten
from labelassemble.model.name_vectors import name_vectors
from labelassemble.model.text_vectors import text_vectors
from labelassemble.types import Query

HF = "hf:"
"""What a start begins with that is a text encoder's folder."""


def start_queries(
    start: str, classes: tuple[str, ...], query_features: int, generator: Generator | None = None
) -> Query:
    """Make the first queries of classes.

    Args:
        start: ``random``: drawn from the standard normal distribution; ``names``: from the letters
            of the names (``name_vectors.py``); ``hf:FOLDER``: from a text encoder's vectors of the
            names (``text_vectors.py``).
        classes: their names.
        query_features: length of a query.
        generator: draws; none: torch's own. Numbers are drawn for every start, so that what is
            drawn after them, such as the adapter's weights, is the same whichever start it is.

    Raises:
        ModelError: no such start, no transformers, or no text encoder in the folder.
    """
    drawn = torch.randn(len(classes), query_features, generator=generator)
    if start == "random":
        return drawn
    if start == "names":
        return name_vectors(classes, query_features)
    if start.startswith(HF):
        return text_vectors(Path(start.removeprefix(HF)).expanduser(), classes, query_features)
    raise ModelError(
        "model.query_start = 'random', 'names' or 'hf:FOLDER'",
        f"model.query_start = {shorten(start, 100)!r}",
        "Set it to one of these; FOLDER holds a text encoder that transformers reads",
    )


def name_start(start: str) -> str:
    """Say what queries started from without the folders of this machine.

    >>> name_start("hf:/home/a/encoder"), name_start("names")
    ('hf:encoder', 'names')
    """
    return HF + Path(start.removeprefix(HF)).name if start.startswith(HF) else start
