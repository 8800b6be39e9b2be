"""Convolutional backbones from MONAI, cut off before they pool.

MONAI is imported where a network is built: it takes 8 s, and other backbones do not need it. Every
builder takes the channels of an image, 1 or 3, and gives the layers, which make a feature map of
it, and the length of its vectors.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from torch import nn

Layers = tuple[nn.Module, int]

LITE0_BLOCKS = (
    "r1_k3_s11_e1_i32_o16",
    "r2_k3_s22_e6_i16_o24",
    "r2_k5_s22_e6_i24_o40",
    "r3_k3_s22_e6_i40_o80",
    "r3_k5_s11_e6_i80_o112",
    "r4_k5_s22_e6_i112_o192",
    "r1_k3_s11_e6_i192_o320",
)
"""Of EfficientNet-Lite0: repeats, kernel, stride, expansion, channels in and out."""


def densenet121(channels: int) -> Layers:
    """DenseNet-121 (Huang 2017), the paper's."""
    from monai.networks.nets.densenet import DenseNet121

    return _densenet(DenseNet121, 1024, channels)


def densenet169(channels: int) -> Layers:
    """DenseNet-169 (Huang 2017)."""
    from monai.networks.nets.densenet import DenseNet169

    return _densenet(DenseNet169, 1664, channels)


def resnet18(channels: int) -> Layers:
    """ResNet-18 (He 2016)."""
    from monai.networks.nets.resnet import resnet18

    return _resnet(resnet18, 512, channels)


def resnet34(channels: int) -> Layers:
    """ResNet-34 (He 2016)."""
    from monai.networks.nets.resnet import resnet34

    return _resnet(resnet34, 512, channels)


def resnet50(channels: int) -> Layers:
    """ResNet-50 (He 2016)."""
    from monai.networks.nets.resnet import resnet50

    return _resnet(resnet50, 2048, channels)


def resnet101(channels: int) -> Layers:
    """ResNet-101 (He 2016)."""
    from monai.networks.nets.resnet import resnet101

    return _resnet(resnet101, 2048, channels)


def efficientnet(size: int, channels: int) -> Layers:
    """EfficientNet-B0 to B7 (Tan and Le 2019), with the names of its published PyTorch weights."""
    from monai.networks.nets.efficientnet import EfficientNetBN

    name = f"efficientnet-b{size}"
    network: Any = EfficientNetBN(name, pretrained=False, spatial_dims=2, in_channels=channels)
    # The activation that saves memory cannot be exported.
    network.set_swish(memory_efficient=False)
    return _mobile(network)


def efficientnet_lite0(channels: int) -> Layers:
    """EfficientNet-Lite0 (Google 2020): B0 without squeeze and excitation, ReLU6 for swish."""
    from monai.networks.nets.efficientnet import EfficientNet

    network: Any = EfficientNet(list(LITE0_BLOCKS), spatial_dims=2, in_channels=channels)
    for module in network.modules():
        if hasattr(module, "_swish"):
            module._swish = nn.ReLU6(inplace=True)
    return _mobile(network)


def _mobile(network: Any) -> Layers:
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


def _densenet(build: Callable[..., Any], features: int, channels: int) -> Layers:
    network = build(spatial_dims=2, in_channels=channels, out_channels=1)
    # MONAI ends the features with a norm; the published network applies a ReLU before it pools.
    return nn.Sequential(network.features, nn.ReLU()), features


def _resnet(build: Callable[..., Any], features: int, channels: int) -> Layers:
    # The published stem for images: stride 2, bias-free shortcuts by convolution (type B).
    network = build(
        pretrained=False,
        spatial_dims=2,
        n_input_channels=channels,
        conv1_t_stride=2,
        shortcut_type="B",
        bias_downsample=False,
        feed_forward=False,
    )
    stem = ("conv1", "bn1", "act", "maxpool")
    names = [*stem, "layer1", "layer2", "layer3", "layer4"]
    parts: dict[str, Any] = {name: getattr(network, name) for name in names}
    return nn.Sequential(OrderedDict(parts)), features
