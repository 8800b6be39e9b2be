"""The plain head that most toolkits use: one weight vector and bias a class, learned directly."""

import torch
from torch import Generator, nn

from labelassemble.model.adapter import logit_map
from labelassemble.model.class_queries import check_classes, refuse_known_class
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

    def add_class(self, name: str, generator: Generator | None = None) -> None:
        """Append a class with a row of its own, drawn as the first ones were; the others stay.

        Args:
            name: of the class.
            generator: draws the row; none: torch's own.

        Raises:
            ModelError: the class is there already.
        """
        refuse_known_class(name, self.classes)
        old, self.classes = self.linear, (*self.classes, name)
        most = old.in_features**-0.5
        self.linear = nn.Linear(old.in_features, len(self.classes)).to(old.weight)
        for mine, its in ((self.linear.weight, old.weight), (self.linear.bias, old.bias)):
            new = torch.rand(1, *its.shape[1:], generator=generator).to(its)
            mine.data = torch.cat([its.detach(), (2 * new - 1) * most])
