"""The stages of a backbone, from the image on: what is frozen, and what learns how fast."""

import re

from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.feature_pyramid import FeaturePyramid
from labelassemble.model.twin_backbone import TwinLayers

_NUMBERED = re.compile(r"(?:^|\.)(?:denseblock|layers?|_?blocks|levels|stages?)\.?\d+\.")
"""What networks call their stages or blocks; of those within each other the outermost counts."""


def find_stages(layers: nn.Module) -> dict[str, int]:
    """Number the stage of every parameter, by its name.

    0 is what comes before the first numbered part (stem; patches, positions and tokens), then
    each numbered part (a stage of a convolutional network, a block of a vision transformer) with
    what leads on from it, and last what follows them all (norms).

    Raises:
        ModelError: no part is numbered in a way that is known.

    >>> blocks = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    >>> find_stages(nn.ModuleDict({"stem": nn.Linear(1, 1, bias=False), "blocks": blocks}))
    {'stem.weight': 0, 'blocks.0.weight': 1, 'blocks.1.weight': 2}
    """
    if isinstance(layers, TwinLayers):
        # Each of the two by itself: their stems are both the first stage.
        parts = (("first.", layers.first), ("second.", layers.second))
        return {
            prefix + name: stage
            for prefix, part in parts
            for name, stage in find_stages(part).items()
        }
    names = [name for name, _ in layers.named_parameters()]
    found = {name: match for name in names if (match := _NUMBERED.search(name))}
    if not found:
        raise ModelError(
            "a backbone with numbered stages (layer1, denseblock1, blocks.0, stages.0)",
            f"a {type(layers).__name__} without",
            "Leave training.fine_tune.frozen_stages and layer_decay out, or take another backbone",
        )
    last = max(place for place, name in enumerate(names) if name in found)
    stages: dict[str, int] = {}
    begun: set[str] = set()
    for place, name in enumerate(names):
        if name in found:
            begun.add(name[: found[name].end()])
        stages[name] = len(begun) + (place > last)
    return stages


def is_numbered(name: str) -> bool:
    """Tell whether a parameter lies in a numbered part.

    >>> is_numbered("blocks.0.norm1.weight"), is_numbered("norm.weight")
    (True, False)
    """
    return bool(_NUMBERED.search(name))


def freeze_stages(layers: nn.Module, count: int | None) -> list[nn.Module]:
    """Let the first stages keep their weights.

    Args:
        layers: of a backbone.
        count: stages from the image on; None: all of the network, but for a pyramid that was added
            to it and has learned nothing yet.

    Returns:
        The modules of which nothing learns any more. They must stay in evaluation mode, or the
        running statistics of their norms would move with the training images.

    Raises:
        ModelError: it has fewer stages.
    """
    if count is None:
        body = layers.body if isinstance(layers, FeaturePyramid) else layers
        body.requires_grad_(False)
        return [body]
    stages = find_stages(layers)
    if count > max(stages.values()) + 1:
        raise ModelError(
            f"training.fine_tune.frozen_stages up to {max(stages.values()) + 1}, the stages of "
            f"this {type(layers).__name__}",
            str(count),
            "Set it lower, or to all",
        )
    for name, parameter in layers.named_parameters():
        if stages[name] < count:
            parameter.requires_grad_(False)
    frozen = [
        module
        for module in layers.modules()
        if (own := list(module.parameters())) and not any(one.requires_grad for one in own)
    ]
    return frozen
