"""The head of DoDNet: a controller is told the source and makes the weights of a small head."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from labelassemble.model.class_queries import check_classes
from labelassemble.model.source_shares import check_sources, source_shares
from labelassemble.types import Feature, Index, LogitMap

_GROUPS = 16
"""Groups of the norm before the feature map is narrowed; fewer where they do not divide it."""


class ControllerHead(nn.Module):
    """A controller makes the weights of a head from the pooled feature and the source's code.

    theta = phi(pool(f(x)) with e_s), with e_s the one-hot code of source s and phi one linear layer
    (a 1 x 1 convolution of one place). The head works on the feature map narrowed to few channels:
    norm, ReLU and a 1 x 1 convolution, which is how the paper's decoder ends. An image learns with
    the code of its own source.

    Predictions that are asked for without a source are the mean, before the sigmoid, over the
    sources that ``teaches`` names for the class, each asked in turn. It is a buffer, so a
    checkpoint holds it; until a training sets it, every source is asked.

    Args:
        classes: names, in the order of the predictions.
        sources: names, in the order of the codes.
        features: length of a feature vector.
        channels: of the narrowed map and of the head's inner layers; the paper has 8.

    Raises:
        ModelError: no class or no source, or one that is there twice.

    Paper: Zhang 2021, controller.
    """

    teaches: Bool[Tensor, "sources classes"]

    def __init__(
        self, classes: tuple[str, ...], sources: tuple[str, ...], features: int, channels: int
    ) -> None:
        super().__init__()
        check_classes(classes)
        check_sources(sources)
        self.classes, self.sources = classes, sources
        self.narrow = nn.Sequential(
            nn.GroupNorm(math.gcd(_GROUPS, features), features),
            nn.ReLU(),
            nn.Conv1d(features, channels, 1),
        )
        numbers = sum(weights + biases for weights, biases in _layers(channels, len(classes)))
        self.controller = nn.Linear(features + len(sources), numbers)
        self.register_buffer("teaches", torch.ones(len(sources), len(classes), dtype=torch.bool))

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map.

        Args:
            feature: f(x).
            source: number of the source that is asked for each image; none: the mean over those
                that teach the class.
        """
        places = feature[..., None].flatten(2)  # The axis is for features that are pooled already.
        pooled, narrow = places.mean(dim=2), self.narrow(places)
        code = torch.eye(len(self.sources), dtype=pooled.dtype, device=pooled.device)
        if source is None:
            logit = torch.zeros((), dtype=pooled.dtype, device=pooled.device)
            for one, share in zip(code, source_shares(self.teaches), strict=True):
                asked = self._ask(pooled, narrow, one.expand(pooled.shape[0], -1))
                logit = logit + share[:, None] * asked
        else:
            logit = self._ask(pooled, narrow, code[source])
        return logit.reshape(feature.shape[0], len(self.classes), *feature.shape[2:])

    def _ask(
        self,
        pooled: Float[Tensor, "batch features"],
        narrow: Float[Tensor, "batch channels places"],
        code: Float[Tensor, "batch sources"],
    ) -> Float[Tensor, "batch classes places"]:
        made = self.controller(torch.cat([pooled, code], dim=1))
        return dynamic_head(narrow, made, len(self.classes))


def dynamic_head(
    narrow: Float[Tensor, "batch channels places"],
    made: Float[Tensor, "batch numbers"],
    classes: int,
) -> Float[Tensor, "batch classes places"]:
    """Apply three stacked 1 x 1 convolutions whose weights were made for each image.

    h_1 = ReLU(w_1 * m + b_1), h_2 = ReLU(w_2 * h_1 + b_2), logit = w_3 * h_2 + b_3, where m is
    the narrowed feature map; h_1 and h_2 have as many channels as it.

    Args:
        narrow: m.
        made: one after the other w_1, b_1, w_2, b_2, w_3, b_3.
        classes: channels of the prediction.

    Returns:
        The prediction before the sigmoid.

    Paper: Zhang 2021, dynamic head. The paper's last layer has two channels, organ and tumour.
    """
    channels = narrow.shape[1]
    sizes = [size for layer in _layers(channels, classes) for size in layer]
    first, first_bias, second, second_bias, third, third_bias = torch.split(made, sizes, dim=1)

    def convolve(weight: Tensor, bias: Tensor, inner: Tensor) -> Tensor:
        return torch.baddbmm(bias[..., None], weight.reshape(made.shape[0], -1, channels), inner)

    inner = convolve(first, first_bias, narrow).relu()
    inner = convolve(second, second_bias, inner).relu()
    return convolve(third, third_bias, inner)


def _layers(channels: int, classes: int) -> tuple[tuple[int, int], ...]:
    """Numbers of weights and biases of each layer."""
    return tuple((size * channels, size) for size in (channels, channels, classes))
