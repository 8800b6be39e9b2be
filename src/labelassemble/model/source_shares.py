"""Which source predicts for which class, where a network predicts differently for every
source."""

from jaxtyping import Bool, Float
from torch import Tensor

from labelassemble.errors import ModelError, some


def check_sources(sources: tuple[str, ...]) -> None:
    """Refuse a network without sources, and one that holds the same source twice.

    Raises:
        ModelError: no source, or one that is there twice.
    """
    twice = sorted({name for name in sources if sources.count(name) > 1})
    if not sources or twice:
        raise ModelError(
            "one source or more, each once, for the methods med3d and dodnet",
            f"{some(twice)} twice" if twice else "no source",
            "Name every source of the table once",
        )


def source_shares(teaches: Bool[Tensor, "sources classes"]) -> Float[Tensor, "sources classes"]:
    """How much each source's prediction weighs in the prediction of a class.

    Args:
        teaches: which source has taught which class.

    Returns:
        Columns that sum to 1: equal shares for the sources that teach the class; for a class that
        none teaches, equal shares for all, which know equally little of it.

    >>> from torch import tensor
    >>> source_shares(tensor([[True, True, False], [True, False, False]])).tolist()
    [[0.5, 1.0, 0.5], [0.5, 0.0, 0.5]]
    """
    asked = (teaches | ~teaches.any(dim=0)).float()
    return asked / asked.sum(dim=0)
