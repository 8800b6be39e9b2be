"""The heads of Hermoza 2020: for every class two 1 x 1 convolutions of its own on the pyramid."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labelassemble.model.class_queries import check_classes
from labelassemble.model.leaky import LEAK
from labelassemble.types import Feature, Index, LogitMap

SALIENCY_WIDTH = 128
"""Features between the two convolutions. Source: Hermoza 2020."""


class SaliencyHead(nn.Module):
    """A_c = W_c LeakyReLU(BN(q)), S_c = v_c LeakyReLU(BN(A_c)), neither with a bias.

    S is the prediction map; ``pooling.log_sum_exp`` pools it. With the second stage ``regions`` is
    a ``RegionHead``, which takes no part in predictions.

    Args:
        classes: names, in the order of the predictions.
        features: length of a feature vector.
        inner: features of A_c.

    Raises:
        ModelError: no class, or one that is there twice.

    Paper: Hermoza 2020, saliency heads.
    """

    def __init__(
        self, classes: tuple[str, ...], features: int, inner: int = SALIENCY_WIDTH
    ) -> None:
        super().__init__()
        check_classes(classes)
        self.classes = classes
        self.regions: nn.Module | None = None
        self.first = nn.ModuleList(_branch(features, inner) for _ in classes)
        self.second = nn.ModuleList(_branch(inner, 1) for _ in classes)

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map, whatever the source."""
        # Two axes, whatever features had: convolutions of places know no neighbours.
        places: Tensor = feature[..., None].flatten(2)[..., None]
        found = [
            second(first(places)) for first, second in zip(self.first, self.second, strict=True)
        ]
        logit = torch.cat(found, dim=1)
        return logit.reshape(feature.shape[0], len(self.classes), *feature.shape[2:])

    def show(
        self, feature: Float[Tensor, "batch features height width"]
    ) -> tuple[Float[Tensor, "batch classes inner height width"], LogitMap]:
        """Give the inner maps A, which regions are described by, and S."""
        inner = [first(feature) for first in self.first]
        saliency = [second(own) for own, second in zip(inner, self.second, strict=True)]
        return torch.stack(inner, dim=1), torch.cat(saliency, dim=1)


def _branch(before: int, after: int) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, 1, bias=False)
    nn.init.kaiming_normal_(convolution.weight)
    return nn.Sequential(nn.BatchNorm2d(before), nn.LeakyReLU(LEAK), convolution)
