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

SHAPES = ("backbone", "query_features", "adapter_hidden")
"""Model settings that give the weights their shapes."""


def start_network(
    network: Network, checkpoint: Path, description: NetworkDescription
) -> tuple[str, ...]:
    """Load a checkpoint's weights into a new network; classes that both know keep their queries.

    Predictions for those classes are the checkpoint's until training goes on: to the last bit where
    they keep their places, else up to rounding.

    Args:
        network: a label-assemble network; its other classes keep the queries that they have.
        checkpoint: of another label-assemble run.
        description: of the new network.

    Returns:
        The classes whose queries are new.

    Raises:
        RunError: no checkpoint, a foreign one, or one of a network of another shape or method.
    """
    content = read_checkpoint(checkpoint)
    before = describe_network(content, checkpoint)
    if not all(has_queries(one.model, one.method) for one in (before, description)):
        raise RunError(
            "class queries in both networks, for training.start_from",
            f"{_say_head(before)} in {checkpoint} and {_say_head(description)} in this run",
            "Start from a label-assemble run with class queries, with methods = ['label-assemble']",
        )
    differing = [
        f"model.{name} = {getattr(description.model, name)!r} "
        f"(there: {getattr(before.model, name)!r})"
        for name in SHAPES
        if getattr(before.model, name) != getattr(description.model, name)
    ]
    if differing:
        raise RunError(
            f"the model settings of {checkpoint}, which training.start_from names",
            "; ".join(differing),
            "Give the same model settings, or start from scratch: --training.start_from None",
        )
    return load_by_class(network, network_weights(content), before.classes)


def _say_head(description: NetworkDescription) -> str:
    without = "" if description.model.class_queries else " without class queries"
    return f"the method {description.method!r}{without}"
