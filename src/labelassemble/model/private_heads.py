"""The heads of SwinCheX: for every class a perceptron of its own behind the mean feature."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labelassemble.model.class_queries import check_classes
from labelassemble.types import Feature, Index, Logit, LogitMap

HIDDEN_WIDTHS = ((), (48,), (384, 48), (384, 48, 48))
"""Widths of the hidden layers, by their number. Source: Taslimi 2022."""
_DEVIATION = 0.02


class PrivateHeads(nn.Module):
    """d_c = z_c1 - z_c0, where (z_c0, z_c1) = MLP_c(mean_u f_u): absent and present.

    ReLU between layers, none after the last, no dropout. The softmax of the two is the sigmoid of
    their difference. The prediction map asks the same of every place by itself.

    Args:
        classes: names, in the order of the predictions.
        features: length of a feature vector.
        hidden: layers before the last one, 0 to 3.

    Raises:
        ModelError: no class, or one that is there twice.

    Paper: Taslimi 2022, private heads.
    """

    def __init__(self, classes: tuple[str, ...], features: int, hidden: int = 3) -> None:
        super().__init__()
        check_classes(classes)
        self.classes = classes
        widths = (features, *HIDDEN_WIDTHS[hidden], 2)
        self.layers = nn.ModuleList(
            ClassLinear(len(classes), before, after) for before, after in pairwise(widths)
        )

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map, whatever the source."""
        places = feature[..., None].flatten(2).transpose(1, 2)
        logit = self._ask(places.flatten(0, 1)).view(feature.shape[0], -1, len(self.classes))
        dense: LogitMap = logit.transpose(1, 2)
        return dense.reshape(feature.shape[0], len(self.classes), *feature.shape[2:])

    def pool(self, feature: Feature) -> Logit:
        """Predict for every class from the mean over places."""
        return self._ask(feature[..., None].flatten(2).mean(dim=2))

    def _ask(self, vector: Float[Tensor, "rows features"]) -> Float[Tensor, "rows classes"]:
        inner = vector[:, None].expand(-1, len(self.classes), -1)
        for place, layer in enumerate(self.layers):
            inner = layer(inner if place == 0 else inner.relu())
        return inner[..., 1] - inner[..., 0]


class ClassLinear(nn.Module):
    """A linear layer a class; starts with truncated normal weights and no bias, as in Swin.

    Args:
        classes: how many.
        before: numbers that come in, of each class.
        after: numbers that go out.
    """

    def __init__(self, classes: int, before: int, after: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, after, before))
        self.bias = nn.Parameter(torch.zeros(classes, after))
        nn.init.trunc_normal_(self.weight, std=_DEVIATION)

    def forward(
        self, inner: Float[Tensor, "rows classes before"]
    ) -> Float[Tensor, "rows classes after"]:
        """Change each class's numbers by its own weights."""
        made: Tensor = torch.einsum("bci,coi->bco", inner, self.weight) + self.bias
        return made
