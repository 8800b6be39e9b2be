"""One contract for every encoder-decoder, in 2-D and in 3-D."""

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.dense_backbones import (
    DENSE_BACKBONES,
    DenseBackbone,
    build_dense_backbone,
)

CASES = [(name, dimensions) for name in DENSE_BACKBONES for dimensions in (2, 3)]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}d")
def backbone(request: pytest.FixtureRequest) -> DenseBackbone:
    name, dimensions = request.param
    torch.manual_seed(0)
    made = build_dense_backbone(name, dimensions, width=8, levels=3)
    made.dimensions = dimensions
    return made


def draw(backbone: DenseBackbone, *sides: int) -> torch.Tensor:
    return torch.rand(2, 1, *sides[: int(str(backbone.dimensions))])


def test_a_feature_for_every_voxel_and_gradients_everywhere(backbone: DenseBackbone) -> None:
    backbone.train()
    image = draw(backbone, 16, 20, 12)
    feature = backbone(image)
    assert feature.shape == (2, 8, *image.shape[2:])
    assert feature.isfinite().all()
    (feature * torch.randn(feature.shape)).sum().backward()
    without = [
        name
        for name, parameter in backbone.named_parameters()
        if parameter.grad is None or not parameter.grad.isfinite().all()
    ]
    assert without == []
    first = next(iter(backbone.parameters())).grad
    assert first is not None
    assert first.abs().sum() > 0
    backbone.zero_grad()


@pytest.mark.parametrize("sides", [(17, 10, 13), (4, 5, 9), (3, 3, 3)])
def test_any_sides(backbone: DenseBackbone, sides: tuple[int, int, int]) -> None:
    backbone.eval()
    image = draw(backbone, *sides)
    with torch.no_grad():
        feature = backbone(image)
    assert feature.shape == (2, 8, *image.shape[2:])
    assert feature.isfinite().all()


def test_padding_changes_nothing_where_none_is_needed(backbone: DenseBackbone) -> None:
    backbone.eval()
    image = draw(backbone, 8, 12, 16)
    with torch.no_grad():
        assert torch.equal(backbone(image), backbone.layers(backbone.scale_input(image)))


def test_an_image_is_predicted_by_itself(backbone: DenseBackbone) -> None:
    backbone.eval()
    image = draw(backbone, 16, 16, 8)
    with torch.no_grad():
        both = backbone(image)
        assert torch.equal(both, backbone(image))
        torch.testing.assert_close(backbone(image[:1]), both[:1], rtol=1e-3, atol=1e-4)


def test_a_change_is_felt_where_it_is(backbone: DenseBackbone) -> None:
    backbone.eval()
    image = torch.full_like(draw(backbone, 24, 24, 24), 0.5)[:1]
    image += 0.1 * torch.rand(image.shape)
    changed = image.clone()
    here = (slice(14, 18),) * (image.ndim - 2)
    changed[(0, 0, *here)] = 1.0
    with torch.no_grad():
        difference = (backbone(changed) - backbone(image)).abs()[0].sum(dim=0)
    assert difference[here].mean() > 2 * difference[(slice(0, 8),) * len(here)].mean()


def test_a_state_dict_goes_round(backbone: DenseBackbone) -> None:
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    image = draw(backbone, 8, 8, 8)
    backbone.eval()
    with torch.no_grad():
        feature = backbone(image)
        for parameter in backbone.parameters():
            parameter.mul_(0.5)
        backbone.load_state_dict(before, strict=True)
        assert torch.equal(backbone(image), feature)


def test_names_and_widths_that_there_are_not() -> None:
    with pytest.raises(ModelError, match="no network 'segrenset'; nearest: segresnet"):
        build_dense_backbone("segrenset", 3, 8, 3)
    with pytest.raises(ModelError, match=r"multiple of 8(.|\n)*width = 12"):
        build_dense_backbone("segresnet", 3, 12, 3)
