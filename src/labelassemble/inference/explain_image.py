"""What a network says of one image, and what that is made of."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn import functional

from labelassemble.files.open_file import read_file
from labelassemble.files.read_image import decode_image
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.inference.coherent import make_coherent
from labelassemble.inference.pool_map import pool_whole
from labelassemble.inference.predictor import Predictor, describe_seen

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
    """
    data = read_file(path)
    header = predictor.check_header(data, path)
    return explain_grey(predictor, decode_image(data, path), header)


def explain_grey(
    predictor: Predictor,
    grey: Float[np.ndarray, "height width"],
    header: str | None,
    map_side: int = MAP_SIDE,
    shown_side: int = SHOWN_SIDE,
) -> ExplainedImage:
    """Predict for one image that is decoded, and keep what the prediction is made of.

    Args:
        predictor: of a run that predicts whole images.
        grey: in [0, 1], as ``read_image`` gives it.
        header: what of its DICOM header is unlike training images (``Predictor.check_header``).
        map_side: most pixels of a side of a map.
        shown_side: most pixels of a side of the image that is shown, which has at least as many as
            the network sees.

    Source: maps: Kang 2023, prediction, before pooling.
    """
    settings = predictor.description.images
    size, prepared = settings.size, predictor.prepare_grey(grey, header)
    seen = predictor.look_at_prepared([prepared])
    (prediction,) = describe_seen(seen, [prepared])
    member = predictor.members[0]
    logit = member.map_logits(prepared.forms[0][None], seen.feature)
    shown = max(size, min(shown_side, max(grey.shape)))
    return ExplainedImage(
        image=prepare_radiograph(grey, shown, settings.fit),
        probability=prediction.probability,
        unlike=prediction.unlike,
        distance=None if member.unlike is None else float(member.measure(seen.feature)[0]),
        feature=pool_whole(seen.feature)[0],
        grey=grey,
        maps=_make_maps(predictor, logit, min(size, map_side)),
    )


def _make_maps(
    predictor: Predictor, logit: torch.Tensor, side: int
) -> Float[np.ndarray, "classes map_side map_side"]:
    large = functional.interpolate(logit, (side, side), mode="bilinear", align_corners=False)[0]
    places = large.double().sigmoid().flatten(1).T.cpu().numpy()
    coherent = make_coherent(places, predictor.classes, predictor.implied or {})
    maps: Float[np.ndarray, "classes map_side map_side"] = coherent.T.reshape(-1, side, side)
    return maps
