"""Backbone, head and pooling as one network."""

from torch import nn

from labelassemble.model.backbone import Backbone
from labelassemble.model.controller_head import ControllerHead
from labelassemble.model.cross_attention_head import CrossAttentionHead
from labelassemble.model.linear_head import LinearHead
from labelassemble.model.mean_norm_head import MeanNormHead
from labelassemble.model.pooled_head import PooledHead
from labelassemble.model.pooling import ClassPooling
from labelassemble.model.private_heads import PrivateHeads
from labelassemble.model.product_head import ProductHead
from labelassemble.model.prototype_head import PrototypeHead
from labelassemble.model.query_head import QueryHead
from labelassemble.model.saliency_head import SaliencyHead
from labelassemble.model.source_heads import SourceHeads
from labelassemble.settings import Pooling
from labelassemble.types import DenseImage, Feature, Index, Logit, LogitMap

Head = (
    QueryHead
    | LinearHead
    | SourceHeads
    | ControllerHead
    | CrossAttentionHead
    | MeanNormHead
    | PrivateHeads
    | SaliencyHead
    | PrototypeHead
    | ProductHead
)


class Network(nn.Module):
    """An image in, one prediction per class out: pooled for diagnosis, dense on request.

    Args:
        backbone: f(x).
        head: predictions at every place of f(x).
        pooling: from the prediction map to one prediction; heads that pool by themselves
            (``PooledHead``) do without.
    """

    def __init__(self, backbone: Backbone, head: Head, pooling: Pooling = "average") -> None:
        super().__init__()
        self.backbone, self.head = backbone, head
        pools = isinstance(head, PooledHead)
        self.pooling = None if pools else ClassPooling(pooling, len(head.classes))

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the predictions."""
        return self.head.classes

    def forward(
        self, image: DenseImage, dense: bool = False, source: Index | None = None
    ) -> Logit | LogitMap:
        """Predict before the sigmoid.

        Args:
            image: grey values in [0, 1]; a volume for an encoder-decoder that works on volumes.
            dense: give the prediction map, one prediction for every place of the feature map,
                which then covers the whole image.
            source: number of each image's source, for heads that learn source by source; none:
                prediction without knowing it. Other heads do not look at it.
        """
        feature = self.backbone(image, whole=True) if dense else self.backbone(image)
        return self.predict_feature(feature, dense, source)

    def predict_feature(
        self, feature: Feature, dense: bool = False, source: Index | None = None
    ) -> Logit | LogitMap:
        """Predict before the sigmoid, from what the backbone made of images.

        Args:
            feature: f(x).
            dense, source: as in ``forward``.
        """
        if not dense and isinstance(self.head, PooledHead):
            return self.head.pool(feature)
        logit: LogitMap = self.head(feature, source)
        if dense or self.pooling is None:
            return logit
        pooled: Logit = self.pooling(logit)
        return pooled
