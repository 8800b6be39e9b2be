"""What a network says of one image, and what that is made of."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn import functional

from labelassemble.errors import ImageError
from labelassemble.files.open_file import read_file
from labelassemble.files.read_image import decode_image
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.images.scale_grey import scale_grey
from labelassemble.inference.coherent import make_coherent
from labelassemble.inference.pool_map import pool_whole
from labelassemble.inference.predictor import Predictor

SHOWN_SIDE = 640
"""Most pixels of a side of the image that is shown."""

MAP_SIDE = 256
"""Most pixels of a side of a map: it is smooth, and the file small."""


class ExplainedImage(NamedTuple):
    """What a network says of one image.

    Attributes:
        image: as the network is shown it, cut or padded, but with more pixels where there are some.
        probability: of every class, as `predict` gives it.
        unlike: as ``predictor.Prediction``.
        distance: from the training images (``UnlikeStatistics.measure``); None: the run does not
            tell.
        feature: ``pooled_features``.
        grey: the image as its file has it, in [0, 1].
        maps: probability of every class at every place, before pooling, none lower than that of a
            class that implies it.
    """

    image: UInt8[np.ndarray, "side side"]
    probability: Float[np.ndarray, " classes"]
    unlike: str
    distance: float | None
    feature: Float[np.ndarray, " features"]
    grey: Float[np.ndarray, "height width"]
    maps: Float[np.ndarray, "classes map_side map_side"]


def explain_image(predictor: Predictor, path: Path) -> ExplainedImage:
    """Predict for one image file, and keep what the prediction is made of.

    Args:
        predictor: of a run that predicts whole images.
        path: of the file.

    Raises:
        ImageError: the file is missing, empty, truncated or carries no image.

    Source: maps: Kang 2023, prediction, before pooling.
    """
    prediction = next(predictor.predict_batches([path], workers=1))[0]
    if isinstance(prediction, ImageError):
        raise prediction
    grey, settings = decode_image(read_file(path), path), predictor.description.images
    size = settings.size
    shown = max(size, min(SHOWN_SIDE, max(grey.shape)))
    feature, logit = _look(predictor, prepare_radiograph(grey, size, settings.fit))
    member = predictor.members[0]
    return ExplainedImage(
        image=prepare_radiograph(grey, shown, settings.fit),
        probability=prediction.probability,
        unlike=prediction.unlike,
        distance=None if member.unlike is None else float(member.measure(feature)[0]),
        feature=pool_whole(feature)[0],
        grey=grey,
        maps=_make_maps(predictor, logit, min(size, MAP_SIDE)),
    )


@torch.inference_mode()
def _look(
    predictor: Predictor, image: UInt8[np.ndarray, "size size"]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Feature map, and logits at every place of it."""
    network = predictor.network
    grey = scale_grey(torch.from_numpy(image[None]).to(next(network.parameters()).device))
    # Two passes: some backbones see a part of the image unless they are asked for a map of it all.
    return network.backbone(grey), network(grey, dense=True)


def _make_maps(
    predictor: Predictor, logit: torch.Tensor, side: int
) -> Float[np.ndarray, "classes map_side map_side"]:
    large = functional.interpolate(logit, (side, side), mode="bilinear", align_corners=False)[0]
    places = large.double().sigmoid().flatten(1).T.cpu().numpy()
    coherent = make_coherent(places, predictor.classes, predictor.implied or {})
    maps: Float[np.ndarray, "classes map_side map_side"] = coherent.T.reshape(-1, side, side)
    return maps
