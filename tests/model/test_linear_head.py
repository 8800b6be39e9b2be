import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.linear_head import LinearHead


def test_pooled_it_is_a_linear_layer_on_the_pooled_feature() -> None:
    head, feature = LinearHead(("a", "b"), 5), torch.randn(4, 5, 3, 3)
    expected = head.linear(feature.mean(dim=(2, 3)))
    torch.testing.assert_close(head(feature).mean(dim=(2, 3)), expected)
    assert head.classes == ("a", "b")


def test_a_class_twice_is_refused() -> None:
    with pytest.raises(ModelError, match="mass twice"):
        LinearHead(("mass", "mass"), 6)
