"""The head of a reconstruction of Ma 2019: two networks' maps multiplied place by place."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labelassemble.model.adapter import logit_map
from labelassemble.model.class_queries import check_classes
from labelassemble.types import Feature, Index, LogitMap

_Attention = Float[Tensor, "batch places"]


class ProductHead(nn.Module):
    """z = V mean_u (Z_1[u] Z_2[u]) + b, Z_i = ReLU(BN(W_i f_i(x))).

    The paper has no formula but the product; widths and norms are a reconstruction.

    Args:
        classes: names, in the order of the predictions.
        features: length of both feature vectors together, the first network's half first.
        width: features of Z_i.

    Raises:
        ModelError: no class, or one that is there twice.

    Paper: Ma 2019, product (reconstructed).
    """

    def __init__(self, classes: tuple[str, ...], features: int, width: int = 1024) -> None:
        super().__init__()
        check_classes(classes)
        self.classes, self.split_at = classes, features // 2
        self.first, self.second = (
            _branch(self.split_at, width),
            _branch(features - self.split_at, width),
        )
        self.linear = nn.Linear(width, len(classes))

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map, whatever the source."""
        first, second = self.project(feature)
        logit = logit_map(first * second, self.linear.weight, self.linear.bias)
        return logit.reshape(feature.shape[0], len(self.classes), *feature.shape[2:])

    def project(
        self, feature: Feature
    ) -> tuple[Float[Tensor, "batch width places"], Float[Tensor, "batch width places"]]:
        """Make Z_1 and Z_2 of both networks' features."""
        places = feature[..., None].flatten(2)
        return self.first(places[:, : self.split_at]), self.second(places[:, self.split_at :])

    def attend(self, feature: Feature) -> tuple[_Attention, _Attention]:
        """Say where each network looks: a_i[u] = mean_d Z_i[d, u] / sum_u mean_d Z_i[d, u]."""
        first, second = (_share(one) for one in self.project(feature))
        return first, second


def _branch(before: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(before, width, 1, bias=False), nn.BatchNorm1d(width), nn.ReLU())


def _share(values: Float[Tensor, "batch width places"]) -> _Attention:
    mean = values.mean(dim=1)
    total = mean.sum(dim=1, keepdim=True)
    # A network that sees nothing anywhere looks everywhere alike.
    return torch.where(total > 0.0, mean / total.clamp(min=1e-12), 1.0 / mean.shape[1])
