"""The head of XProtoNet: where a disease shows, and how alike that is to prototypes of it."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from labelassemble.model.class_queries import check_classes
from labelassemble.types import Feature, Index, Logit, LogitMap

Occurrence = Float[Tensor, "batch classes prototypes places"]
"""M: how much of a disease's prototype shows at each place, in [0, 1]."""
Similarity = Float[Tensor, "batch classes prototypes"]
"""s: cosine of what shows on an image and a prototype, in [-1, 1]."""
_SMALLEST = 1e-8


class Described(NamedTuple):
    """What the head makes of images before it weighs it.

    Attributes:
        occurrence: M.
        vector: v, what shows where the occurrence says.
        similarity: s.
    """

    occurrence: Occurrence
    vector: Float[Tensor, "batch classes prototypes width"]
    similarity: Similarity


class PrototypeHead(nn.Module):
    """s_ck = cos(v_ck, p_ck), v_ck = sum_u M_ck[u] F[u]; z_c = sum_k w_ck s_ck.

    F and M are made of f(x) by two 1 x 1 convolutions each, with a ReLU between; M ends in a
    sigmoid. Prototypes of other classes do not count, and there is no bias. The prediction map is
    what each place adds to z, times the number of places: its mean is z.

    Args:
        classes: names, in the order of the predictions.
        features: length of a feature vector.
        prototypes: of each class.
        width: length of a prototype.

    Raises:
        ModelError: no class, or one that is there twice.

    Paper: Kim 2021, prototypes. The formulas are from re-implementations: the paper's own code is
    not published.
    """

    origin: Int[Tensor, "classes prototypes"]

    def __init__(
        self, classes: tuple[str, ...], features: int, prototypes: int = 3, width: int = 128
    ) -> None:
        super().__init__()
        check_classes(classes)
        self.classes, self.prototypes = classes, prototypes
        many = len(classes) * prototypes
        self.narrow = nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width))
        self.occur = nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, many))
        self.prototype = nn.Parameter(torch.rand(len(classes), prototypes, width))
        self.share = nn.Parameter(torch.ones(len(classes), prototypes))
        # Which training image a prototype is: its row in the labels; -1: none yet.
        self.register_buffer("origin", torch.full((len(classes), prototypes), -1))

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map, whatever the source."""
        places = _places(feature)
        found = self.describe(feature)
        length = found.vector.norm(dim=-1) * self.prototype.norm(dim=-1)
        alike = torch.einsum("bud,ckd->bcku", self.narrow(places), self.prototype)
        share = self.share / length.clamp(min=_SMALLEST)
        logit = torch.einsum("bck,bcku->bcu", share, found.occurrence * alike)
        dense: LogitMap = logit * places.shape[1]
        return dense.reshape(feature.shape[0], len(self.classes), *feature.shape[2:])

    def pool(self, feature: Feature) -> Logit:
        """Predict for every class of whole images."""
        return self.weigh(self.describe(feature).similarity)

    def weigh(self, similarity: Similarity) -> Logit:
        """Sum a class's similarities by their weights: z_c = sum_k w_ck s_ck."""
        return (self.share * similarity).sum(dim=2)

    def describe(self, feature: Feature) -> Described:
        """Find what shows of every prototype, and how alike it is."""
        places = _places(feature)
        occurrence = self.find_occurrence(feature)
        vector = torch.einsum("bcku,bud->bckd", occurrence, self.narrow(places))
        similarity = cosine_similarity(vector, self.prototype[None], dim=-1, eps=_SMALLEST)
        return Described(occurrence, vector, similarity)

    def find_occurrence(self, feature: Feature) -> Occurrence:
        """Find how much of every prototype shows at every place."""
        told: Tensor = self.occur(_places(feature)).sigmoid()
        shape = len(told), len(self.classes), self.prototypes, told.shape[1]
        return told.transpose(1, 2).reshape(shape)


def _places(feature: Feature) -> Float[Tensor, "batch places features"]:
    return feature[..., None].flatten(2).transpose(1, 2)
