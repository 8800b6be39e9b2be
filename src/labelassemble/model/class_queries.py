"""One learnable vector per class: "which disease am I asked about?"."""

from pathlib import Path

import torch
from torch import Generator, nn

from labelassemble.errors import ModelError, shorten, some
from labelassemble.model.name_vectors import name_vectors
from labelassemble.model.text_vectors import text_vectors
from labelassemble.types import Query


class ClassQueries(nn.Module):
    """The class queries q_c, in the order of the classes.

    Args:
        classes: names, each once.
        query_features: length of a query.
        generator: draws them from the standard normal distribution; none: torch's own.
        start: what they start from: ``random``, ``names`` or ``hf:FOLDER`` (`start_queries`).

    Raises:
        ModelError: no class, one that is there twice, or a start that there is not.

    Paper: Kang 2023, class queries.
    """

    def __init__(
        self,
        classes: tuple[str, ...],
        query_features: int,
        generator: Generator | None = None,
        start: str = "random",
    ) -> None:
        super().__init__()
        check_classes(classes)
        self.classes, self.start = classes, start
        self.query = nn.Parameter(start_queries(start, classes, query_features, generator))

    def forward(self) -> Query:
        """Give all queries."""
        return self.query

    def add_class(
        self, name: str, generator: Generator | None = None, start: str | None = None
    ) -> None:
        """Append a new class with a new query; the others keep theirs.

        The parameter is a new one: give the optimiser the network's parameters again.

        Args:
            name: of the class.
            generator: draws the query; none: torch's own.
            start: what it starts from; none: the same as the others did.

        Raises:
            ModelError: the class is there already, or the start is not.
        """
        refuse_known_class(name, self.classes)
        old = self.query.detach()
        new = start_queries(start or self.start, (name,), old.shape[1], generator).to(old)
        self.query = nn.Parameter(torch.cat([old, new]))
        self.classes = (*self.classes, name)


def refuse_known_class(name: str, classes: tuple[str, ...]) -> None:
    """Refuse to add a class that a network knows.

    Raises:
        ModelError: names it.
    """
    if name in classes:
        raise ModelError(
            "a class that the network does not know yet",
            f"{name!r}, which it knows",
            f"Name another; it knows {some(classes, 20)}",
        )


def check_classes(classes: tuple[str, ...]) -> None:
    """Refuse a network without classes, and one that is to predict twice for the same.

    Raises:
        ModelError: no class, or one that is there twice.
    """
    twice = sorted({name for name in classes if classes.count(name) > 1})
    if not classes or twice:
        raise ModelError(
            "one class or more, each once",
            f"{some(twice)} twice" if twice else "no class",
            "Name every class once",
        )


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
