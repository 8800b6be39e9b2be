"""The plain head that most toolkits use: one weight vector and bias a class, learned directly."""

from torch import nn

from labelassemble.model.adapter import answer_map
from labelassemble.model.class_queries import check_classes
from labelassemble.types import AnswerLogitMap, Feature, Index


class LinearHead(nn.Module):
    """Head of the methods ``masked``, ``single``, ``full`` and ``unknown-as-negative``.

    Args:
        classes: names, in the order of the answers.
        features: length of a feature vector.

    Raises:
        ModelError: no class, or one that is there twice.
    """

    def __init__(self, classes: tuple[str, ...], features: int) -> None:
        super().__init__()
        check_classes(classes)
        self.classes = classes
        self.linear = nn.Linear(features, len(classes))

    def forward(self, feature: Feature, source: Index | None = None) -> AnswerLogitMap:
        """Answer for every class at every place of the feature map, whatever the source."""
        return answer_map(feature, self.linear.weight, self.linear.bias)
