"""The dynamic adapter: queries in, classification weights out, applied to the feature map."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from labelassemble.types import Bias, Feature, LogitMap, Query, Weight

BLOCK = 8
"""Classes are computed in blocks of so many, the last one filled up with zeros."""


class Adapter(nn.Module):
    """w(q; theta_w): a perceptron of two layers that turns each query into weights and a bias.

    Args:
        query_features: length of a query.
        hidden: width of the hidden layer.
        features: length of the feature vectors that the weights are for.
        fingerprint: whether it makes a second vector a class, which says where to look; it starts
            at 0, which looks everywhere alike.

    Paper: Kang 2023, dynamic adapter.
    """

    def __init__(
        self, query_features: int, hidden: int, features: int, attention: bool = False
    ) -> None:
        super().__init__()
        self.features, self.attention = features, attention
        made = 2 * features + 1 if attention else features + 1
        self.layers = nn.Sequential(
            nn.LayerNorm(query_features),
            nn.Linear(query_features, hidden),
            nn.GELU(),
            nn.Linear(hidden, made),
        )
        last = self.layers[-1]
        assert isinstance(last, nn.Linear)
        # Generated weights start with the variance 1 / features, as a linear head's would: GELU
        # of the hidden layer's start (variance 1/3) has a mean square of about 0.13.
        nn.init.normal_(last.weight, std=(0.13 * hidden * features) ** -0.5)
        nn.init.zeros_(last.weight[features + 1 :])
        nn.init.zeros_(last.bias)

    def forward(self, query: Query) -> tuple[Weight, Bias]:
        """Make the classification weights and the bias of every class."""
        made = in_blocks(self.layers, query)
        return made[:, : self.features], made[:, self.features]

    def make_all(self, query: Query) -> tuple[Weight, Bias, Weight]:
        """Make the weights, the bias and the vector that says where to look, of every class."""
        made = in_blocks(self.layers, query)
        return made[:, : self.features], made[:, self.features], made[:, self.features + 1 :]


def logit_map(feature: Feature, weight: Weight, bias: Bias) -> LogitMap:
    """Apply the generated weights to the feature map, place by place: a 1 x 1 convolution.

    Args:
        feature: f(x).
        weight: one vector a class.
        bias: one number a class.

    Returns:
        The prediction before the sigmoid, for every class and place: a = w(q; theta_w) * f(x).

    Paper: Kang 2023, prediction.
    """
    places = feature[..., None].flatten(2)  # The axis is for features that are pooled already.
    made = in_blocks(
        lambda block: (block[:, :-1] @ places + block[:, -1:]).transpose(0, 1),
        torch.cat([weight, bias[:, None]], dim=1),
    )
    return made.transpose(0, 1).reshape(feature.shape[0], len(weight), *feature.shape[2:])


def in_blocks(compute: Callable[[Tensor], Tensor], by_class: Tensor) -> Tensor:
    """Compute class by class in blocks of one fixed size.

    A matrix product or a sum may round differently when its shape or its layout in memory changes.
    In blocks of one size every class is always computed by the same operations, whatever the number
    of classes: a new class leaves every old prediction as it was, to the last bit.

    Args:
        compute: makes ``BLOCK ...`` of ``BLOCK ...``, each class from its own row alone.
        by_class: ``classes ...``.
    """
    classes = by_class.shape[0]
    padding = (*(0, 0) * (by_class.ndim - 1), 0, -classes % BLOCK)
    # Contiguous, because padding lays the numbers out anew and no padding (8, 16, ...) does not.
    filled = pad(by_class.contiguous(), padding)
    made = torch.cat([compute(block) for block in torch.split(filled, BLOCK)])
    return made[:classes]
