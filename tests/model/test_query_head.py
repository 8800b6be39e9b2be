import torch

from labelassemble.model.adapter import Adapter, logit_map
from labelassemble.model.class_queries import ClassQueries
from labelassemble.model.query_head import QueryHead


def make_head() -> QueryHead:
    return QueryHead(ClassQueries(("mass", "edema"), 5), Adapter(5, 7, 6))


def test_it_applies_what_the_adapter_makes_of_the_queries() -> None:
    queries, adapter = ClassQueries(("a", "b"), 8), Adapter(8, 16, 5)
    head, feature = QueryHead(queries, adapter), torch.randn(2, 5, 3, 3)
    assert head.classes == ("a", "b")
    assert torch.equal(head(feature), logit_map(feature, *adapter(queries.query)))
    queries.add_class("c")
    assert head.classes == ("a", "b", "c")
    assert head(feature).shape == (2, 3, 3, 3)


def test_a_new_query_predictions_without_another_parameter() -> None:
    head = make_head()
    before = {name: tuple(value.shape) for name, value in head.state_dict().items()}
    head.queries.add_class("hernia")
    after = {name: tuple(value.shape) for name, value in head.state_dict().items()}
    assert after.pop("queries.query") == (3, 5)
    assert before.pop("queries.query") == (2, 5)
    assert after == before
    assert head(torch.randn(1, 6, 2, 2)).shape == (1, 3, 2, 2)
    assert head.classes == ("mass", "edema", "hernia")


def test_predictions_follow_their_query() -> None:
    head, feature = make_head(), torch.randn(1, 6, 2, 2)
    before = head(feature)
    with torch.no_grad():
        head.queries.query.copy_(head.queries.query.flip(0))
    torch.testing.assert_close(head(feature), before.flip(1))
