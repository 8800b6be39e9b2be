"""Occurrences, prototypes and likeness against a loop over places, and the published size."""

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.backbone import BACKBONES
from labelassemble.model.prototype_head import PrototypeHead


def make_head() -> PrototypeHead:
    torch.manual_seed(0)
    head = PrototypeHead(("a", "b"), 5, 3, 4)
    torch.nn.init.uniform_(head.share)
    return head


def predict_slowly(head: PrototypeHead, image: torch.Tensor, name: int) -> torch.Tensor:
    total = torch.zeros(())
    for number in range(head.prototypes):
        vector = torch.zeros(4)
        for place in image.flatten(1).T:
            hidden = (head.occur[0].weight @ place + head.occur[0].bias).clamp(min=0.0)
            row = name * head.prototypes + number
            told = head.occur[2].weight[row] @ hidden + head.occur[2].bias[row]
            occurrence = 1.0 / (1.0 + torch.exp(-told))
            inner = (head.narrow[0].weight @ place + head.narrow[0].bias).clamp(min=0.0)
            vector = vector + occurrence * (head.narrow[2].weight @ inner + head.narrow[2].bias)
        prototype = head.prototype[name, number]
        cosine = (vector * prototype).sum() / (vector.norm() * prototype.norm())
        total = total + head.share[name, number] * cosine
    return total


def test_likeness_to_what_shows_is_weighed() -> None:
    head, feature = make_head(), torch.randn(2, 5, 3, 2)
    logit = head.pool(feature)
    for image in range(2):
        for name in range(2):
            torch.testing.assert_close(
                logit[image, name], predict_slowly(head, feature[image], name)
            )
    found = head.describe(feature)
    assert found.occurrence.shape == (2, 2, 3, 6)
    assert ((found.occurrence > 0) & (found.occurrence < 1)).all()
    assert (found.similarity.abs() <= 1.0).all()


def test_the_map_is_what_each_place_adds() -> None:
    head, feature = make_head(), torch.randn(2, 5, 3, 2)
    dense = head(feature)
    assert dense.shape == (2, 2, 3, 2)
    torch.testing.assert_close(dense.mean(dim=(2, 3)), head.pool(feature))
    assert head(feature[:, :, 0, 0]).shape == (2, 2)


def test_gradients_of_the_head() -> None:
    head = make_head().double()
    feature = torch.randn(2, 5, 2, 1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(head.pool, feature)


def test_prototypes_of_other_classes_do_not_count() -> None:
    head = make_head()
    head.pool(torch.randn(3, 5, 2, 2))[:, 1].sum().backward()
    assert head.prototype.grad is not None
    moved = head.prototype.grad.abs().sum(dim=(1, 2)) > 0
    assert moved.tolist() == [False, True]


def test_it_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        layers, features = BACKBONES["densenet121"](3)
        head = PrototypeHead(tuple("abcdefghijklmn"), features)
    total = sum(one.numel() for part in (layers, head) for one in part.parameters())
    assert round(total / 1e6, 1) == 7.2
    # Two modules of 147,712 and 136,618, 42 prototypes of 128, and their weights.
    assert total - 6_953_856 == 147_712 + 136_618 + 42 * 128 + 42
    with pytest.raises(ModelError, match="no class"):
        PrototypeHead((), 5)
