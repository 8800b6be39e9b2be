"""Class queries that look over the feature map by multi-head cross-attention."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from labelassemble.model.adapter import in_blocks
from labelassemble.model.class_queries import ClassQueries
from labelassemble.types import Feature, Index, Logit, LogitMap


class CrossAttentionHead(nn.Module):
    """h_c = LN(q_c + MHA(q_c; G, G)) and z_c = w_c . [h_c; g] + b_c, with G = W f and g its mean.

    The prediction map says for every place what the class would predict if it saw that place alone:
    the same formula with a map of one place, where the attention is 1.

    Args:
        queries: the class queries; their length is the width of the attention.
        features: length of a feature vector.
        heads: of the attention; they divide the queries' length.

    Source: Vaswani 2017, multi-head attention; Liu 2021, Query2Label, one query a class. The mean
    beside it is ours.
    """

    def __init__(self, queries: ClassQueries, features: int, heads: int = 4) -> None:
        super().__init__()
        width = queries.query.shape[1]
        self.queries, self.heads = queries, heads
        self.project = nn.Linear(features, width)
        self.ask, self.key, self.value, self.merge = (nn.Linear(width, width) for _ in range(4))
        self.norm = nn.LayerNorm(width)
        self.weight = nn.Parameter(torch.randn(len(queries.classes), 2 * width) * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(len(queries.classes)))

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the predictions."""
        return self.queries.classes

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class as if it saw each place alone, whatever the source."""
        places = self._project(feature)
        # One key: its softmax is 1, so what is attended to is its value.
        seen = self.merge(self.value(places))

        def logit(block: Tensor) -> Tensor:
            query, weight, bias = self._part(block)
            h = self.norm(query[:, None, None] + seen)
            return self._weigh(weight, bias, h, places)

        made = in_blocks(logit, self._by_class()).transpose(0, 1)
        return made.reshape(feature.shape[0], len(self.classes), *feature.shape[2:])

    def pool(self, feature: Feature) -> Logit:
        """Predict for every class, each with what its query found in the map."""
        places = self._project(feature)
        mean = places.mean(dim=1)
        key, value = (self._split(layer(places)) for layer in (self.key, self.value))

        def logit(block: Tensor) -> Tensor:
            query, weight, bias = self._part(block)
            asked = self.ask(query).reshape(len(query), self.heads, -1)
            match = torch.einsum("chd,bhpd->cbhp", asked, key) * asked.shape[-1] ** -0.5
            found = torch.einsum("cbhp,bhpd->cbhd", match.softmax(dim=-1), value).flatten(2)
            h = self.norm(query[:, None] + self.merge(found))
            return self._weigh(weight, bias, h, mean)

        return in_blocks(logit, self._by_class()).transpose(0, 1)

    def add_class(
        self, name: str, generator: Generator | None = None, start: str | None = None
    ) -> None:
        """Append a class: a query, and weights of its own that start at 0."""
        self.queries.add_class(name, generator, start)
        for own in ("weight", "bias"):
            old = getattr(self, own).detach()
            setattr(self, own, nn.Parameter(torch.cat([old, torch.zeros_like(old[:1])])))

    def _project(self, feature: Feature) -> Float[Tensor, "batch places width"]:
        made: Float[Tensor, "batch places width"] = self.project(
            feature[..., None].flatten(2).transpose(1, 2)
        )
        return made

    def _split(self, places: Tensor) -> Float[Tensor, "batch heads places width"]:
        return places.reshape(*places.shape[:2], self.heads, -1).transpose(1, 2)

    def _by_class(self) -> Float[Tensor, "classes numbers"]:
        return torch.cat([self.queries(), self.weight, self.bias[:, None]], dim=1)

    def _part(self, block: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        width = self.queries.query.shape[1]
        return block[:, :width], block[:, width:-1], block[:, -1]

    def _weigh(self, weight: Tensor, bias: Tensor, found: Tensor, mean: Tensor) -> Tensor:
        """w_c . [h_c; g] + b_c; `found` has a class more in front than `mean`."""
        own, shared = weight.chunk(2, dim=1)
        shape = (len(weight), *(1,) * (found.ndim - 2))
        logit = torch.einsum("c...d,cd->c...", found, own)
        return logit + torch.einsum("...d,cd->c...", mean, shared) + bias.reshape(shape)
