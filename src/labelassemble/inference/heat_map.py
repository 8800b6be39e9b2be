"""Where in the image each class's answer comes from."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
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
    network.eval()
    device = next(network.parameters()).device
    grey = torch.from_numpy(np.ascontiguousarray(image)).to(device)
    logit = network(grey[None, None].float() / 255.0, dense=True)
    large = functional.interpolate(logit, size=image.shape, mode="bilinear", align_corners=False)
    answer: Float[np.ndarray, "classes height width"] = torch.sigmoid(large[0]).cpu().numpy()
    return answer
