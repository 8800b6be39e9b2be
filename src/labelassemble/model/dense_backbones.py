"""Encoder-decoders by name: an image in, a feature vector for every pixel or voxel out."""

from collections.abc import Callable
from typing import Any

from torch import nn

from labelassemble.errors import ModelError, unknown_name
from labelassemble.model.backbone import Backbone
from labelassemble.model.small_unet import SmallUnet, pad_to_multiple
from labelassemble.types import DenseImage, Feature


class DenseBackbone(Backbone):
    """A grey image or volume in, a feature map of the same sides out.

    Args:
        layers: makes ``batch features *space`` of ``batch 1 *space``.
        features: length of a feature vector.
        multiple: what the layers need sides to be multiples of. Others are padded with their last
            voxels, and the feature map is cut back.
    """

    def __init__(self, layers: nn.Module, features: int, multiple: int) -> None:
        super().__init__(layers, features)
        self.multiple = multiple

    def forward(self, image: DenseImage, whole: bool = True) -> Feature:
        """Compute the feature map f(x) at full resolution; any sides, always of the whole."""
        padded = pad_to_multiple(self.scale_input(image), self.multiple)
        feature: Feature = self.layers(padded)
        for axis, side in enumerate(image.shape[2:], start=2):
            feature = feature.narrow(axis, 0, side)
        return feature

    def scale_input(self, image: DenseImage) -> DenseImage:
        """Scale grey values as the weights want them."""
        scaled: DenseImage = (image - self.mean) / self.deviation
        return scaled


def build_dense_backbone(name: str, dimensions: int, width: int, levels: int) -> DenseBackbone:
    """Build an encoder-decoder with random weights.

    Args:
        name: one of ``DENSE_BACKBONES``.
        dimensions: 2 or 3.
        width: channels at full resolution; the length of a feature vector.
        levels: resolutions, each half the one above.

    Raises:
        ModelError: no such network (lists those there are), or a width that it cannot have.
    """
    if name not in DENSE_BACKBONES:
        raise ModelError(
            "an encoder-decoder that labelassemble knows",
            unknown_name("network", name, DENSE_BACKBONES),
            "Set detection.network to one of them",
        )
    layers = DENSE_BACKBONES[name](dimensions, width, levels)
    return DenseBackbone(layers, width, 2 ** (levels - 1))


def unet_small(dimensions: int, width: int, levels: int) -> nn.Module:
    """U-Net (Ronneberger 2015), ours: light, and there at once."""
    return SmallUnet(dimensions, width, levels)


def segresnet(dimensions: int, width: int, levels: int) -> nn.Module:
    """SegResNet (Myronenko 2018), MONAI's: blocks as published, one more at the lowest level.

    Raises:
        ModelError: a width that its norm's groups do not divide.
    """
    # Only here: MONAI takes 8 s to import.
    from monai.networks.nets.segresnet import SegResNet

    if width % SEGRESNET_GROUPS:
        raise ModelError(
            f"a width for segresnet that is a multiple of {SEGRESNET_GROUPS}",
            f"detection.width = {width}",
            "Fix detection.width, or take another detection.network",
        )
    down = (1, *(2,) * (levels - 2), 4)
    network: Any = SegResNet(
        spatial_dims=dimensions,
        init_filters=width,
        blocks_down=down,
        blocks_up=(1,) * (levels - 1),
        use_conv_final=False,
    )
    # Its last layer makes classes; the head does that here.
    network.conv_final = nn.Identity()
    return nn.Sequential(network, nn.GroupNorm(SEGRESNET_GROUPS, width), nn.ReLU())


def dynunet(dimensions: int, width: int, levels: int) -> nn.Module:
    """DynUNet, MONAI's form of nnU-Net's network (Isensee 2021); at most 320 channels a level."""
    from monai.networks.nets.dynunet import DynUNet

    network: Any = DynUNet(
        spatial_dims=dimensions,
        in_channels=1,
        out_channels=1,
        kernel_size=[3] * levels,
        strides=[1, *[2] * (levels - 1)],
        upsample_kernel_size=[2] * (levels - 1),
        filters=[min(width * 2**level, max(width, MAX_CHANNELS)) for level in range(levels)],
    )
    network.output_block = nn.Identity()
    return network  # type: ignore[no-any-return]


SEGRESNET_GROUPS = 8
"""Groups of its norms; as published."""

MAX_CHANNELS = 320
"""Channels of a level in nnU-Net's 3-D networks, whatever its depth."""

DENSE_BACKBONES: dict[str, Callable[[int, int, int], nn.Module]] = {
    "unet_small": unet_small,
    "segresnet": segresnet,
    "dynunet": dynunet,
}
"""Every encoder-decoder: name to what builds its layers of dimensions, width and levels."""
