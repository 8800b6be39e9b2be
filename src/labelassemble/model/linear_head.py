"""The plain head that most toolkits use: one weight vector and bias a class, learned directly."""

from torch import nn

from labelassemble.model.adapter import logit_map
from labelassemble.model.class_queries import check_classes
from labelassemble.types import Feature, Index, LogitMap


class LinearHead(nn.Module):
    """Head of the methods ``masked``, ``single``, ``full`` and ``unknown-as-negative``.

    Args:
        classes: names, in the order of the predictions.
        features: length of a feature vector.

    Raises:
        ModelError: no class, or one that is there twice.
    """

    def __init__(self, classes: tuple[str, ...], features: int) -> None:
        super().__init__()
        check_classes(classes)
        self.classes = classes
        self.linear = nn.Linear(features, len(classes))

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map, whatever the source."""
        return logit_map(feature, self.linear.weight, self.linear.bias)
