"""What published systems add to a backbone, once its weights are loaded."""

from labelassemble.model.backbone import Backbone
from labelassemble.model.feature_pyramid import PYRAMID_WIDTH, FeaturePyramid
from labelassemble.model.twin_backbone import TwinLayers


def add_pyramid(backbone: Backbone) -> None:
    """Let a DenseNet give the map of its pyramid.

    Raises:
        ModelError: another kind of backbone.
    """
    backbone.layers = FeaturePyramid(backbone.layers)
    backbone.features = PYRAMID_WIDTH


def add_twin(backbone: Backbone, other: Backbone) -> None:
    """Let a backbone give another one's feature map beside its own."""
    backbone.layers = TwinLayers(backbone.layers, other.layers)
    backbone.features += other.features
