import torch

from labelassemble.model.adapter import Adapter, answer_map
from labelassemble.model.class_queries import ClassQueries
from labelassemble.model.query_head import QueryHead


def test_it_applies_what_the_adapter_makes_of_the_queries() -> None:
    queries, adapter = ClassQueries(("a", "b"), 8), Adapter(8, 16, 5)
    head, feature = QueryHead(queries, adapter), torch.randn(2, 5, 3, 3)
    assert head.classes == ("a", "b")
    assert torch.equal(head(feature), answer_map(feature, *adapter(queries.query)))
    queries.add_class("c")
    assert head.classes == ("a", "b", "c")
    assert head(feature).shape == (2, 3, 3, 3)
