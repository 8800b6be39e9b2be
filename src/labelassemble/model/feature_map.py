"""What other libraries' networks give out, brought to one feature map, and what they do not use."""

import torch
from torch import Tensor, nn

from labelassemble.errors import ModelError
from labelassemble.types import Feature, ScaledImage


def tokens_to_map(tokens: Tensor, rows: int, columns: int, name: str) -> Feature:
    """Lay tokens ``batch tokens features`` out on their grid; class and register tokens go.

    Args:
        tokens: those that are no patch first, then the patches row by row.
        rows: patches from top to bottom.
        columns: patches from left to right.
        name: of the network, for errors.

    Raises:
        ModelError: fewer tokens than patches, or so many more that the grid is another one.
    """
    others = tokens.shape[1] - rows * columns
    if not 0 <= others < max(rows, columns, 8):
        raise ModelError(
            f"{rows} x {columns} patches and a few tokens more from {name}",
            f"{tokens.shape[1]} tokens",
            "Choose a network that predicts for every patch, such as ViT, DINOv2 or Swin",
        )
    places = tokens[:, others:].transpose(1, 2)
    return places.reshape(tokens.shape[0], tokens.shape[2], rows, columns)


def freeze_unused(layers: nn.Module, image: ScaledImage) -> Feature:
    """Freeze the parameters that the feature map does not depend on: poolers, mask tokens.

    They would get no gradient, which training on several devices waits for.

    Returns:
        The feature map of ``image``.
    """
    training = layers.training
    parameters = list(layers.parameters())
    with torch.enable_grad():
        feature: Feature = layers.eval()(image)
        gradients = torch.autograd.grad(feature.sum(), parameters, allow_unused=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.requires_grad_(gradient is not None)
    layers.train(training)
    return feature.detach()
