"""One learnable vector per class: "which disease am I asked about?"."""

import torch
from torch import Generator, nn

from labelassemble.errors import ModelError, some
from labelassemble.types import Query


class ClassQueries(nn.Module):
    """The class queries q_c, in the order of the classes.

    Args:
        classes: names, each once.
        query_features: length of a query.
        generator: draws them from the standard normal distribution; none: torch's own.

    Raises:
        ModelError: no class, or one that is there twice.

    Paper: Kang 2023, class queries.
    """

    def __init__(
        self, classes: tuple[str, ...], query_features: int, generator: Generator | None = None
    ) -> None:
        super().__init__()
        check_classes(classes)
        self.classes = classes
        self.query = nn.Parameter(torch.randn(len(classes), query_features, generator=generator))

    def forward(self) -> Query:
        """Give all queries."""
        return self.query

    def add_class(self, name: str, generator: Generator | None = None) -> None:
        """Append a new class with a new query; the others keep theirs.

        The parameter is a new one: give the optimiser the network's parameters again.

        Raises:
            ModelError: the class is there already.
        """
        if name in self.classes:
            raise ModelError(
                "a class that the network does not know yet",
                f"{name!r}, which it knows",
                f"Name another; it knows {some(self.classes, 20)}",
            )
        old = self.query.detach()
        new = torch.randn(1, old.shape[1], generator=generator).to(old)
        self.query = nn.Parameter(torch.cat([old, new]))
        self.classes = (*self.classes, name)


def check_classes(classes: tuple[str, ...]) -> None:
    """Refuse a network without classes, and one that is to answer twice for the same.

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
