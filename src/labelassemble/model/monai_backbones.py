"""Convolutional backbones from MONAI, cut off before they pool.

MONAI is imported where a network is built: it takes 8 s, and other backbones do not need it. Every
builder gives the layers, which make a feature map of a grey image, and the length of its vectors.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from torch import nn

Layers = tuple[nn.Module, int]


def densenet121() -> Layers:
    """DenseNet-121 (Huang 2017), the paper's."""
    from monai.networks.nets.densenet import DenseNet121

    return _densenet(DenseNet121, 1024)


def densenet169() -> Layers:
    """DenseNet-169 (Huang 2017)."""
    from monai.networks.nets.densenet import DenseNet169

    return _densenet(DenseNet169, 1664)


def resnet18() -> Layers:
    """ResNet-18 (He 2016)."""
    from monai.networks.nets.resnet import resnet18

    return _resnet(resnet18, 512)


def resnet34() -> Layers:
    """ResNet-34 (He 2016)."""
    from monai.networks.nets.resnet import resnet34

    return _resnet(resnet34, 512)


def resnet50() -> Layers:
    """ResNet-50 (He 2016)."""
    from monai.networks.nets.resnet import resnet50

    return _resnet(resnet50, 2048)


def resnet101() -> Layers:
    """ResNet-101 (He 2016)."""
    from monai.networks.nets.resnet import resnet101

    return _resnet(resnet101, 2048)


def efficientnet(size: int) -> Layers:
    """EfficientNet-B0 to B7 (Tan and Le 2019), with the names of its published PyTorch weights."""
    from monai.networks.nets.efficientnet import EfficientNetBN

    name = f"efficientnet-b{size}"
    network: Any = EfficientNetBN(name, pretrained=False, spatial_dims=2, in_channels=1)
    # The activation that saves memory cannot be exported.
    network.set_swish(memory_efficient=False)
    blocks = nn.Sequential(*(block for stack in network._blocks for block in stack))
    parts: dict[str, Any] = {
        "_conv_stem_padding": network._conv_stem_padding,
        "_conv_stem": network._conv_stem,
        "_bn0": network._bn0,
        "_swish0": network._swish,
        "_blocks": blocks,
        "_conv_head_padding": network._conv_head_padding,
        "_conv_head": network._conv_head,
        "_bn1": network._bn1,
        "_swish1": network._swish,
    }
    return nn.Sequential(OrderedDict(parts)), network._conv_head.out_channels


def _densenet(build: Callable[..., Any], features: int) -> Layers:
    network = build(spatial_dims=2, in_channels=1, out_channels=1)
    # MONAI ends the features with a norm; the published network applies a ReLU before it pools.
    return nn.Sequential(network.features, nn.ReLU()), features


def _resnet(build: Callable[..., Any], features: int) -> Layers:
    # The published stem for images: stride 2, bias-free shortcuts by convolution (type B).
    network = build(
        pretrained=False,
        spatial_dims=2,
        n_input_channels=1,
        conv1_t_stride=2,
        shortcut_type="B",
        bias_downsample=False,
        feed_forward=False,
    )
    stem = ("conv1", "bn1", "act", "maxpool")
    names = [*stem, "layer1", "layer2", "layer3", "layer4"]
    parts: dict[str, Any] = {name: getattr(network, name) for name in names}
    return nn.Sequential(OrderedDict(parts)), features
