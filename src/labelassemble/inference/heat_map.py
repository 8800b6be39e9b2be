"""Where in the image each class's prediction comes from."""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torch.nn import functional

from labelassemble.images.scale_grey import scale_grey
from labelassemble.model.network import Network


@torch.inference_mode()
def predict_heat_map(
    network: Network, image: UInt8[np.ndarray, "height width"]
) -> Float[np.ndarray, "classes height width"]:
    """Give the dense prediction of every class, scaled up to the image.

    The network predicts at every place of its feature map before it pools; those logits are
    interpolated (bilinear) and made probabilities. With average pooling their mean is the logit of
    the pooled prediction, so a map shows what the prediction is made of, not what caused it.

    Args:
        network: a trained network; it is put in evaluation mode.
        image: a prepared image (``prepare_radiograph``, or a row of the store).

    Returns:
        Probabilities in [0, 1], float32, one map per class of ``network.classes``.

    Source: Kang 2023, prediction, before pooling.
    """
    logit = _dense_logits(network, image[None])
    large = functional.interpolate(logit, size=image.shape, mode="bilinear", align_corners=False)
    probability: Float[np.ndarray, "classes height width"] = torch.sigmoid(large[0]).cpu().numpy()
    return probability


@torch.inference_mode()
def find_peaks(
    network: Network, image: UInt8[np.ndarray, "images height width"]
) -> Int[np.ndarray, "images classes 2"]:
    """Give the pixel of the highest dense prediction of every class: the middle of its place.

    Interpolated maps, as ``predict_heat_map`` draws them, are nowhere higher than in the middle of
    a place of the feature map; beyond the outermost places they are flat.

    Args:
        network: a trained network; it is put in evaluation mode.
        image: prepared images.

    Returns:
        Row and column.
    """
    logit = _dense_logits(network, image)
    height, width = logit.shape[2:]
    best = logit.flatten(2).argmax(dim=2).cpu().numpy()
    place = np.stack(np.divmod(best, width), axis=2)
    side = np.array(image.shape[1:]) / (height, width)
    return np.asarray(np.floor((place + 0.5) * side), dtype=np.int64)


def _dense_logits(network: Network, image: UInt8[np.ndarray, "images height width"]) -> Tensor:
    """Logits of every class at every place of the feature map."""
    network.eval()
    device = next(network.parameters()).device
    stored = torch.from_numpy(np.ascontiguousarray(image)).to(device)
    logit: Tensor = network(scale_grey(stored), dense=True)
    return logit
