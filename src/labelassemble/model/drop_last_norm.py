"""The last normalisation of a transformer, taken out."""

from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import Backbone
from labelassemble.model.vision_transformer import VisionTransformer


def drop_last_norm(backbone: Backbone) -> None:
    """Let a vision transformer give its patches as they leave the last block.

    A convolutional network without such a norm stays as it is.

    Raises:
        ModelError: another kind of transformer, or another network that ends in a norm of places.
    """
    if not any(isinstance(part, nn.LayerNorm) for part in backbone.layers.modules()):
        return
    if not isinstance(backbone.layers, VisionTransformer):
        raise ModelError(
            "a vision transformer (vit_ti16, vit_s16, vit_b16) for the method medical-mae",
            f"a {type(backbone.layers).__name__}",
            "Set model.backbone to one of them",
        )
    backbone.layers.norm = nn.Identity()  # type: ignore[assignment]
