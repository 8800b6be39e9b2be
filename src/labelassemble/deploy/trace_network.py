"""A network with its pre-processing as one program of fixed operations."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from labelassemble.errors import ModelError
from labelassemble.model.dense_backbones import DenseBackbone
from labelassemble.model.network import Network
from labelassemble.model.transformers_backbone import TransformersLayers
from labelassemble.model.vision_transformer import VisionTransformer

INPUT_NAME, OUTPUT_NAME = "image", "probability"
"""What the program takes and gives."""

SIDE_STEP = 32
"""Sides that are free are multiples of it, from twice this on: networks halve them five times."""

MAX_FREE_LAYERS = 24
"""Convolutions of a network whose sides are free: with each that strides or pads the exporter's
formulas of sizes grow. resnet18 (20) took a minute, resnet34 (36) had not ended after twelve."""


class Deployed(nn.Module):
    """Grey values in [0, 1] in, probabilities out, coherent as ``predict`` gives them.

    Args:
        network: in evaluation mode; its scale of grey values and its frame are part of it.
        implied: class to the classes that are present wherever it is.
    """

    def __init__(self, network: Network, implied: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.network = network
        self.dense = isinstance(network.backbone, DenseBackbone)
        place = {name: number for number, name in enumerate(network.classes)}
        self.above: list[list[int]] = [
            [place[name], *(place[one] for one, up in implied.items() if name in up)]
            for name in network.classes
        ]
        self.coherent = not self.dense and any(len(one) > 1 for one in self.above)

    def forward(self, image: Tensor) -> Tensor:
        """Predict probabilities: ``batch classes``; a dense network: ``batch classes *space``."""
        logit: Tensor = self.network(image, dense=self.dense)
        probability = logit.sigmoid()
        if self.coherent:
            columns = [probability[:, own].amax(dim=1) for own in self.above]
            probability = torch.stack(columns, dim=1)
        return probability


class Traced(NamedTuple):
    """A program.

    Attributes:
        program: of ``Deployed``; its batch is free.
        sides: sides of the image that it was traced with.
        free_sides: whether it takes others.
    """

    program: ExportedProgram
    sides: tuple[int, ...]
    free_sides: bool


def trace_network(deployed: Deployed, sides: Sequence[int]) -> Traced:
    """Trace a network: any batch, and any sides where its operations do not depend on them.

    Args:
        deployed: on the CPU, in evaluation mode.
        sides: of an image that the run prepares, or of a patch.

    Raises:
        ModelError: a network that cannot be traced with a free batch.

    Source: ``torch.export`` of PyTorch, "Expressing Dynamism".
    """
    reasons: list[str] = []
    for free_sides, strict in _ways(deployed, sides):
        try:
            return Traced(_trace(deployed, sides, free_sides, strict), tuple(sides), free_sides)
        except Exception as error:  # torch raises nearly everything for what it cannot trace
            reasons.append(" ".join(str(error).split())[:200])
    raise ModelError(
        "a network that can be traced with a batch of any length",
        f"{type(deployed.network.backbone).__name__}: {'; '.join(reasons)}",
        "Export a run with another model.backbone, or pack the run: labelassemble pack",
    )


def _ways(deployed: Deployed, sides: Sequence[int]) -> list[tuple[bool, bool]]:
    """Free sides first, unless the network stretches images, is deep, or sees others."""
    layers = getattr(deployed.network.backbone, "layers", None)
    fixed = deployed.dense or isinstance(layers, VisionTransformer | TransformersLayers)
    fixed |= sum(isinstance(one, nn.Conv2d) for one in deployed.modules()) > MAX_FREE_LAYERS
    fixed |= any(side % SIDE_STEP or side < 2 * SIDE_STEP for side in sides)
    return [*([] if fixed else [(True, False)]), (False, False), (False, True)]


def _trace(
    deployed: Deployed, sides: Sequence[int], free_sides: bool, strict: bool
) -> ExportedProgram:
    shape: dict[int, Any] = {0: Dim("batch", min=1)}
    if free_sides:
        for axis, name in enumerate(("rows", "columns"), start=2):
            shape[axis] = SIDE_STEP * Dim(name, min=2)
    example = torch.rand(2, 1, *sides, generator=torch.Generator().manual_seed(0))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        return torch.export.export(
            deployed, (example,), dynamic_shapes={INPUT_NAME: shape}, strict=strict
        )
