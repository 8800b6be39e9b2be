"""The head of Label-Assemble: class queries and the adapter that reads them."""

from torch import nn

from labelassemble.model.adapter import Adapter, answer_map
from labelassemble.model.class_queries import ClassQueries
from labelassemble.types import AnswerLogitMap, Feature, Index


class QueryHead(nn.Module):
    """One pass answers for all classes.

    Args:
        queries: the class queries.
        adapter: makes weights of them.
    """

    def __init__(self, queries: ClassQueries, adapter: Adapter) -> None:
        super().__init__()
        self.queries, self.adapter = queries, adapter

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the answers."""
        return self.queries.classes

    def forward(self, feature: Feature, source: Index | None = None) -> AnswerLogitMap:
        """Answer for every class at every place of the feature map, whatever the source."""
        weight, bias = self.adapter(self.queries())
        return answer_map(feature, weight, bias)
