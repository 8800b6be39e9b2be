"""The masked autoencoder that a recipe asks for, and how its images are scaled."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from labelassemble.model.backbone import build_backbone
from labelassemble.model.input_scale import InputScale
from labelassemble.model.masked_autoencoder import MaskedAutoencoder
from labelassemble.settings import PretrainSettings


def build_autoencoder(settings: PretrainSettings) -> MaskedAutoencoder:
    """Build the network with its first weights, without touching the caller's random state.

    Raises:
        ModelError: no such backbone, or one that is no vision transformer.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return MaskedAutoencoder(
            build_backbone(settings.backbone, settings.input),
            settings.decoder_features,
            settings.decoder_layers,
            settings.normalise_patches,
        )


def own_scales(
    settings: PretrainSettings, sources: Sequence[str], scale: InputScale
) -> Float[np.ndarray, "images 2"] | None:
    """Offset and factor that give each image the mean and deviation of its source.

    What the encoder makes of ``offset + factor * grey`` is ``(grey - mean) / deviation`` with
    those of ``settings.input_by_source``.

    Args:
        settings: of the pre-training.
        sources: of each image.
        scale: how the encoder scales grey values from 0 to 1; of three channels the first counts.

    Returns:
        A row an image; None where no source has its own.

    Source: Xiao 2023, each set's own mean and deviation.
    """
    if not settings.input_by_source:
        return None
    mean, deviation = scale.grey_mean[0], scale.grey_deviation[0]
    rows = []
    for source in sources:
        own_mean, own_deviation = settings.input_by_source.get(source, (mean, deviation))
        factor = deviation / own_deviation
        rows.append((mean - factor * own_mean, factor))
    return np.array(rows, dtype=np.float64)
