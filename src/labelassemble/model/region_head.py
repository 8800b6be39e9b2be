"""The second stage of Hermoza 2020: regions that are proposed, one a class that is looked at."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labelassemble.model.region_boxes import choose_boxes, make_anchors, move_boxes
from labelassemble.model.region_samples import crop_glimpses, read_regions
from labelassemble.types import Image, Logit, LogitMap

HIDDEN, CROP_HIDDEN = 64, 512
"""Features of a region, and of a crop between its two linear layers. Source: Hermoza 2020."""
_DROPOUT = 0.5


class Proposed(NamedTuple):
    """The regions of every class.

    Attributes:
        score: how likely each shows the class.
        box: r, where it was moved: left, top, right, lower edge, in parts of the image's sides.
    """

    score: Float[Tensor, "batch classes boxes"]
    box: Float[Tensor, "batch classes boxes 4"]


class RegionProposals(nn.Module):
    """score_nc = u . h_nc, delta_nc = V h_nc + v, h = max over 5 x 5 of ReLU(conv 3 x 3(f_nc)).

    f_nc is what the inner map A_c shows within anchor n, times the sigmoid of what the saliency S_c
    does. Weights are shared by all classes and anchors.

    Args:
        features: of A_c.

    Paper: Hermoza 2020, proposals.
    """

    anchor: Float[Tensor, "boxes 4"]

    def __init__(self, features: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(features, HIDDEN, 3, padding=1)
        self.score = nn.Linear(HIDDEN, 1, bias=False)
        self.shift = nn.Linear(HIDDEN, 4)
        nn.init.normal_(self.score.weight, 0.01, 0.01)
        nn.init.zeros_(self.shift.weight)
        nn.init.zeros_(self.shift.bias)
        self.register_buffer("anchor", make_anchors(), persistent=False)

    def forward(
        self, inner: Float[Tensor, "batch classes features height width"], saliency: LogitMap
    ) -> Proposed:
        """Score and move every anchor for every class.

        Args:
            inner: A.
            saliency: S, before the sigmoid.
        """
        found = [self._look(own, saliency[:, [place]]) for place, own in enumerate(inner.unbind(1))]
        hidden = torch.stack(found, dim=1)
        return Proposed(self.score(hidden)[..., 0], move_boxes(self.anchor, self.shift(hidden)))

    def _look(self, inner: Tensor, saliency: Tensor) -> Float[Tensor, "batch boxes hidden"]:
        """Describe every anchor for one class."""
        shown = read_regions(inner, self.anchor) * read_regions(saliency, self.anchor).sigmoid()
        hidden: Tensor = self.look(shown.flatten(0, 1)).relu().amax(dim=(2, 3))
        return hidden.view(len(inner), len(self.anchor), -1)


class RegionHead(nn.Module):
    """z'_c = MLP_c(max and mean of g(crop_c(x))) + z_c, of the region chosen for class c.

    Args:
        classes: how many.
        features: of the inner maps.
        body: g, which looks at crops, grey values in [0, 1].
        seen: features of its map.

    Paper: Hermoza 2020, crop classifier.
    """

    def __init__(self, classes: int, features: int, body: nn.Module, seen: int) -> None:
        super().__init__()
        self.proposals, self.body = RegionProposals(features), body
        self.heads = nn.ModuleList(_private(2 * seen) for _ in range(classes))

    def forward(
        self,
        image: Image,
        inner: Float[Tensor, "batch classes features rows columns"],
        saliency: LogitMap,
        noise: Float[Tensor, "batch classes boxes"] | None = None,
    ) -> Logit:
        """Give what crops add to the predictions of whole images, before the sigmoid.

        Args:
            image: grey values in [0, 1].
            inner: A.
            saliency: S, which learns nothing from this.
            noise: of ``choose_boxes``.
        """
        found = self.proposals(inner, saliency.detach())
        box = choose_boxes(found.score, found.box, noise)
        crop = crop_glimpses(image, box.float())
        feature = self.body(crop.flatten(0, 1)[:, None])
        seen = torch.cat([feature.amax(dim=(2, 3)), feature.mean(dim=(2, 3))], dim=1)
        seen = seen.view(*crop.shape[:2], -1)
        told = [head(seen[:, place]) for place, head in enumerate(self.heads)]
        return torch.cat(told, dim=1)


def _private(features: int) -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm1d(features),
        nn.Dropout(_DROPOUT),
        nn.Linear(features, CROP_HIDDEN),
        nn.ReLU(),
        nn.BatchNorm1d(CROP_HIDDEN),
        nn.Dropout(_DROPOUT),
        nn.Linear(CROP_HIDDEN, 1),
    )
