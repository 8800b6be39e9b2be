"""A new run that starts from another run's network, class by class."""

from pathlib import Path

from labelassemble.errors import RunError
from labelassemble.inference.checkpoint_file import (
    NetworkDescription,
    describe_network,
    network_weights,
    read_checkpoint,
)
from labelassemble.model.build import has_queries, load_by_class
from labelassemble.model.network import Network
from labelassemble.settings import SYSTEMS

SHAPES = ("backbone", "query_features", "adapter_hidden")
"""Model settings that give the weights their shapes."""


def start_network(
    network: Network, checkpoint: Path, description: NetworkDescription
) -> tuple[str, ...]:
    """Load a checkpoint's weights into a new network; classes that both know keep their queries.

    Predictions for those classes are the checkpoint's until training goes on: to the last bit where
    they keep their places, else up to rounding.

    Args:
        network: with class queries or a linear head; its other classes keep the queries or rows
            that they have.
        checkpoint: of another run with such a head.
        description: of the new network.

    Returns:
        The classes whose queries or rows are new.

    Raises:
        RunError: no checkpoint, a foreign one, or one of a network of another shape or head.
    """
    content = read_checkpoint(checkpoint)
    before = describe_network(content, checkpoint)
    heads = {head_kind(one) for one in (before, description)}
    if heads not in ({"class queries"}, {"a linear head"}):
        raise RunError(
            "class queries in both networks, or a linear head in both, for training.start_from",
            f"{_say_head(before)} in {checkpoint} and {_say_head(description)} in this run",
            f"Start from a run of the same method, other than med3d, dodnet, {', '.join(SYSTEMS)}",
        )
    shapes = SHAPES if heads == {"class queries"} else SHAPES[:1]
    differing = [
        f"model.{name} = {getattr(description.model, name)!r} "
        f"(there: {getattr(before.model, name)!r})"
        for name in shapes
        if getattr(before.model, name) != getattr(description.model, name)
    ]
    if differing:
        raise RunError(
            f"the model settings of {checkpoint}, which training.start_from names",
            "; ".join(differing),
            "Give the same model settings, or start from scratch: --training.start_from None",
        )
    return load_by_class(network, network_weights(content), before.classes)


def head_kind(description: NetworkDescription) -> str:
    """Say what kind of head a network has: class queries, a linear head, or another."""
    if has_queries(description.model, description.method):
        return "class queries"
    others = ("med3d", "dodnet", *SYSTEMS)
    return "another" if description.method in others else "a linear head"


def _say_head(description: NetworkDescription) -> str:
    without = "" if description.model.class_queries else " without class queries"
    return f"the method {description.method!r}{without}"
