"""Backbone, head and pooling as one network."""

import math
from typing import Literal

from torch import Tensor, nn

from labelassemble.model.adapter import in_blocks
from labelassemble.model.backbone import Backbone
from labelassemble.model.controller_head import ControllerHead
from labelassemble.model.linear_head import LinearHead
from labelassemble.model.query_head import QueryHead
from labelassemble.model.source_heads import SourceHeads
from labelassemble.types import AnswerLogit, AnswerLogitMap, DenseImage, Index

Pooling = Literal["average", "max", "logsumexp"]
Head = QueryHead | LinearHead | SourceHeads | ControllerHead


class Network(nn.Module):
    """An image in, one answer per class out: pooled for diagnosis, dense on request.

    Args:
        backbone: f(x).
        head: answers at every place of f(x).
        pooling: from the answer map to one answer: the mean, the largest, or the logarithm of the
            mean exponential, which lies between.
    """

    def __init__(self, backbone: Backbone, head: Head, pooling: Pooling = "average") -> None:
        super().__init__()
        self.backbone, self.head, self.pooling = backbone, head, pooling

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the answers."""
        return self.head.classes

    def forward(
        self, image: DenseImage, dense: bool = False, source: Index | None = None
    ) -> AnswerLogit | AnswerLogitMap:
        """Answer before the sigmoid.

        Args:
            image: grey values in [0, 1]; a volume for an encoder-decoder that works on volumes.
            dense: give the answer map, one answer for every place of the feature map.
            source: number of each image's source, for heads that learn source by source; none:
                answer without knowing it. Other heads do not look at it.
        """
        answer: AnswerLogitMap = self.head(self.backbone(image), source)
        return answer if dense else pool_answers(answer, self.pooling)


def pool_answers(answer: AnswerLogitMap, pooling: Pooling) -> AnswerLogit:
    """Make one answer of each answer map, both before the sigmoid.

    Args:
        answer: the answer map.
        pooling: average: the mean; max: the largest; logsumexp: the logarithm of the mean
            exponential.
    """
    # In blocks of classes for the reason that `in_blocks` gives.
    return in_blocks(
        lambda block: _pool(block.flatten(2), pooling), answer.transpose(0, 1)
    ).transpose(0, 1)


def _pool(answer: Tensor, pooling: Pooling) -> Tensor:
    if pooling == "average":
        return answer.mean(dim=2)
    if pooling == "max":
        return answer.amax(dim=2)
    return answer.logsumexp(dim=2) - math.log(answer.shape[2])
