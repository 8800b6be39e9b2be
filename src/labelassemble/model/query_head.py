"""The head of Label-Assemble: class queries and the adapter that reads them."""

from torch import nn

from labelassemble.model.adapter import Adapter, logit_map
from labelassemble.model.class_queries import ClassQueries
from labelassemble.types import Feature, Index, LogitMap


class QueryHead(nn.Module):
    """One pass predicts for all classes.

    Args:
        queries: the class queries.
        adapter: makes weights of them.
    """

    def __init__(self, queries: ClassQueries, adapter: Adapter) -> None:
        super().__init__()
        self.queries, self.adapter = queries, adapter

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the predictions."""
        return self.queries.classes

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map, whatever the source."""
        weight, bias = self.adapter(self.queries())
        return logit_map(feature, weight, bias)
