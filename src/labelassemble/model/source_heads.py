"""The heads of Med3D: a shared feature extractor, and for every source a head of its own."""

import torch
from jaxtyping import Bool
from torch import Tensor, nn

from labelassemble.model.adapter import logit_map
from labelassemble.model.class_queries import check_classes
from labelassemble.model.source_shares import check_sources, source_shares
from labelassemble.types import Feature, Index, LogitMap


class SourceHeads(nn.Module):
    """One linear head a source: an image learns through the head of its own source alone.

    Predictions that are asked for without a source are the mean, before the sigmoid, over the heads
    of the sources that ``teaches`` names for the class. It is a buffer, so a checkpoint holds it;
    until a training sets it, every source is asked. A head whose source teaches nothing is asked
    for no class that another one teaches.

    Args:
        classes: names, in the order of the predictions.
        sources: names, in the order of the heads.
        features: length of a feature vector.

    Raises:
        ModelError: no class or no source, or one that is there twice.

    Paper: Chen 2019, one branch a dataset. Its branches are decoders, which segment; these are
    linear layers, which classify.
    """

    teaches: Bool[Tensor, "sources classes"]

    def __init__(self, classes: tuple[str, ...], sources: tuple[str, ...], features: int) -> None:
        super().__init__()
        check_classes(classes)
        check_sources(sources)
        self.classes, self.sources = classes, sources
        self.linear = nn.Linear(features, len(sources) * len(classes))
        self.register_buffer("teaches", torch.ones(len(sources), len(classes), dtype=torch.bool))

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map.

        Args:
            feature: f(x).
            source: number of the source whose head predicts for each image; none: the mean over
                those that teach the class.
        """
        bias = self.linear.bias.reshape(self.teaches.shape)
        weight = self.linear.weight.reshape(*self.teaches.shape, -1)
        if source is None:
            # The mean of linear predictions is the prediction of the mean weights.
            share = source_shares(self.teaches)
            mean = torch.einsum("sc,scf->cf", share, weight)
            return logit_map(feature, mean, (share * bias).sum(dim=0))
        places = feature[..., None].flatten(2)  # The axis is for features that are pooled already.
        logit = torch.baddbmm(bias[source][..., None], weight[source], places)
        return logit.reshape(feature.shape[0], len(self.classes), *feature.shape[2:])
