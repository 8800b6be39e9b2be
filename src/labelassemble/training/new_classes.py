"""A finished network that is asked about further classes: these learn, all else stays."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from labelassemble.inference.checkpoint_file import (
    CHECKPOINT_KEY,
    PREFIX,
    NetworkDescription,
    describe_network,
    read_checkpoint,
)
from labelassemble.model.build import BY_CLASS
from labelassemble.model.network import Network
from labelassemble.settings import Recipe
from labelassemble.training.lineage import find_checkpoint


def find_new_classes(recipe: Recipe, classes: Sequence[str]) -> tuple[str, ...] | None:
    """List the classes that learn alone; None: the whole network learns.

    Args:
        recipe: ``training.fine_tune.new_classes_only`` asks for it.
        classes: of the network.

    Raises:
        RunError: the network to start from is not there.
    """
    start = recipe.training.start_from
    if not recipe.training.fine_tune.new_classes_only or start is None:
        return None
    place = find_checkpoint(start)
    known = describe_network(read_checkpoint(place), place).classes
    return tuple(name for name in classes if name not in known)


def learn_classes_only(network: Network, classes: Sequence[str]) -> None:
    """Let the rows of some classes learn: queries, weights and pooling of their own; nothing else.

    The gradients of all other rows are 0, and the optimiser has no decay for them
    (``optimiser.py``): they stay as they are, to the last bit.
    """
    wanted = torch.tensor([name in classes for name in network.classes])
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name in BY_CLASS)
        if parameter.requires_grad:
            _learn_rows(parameter, wanted.reshape(-1, *[1] * (parameter.ndim - 1)))


def _learn_rows(parameter: torch.nn.Parameter, rows: Tensor) -> None:
    def keep(gradient: Tensor) -> Tensor:
        return gradient * rows.to(gradient.device)

    parameter.register_hook(keep)  # type: ignore[no-untyped-call]


def untrained_checkpoint(network: Network, description: NetworkDescription) -> dict[str, Any]:
    """Give the checkpoint of a run that has nothing to learn: its network as it began."""
    return {
        "epoch": -1,
        CHECKPOINT_KEY: description.model_dump(mode="json"),
        "state_dict": {PREFIX + name: one for name, one in network.state_dict().items()},
    }
