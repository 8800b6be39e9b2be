"""A checkpoint in, its network out, ready to predict."""

from pathlib import Path
from typing import Any

import torch

from labelassemble.errors import RunError
from labelassemble.inference.checkpoint_file import (
    NetworkDescription,
    describe_network,
    network_weights,
    read_checkpoint,
)
from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.model.query_head import QueryHead


def load_network(checkpoint: Path, device: torch.device | None = None) -> Network:
    """Build a network again from its checkpoint alone, in evaluation mode.

    Args:
        checkpoint: a checkpoint that a training wrote.
        device: where to put it; none: a GPU where there is one.

    Raises:
        RunError: no checkpoint, a foreign one, or one whose weights do not fit its description.
    """
    network, _ = build_described(read_checkpoint(checkpoint), checkpoint, device)
    return network


def build_described(
    checkpoint: dict[str, Any], path: Path, device: torch.device | None = None
) -> tuple[Network, NetworkDescription]:
    """Build a network again, and give what the checkpoint says of it.

    Args:
        checkpoint: its content, as ``read_checkpoint`` gives it.
        path: of it, for errors.
        device: as ``load_network``.

    Raises:
        RunError: as ``load_network``.
    """
    description = describe_network(checkpoint, path)
    # The weights come from the checkpoint: pre-trained ones, and a text encoder that queries
    # started from, need not be on this machine.
    model = description.model.model_copy(
        update={
            "pretrained": None,
            "sha256": None,
            "region_pretrained": None,
            "query_start": "random",
        }
    )
    # Building draws weights that are then overwritten: the caller's random state is not for that.
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        network = build_network(
            model,
            description.method,
            description.classes,
            sources=description.sources,
            detection=description.detection,
        )
    if isinstance(network.head, QueryHead):
        # A class that is added later starts as the others did.
        network.head.queries.start = description.model.query_start
    try:
        network.load_state_dict(network_weights(checkpoint))
    except RuntimeError as error:
        raise RunError(
            f"weights in {path} that fit its own description",
            str(error).splitlines()[-1].strip(),
            "The file is damaged: take another checkpoint of the run, or train again",
        ) from error
    if device is None:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return network.to(device).eval(), description
