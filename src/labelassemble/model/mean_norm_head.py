"""The head of a fine-tuned masked autoencoder: mean over the patches, norm, linear layer."""

from torch import Tensor, nn

from labelassemble.model.class_queries import check_classes
from labelassemble.types import Feature, Index, Logit, LogitMap

FIRST_DEVIATION = 2e-5
"""Standard deviation of the first weights. Source: Xiao 2023."""


class MeanNormHead(nn.Module):
    """z = V LayerNorm(mean_u f_u) + b, where f_u are the patches after the last block.

    The encoder's own last norm is not applied (``drop_last_norm``). The prediction map asks the
    same of every place by itself.

    Args:
        classes: names, in the order of the predictions.
        features: length of a feature vector.

    Raises:
        ModelError: no class, or one that is there twice.

    Paper: Xiao 2023, fine-tuning head.
    """

    def __init__(self, classes: tuple[str, ...], features: int) -> None:
        super().__init__()
        check_classes(classes)
        self.classes = classes
        self.norm = nn.LayerNorm(features, eps=1e-6)
        self.linear = nn.Linear(features, len(classes))
        nn.init.trunc_normal_(self.linear.weight, std=FIRST_DEVIATION)
        nn.init.zeros_(self.linear.bias)

    def forward(self, feature: Feature, source: Index | None = None) -> LogitMap:
        """Predict for every class at every place of the feature map, whatever the source."""
        places = feature.flatten(2).transpose(1, 2) if feature.ndim > 2 else feature[:, None]
        logit: Tensor = self.linear(self.norm(places)).transpose(1, 2)
        return logit.reshape(feature.shape[0], len(self.classes), *feature.shape[2:])

    def pool(self, feature: Feature) -> Logit:
        """Predict for every class from the mean over places."""
        mean = feature[..., None].flatten(2).mean(dim=2)
        logit: Logit = self.linear(self.norm(mean))
        return logit
