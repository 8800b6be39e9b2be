"""The feature extractors f(x), by name."""

from collections import OrderedDict
from collections.abc import Callable

from torch import nn

from labelassemble.errors import ModelError, unknown_name
from labelassemble.model.small_backbone import SmallBackbone
from labelassemble.types import Feature, Image


class Backbone(nn.Module):
    """A grey image in, a feature map out.

    Args:
        layers: makes ``batch features height width`` of ``batch 1 height width``.
        features: length of a feature vector.
    """

    MEAN, DEVIATION = 0.5, 0.25
    """Grey values are centred with these, so that callers give images in [0, 1] as they are."""

    def __init__(self, layers: nn.Module, features: int) -> None:
        super().__init__()
        self.layers, self.features = layers, features

    def forward(self, image: Image) -> Feature:
        """Compute the feature map f(x); any height and width of 32 or more."""
        feature: Feature = self.layers((image - self.MEAN) / self.DEVIATION)
        return feature


def build_backbone(name: str) -> Backbone:
    """Build a backbone with random weights.

    Raises:
        ModelError: no such backbone; lists those there are.
    """
    if name not in BACKBONES:
        raise ModelError(
            "a backbone that labelassemble knows",
            unknown_name("backbone", name, BACKBONES),
            "Set model.backbone to one of them",
        )
    return BACKBONES[name]()


def _small() -> Backbone:
    return Backbone(SmallBackbone(), SmallBackbone.features)


def _densenet121() -> Backbone:
    # Imported here: MONAI takes 8 s to import, and the small network does not need it.
    from monai.networks.nets.densenet import DenseNet121

    network = DenseNet121(spatial_dims=2, in_channels=1, out_channels=1)
    # MONAI ends the features with a norm; the published network applies a ReLU before it pools.
    return Backbone(nn.Sequential(network.features, nn.ReLU()), 1024)


def _resnet18() -> Backbone:
    from monai.networks.nets.resnet import resnet18

    return _resnet(resnet18, 512)


def _resnet50() -> Backbone:
    from monai.networks.nets.resnet import resnet50

    return _resnet(resnet50, 2048)


def _resnet(build: Callable[..., nn.Module], features: int) -> Backbone:
    # The published stem for pictures: stride 2, bias-free shortcuts by convolution (type B).
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
    parts = {name: getattr(network, name) for name in names}
    return Backbone(nn.Sequential(OrderedDict(parts)), features)


BACKBONES: dict[str, Callable[[], Backbone]] = {
    "densenet121": _densenet121,
    "resnet18": _resnet18,
    "resnet50": _resnet50,
    "small": _small,
}
"""Every backbone: name to builder. The paper's is densenet121."""
