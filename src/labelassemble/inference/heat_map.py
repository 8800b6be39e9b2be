"""Where in the image each class's answer comes from."""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torch.nn import functional

from labelassemble.model.network import Network


@torch.inference_mode()
def answer_heat_map(
    network: Network, image: UInt8[np.ndarray, "height width"]
) -> Float[np.ndarray, "classes height width"]:
    """Give the dense answer of every class, scaled up to the image.

    The network answers at every place of its feature map before it pools; those logits are
    interpolated (bilinear) and made probabilities. With average pooling their mean is the logit of
    the pooled answer, so a map shows what the answer is made of, not what caused it.

    Args:
        network: a trained network; it is put in evaluation mode.
        image: a prepared picture (``prepare_radiograph``, or a row of the store).

    Returns:
        Probabilities in [0, 1], float32, one map per class of ``network.classes``.

    Source: Kang 2023, answer, before pooling.
    """
    large = _dense_logits(network, image[None])
    answer: Float[np.ndarray, "classes height width"] = torch.sigmoid(large[0]).cpu().numpy()
    return answer


@torch.inference_mode()
def find_peaks(
    network: Network, image: UInt8[np.ndarray, "images height width"]
) -> Int[np.ndarray, "images classes 2"]:
    """Give row and column of the highest dense answer of every class, as ``answer_heat_map`` draws.

    Where several pixels are the highest, as at an edge of the picture, which is flat up to the
    outermost place of the feature map, the pixel in their middle.

    Args:
        network: a trained network; it is put in evaluation mode.
        image: prepared pictures.
    """
    large = _dense_logits(network, image)
    highest = (large == large.amax(dim=(2, 3), keepdim=True)).double()
    count = highest.sum(dim=(2, 3))
    places = []
    for axis, side in ((3, image.shape[1]), (2, image.shape[2])):
        along = torch.arange(side, dtype=torch.float64, device=large.device)
        places.append((highest.sum(dim=axis) * along).sum(dim=2) / count)
    peaks: Int[np.ndarray, "images classes 2"] = (
        torch.stack(places, dim=2).floor().long().cpu().numpy()
    )
    return peaks


def _dense_logits(network: Network, image: UInt8[np.ndarray, "images height width"]) -> Tensor:
    """Logits of every class at the images' size."""
    network.eval()
    device = next(network.parameters()).device
    grey = torch.from_numpy(np.ascontiguousarray(image)).to(device)
    logit = network(grey[:, None].float() / 255.0, dense=True)
    size = list(image.shape[1:])
    return functional.interpolate(logit, size=size, mode="bilinear", align_corners=False)
