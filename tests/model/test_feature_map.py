import pytest
import torch
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.feature_map import freeze_unused, tokens_to_map


def test_tokens_that_are_no_patch_come_first_and_go() -> None:
    tokens = torch.arange(8.0).reshape(1, 8, 1)
    feature = tokens_to_map(tokens, 2, 3, "x")
    assert feature.tolist() == [[[[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]]]]


@pytest.mark.parametrize("count", [5, 20])
def test_another_grid_is_refused(count: int) -> None:
    with pytest.raises(ModelError, match=f"2 x 3 patches(.|\n)*{count} tokens"):
        tokens_to_map(torch.zeros(1, count, 4), 2, 3, "x")


class Pooled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.pooler = nn.Conv2d(1, 2, 3), nn.Linear(2, 2)
        self.norm = nn.BatchNorm2d(2)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        feature: torch.Tensor = self.norm(self.used(image))
        return feature


def test_what_the_map_does_not_use_is_frozen() -> None:
    layers = Pooled()
    with torch.no_grad():
        feature = freeze_unused(layers, torch.rand(1, 1, 8, 8))
    assert feature.shape == (1, 2, 6, 6)
    frozen = {name for name, one in layers.named_parameters() if not one.requires_grad}
    assert frozen == {"pooler.weight", "pooler.bias"}
    assert layers.training
    assert layers.norm.num_batches_tracked == 0
    assert layers.used.weight.grad is None
