import torch

from labelassemble.model.adapter import Adapter
from labelassemble.model.class_queries import ClassQueries
from labelassemble.model.looking_head import LookingHead


def make_head() -> LookingHead:
    head = LookingHead(ClassQueries(("a", "b", "c"), 8), Adapter(8, 16, 5, attention=True))
    torch.nn.init.normal_(head.adapter.layers[-1].weight)
    return head


def test_it_is_the_formula_place_by_place() -> None:
    head, feature = make_head(), torch.randn(2, 5, 3, 4)
    weight, bias, look = head.adapter.make_all(head.queries())
    pooled = head.pool(feature)
    for row in range(2):
        places = feature[row].flatten(1).T
        for c in range(3):
            share = torch.softmax(places @ look[c], dim=0)
            expected = (share * (places @ weight[c] + bias[c])).sum()
            torch.testing.assert_close(pooled[row, c], expected)


def test_it_starts_by_looking_everywhere_alike() -> None:
    head = LookingHead(ClassQueries(("a",), 8), Adapter(8, 16, 5, attention=True))
    feature = torch.randn(2, 5, 3, 4)
    torch.testing.assert_close(head.pool(feature), head(feature).mean((2, 3)))


def test_it_learns_where_to_look() -> None:
    head, feature = make_head(), torch.randn(2, 5, 3, 4)
    head.pool(feature).sum().backward()
    grad = head.adapter.layers[-1].weight.grad
    assert grad is not None
    assert (grad[6:].abs().sum(dim=1) > 0).all()
