"""Sizes of the published networks, without their heads."""

import pytest

from labelassemble.model.backbone import build_backbone


@pytest.mark.parametrize(
    ("name", "published", "head", "stem"),
    [
        ("densenet169", 14_149_480, 1664 * 1000 + 1000, 64 * 49),
        ("resnet34", 21_797_672, 512 * 1000 + 1000, 64 * 49),
        ("efficientnet_b0", 5_288_548, 1280 * 1000 + 1000, 32 * 9),
    ],
)
def test_as_many_weights_as_published(name: str, published: int, head: int, stem: int) -> None:
    """The papers' networks for three colours and 1,000 classes, as torchvision counts them."""
    count = sum(parameter.numel() for parameter in build_backbone(name).parameters())
    # Two colours less in the first convolution.
    assert count == published - head - 2 * stem


def test_efficientnet_saves_no_memory_at_the_price_of_export() -> None:
    kinds = {type(module).__name__ for module in build_backbone("efficientnet_b0").modules()}
    assert "MemoryEfficientSwish" not in kinds
    assert "Swish" in kinds
