"""Where a network says that a class lies: by the regions that it proposes, or by its heat map."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import interpolate

from labelassemble.images.scale_grey import scale_grey
from labelassemble.model.network import Network
from labelassemble.model.region_head import Proposed, RegionHead
from labelassemble.model.saliency_head import SaliencyHead


@torch.inference_mode()
def locate_classes(
    network: Network, image: UInt8[np.ndarray, "images height width"]
) -> Float[np.ndarray, "images classes height width"]:
    """Give, for every class and pixel, how much speaks for the class there; only ranks count.

    Of a network that proposes regions: the sum of the scores of all regions that cover the pixel,
    times the sigmoid of the saliency. Of others the probability of the prediction map. Maps are
    interpolated to the image's size.

    Args:
        network: a trained network; it is put in evaluation mode.
        image: prepared images, as the store keeps them.

    Source: Hermoza 2020, localisation.
    """
    network.eval()
    device = next(network.parameters()).device
    grey = scale_grey(torch.from_numpy(np.ascontiguousarray(image)).to(device))
    sides = grey.shape[2:]
    head = network.head
    if not isinstance(head, SaliencyHead) or not isinstance(head.regions, RegionHead):
        logit = network(grey, dense=True)
        return _enlarge(logit, sides).sigmoid().cpu().numpy()
    inner, saliency = head.show(network.backbone(grey, whole=True))
    found = head.regions.proposals(inner, saliency)
    shown = cover_pixels(found, (int(sides[0]), int(sides[1])))
    return (shown * _enlarge(saliency, sides).sigmoid()).float().cpu().numpy()


def cover_pixels(
    found: Proposed, sides: tuple[int, int]
) -> Float[Tensor, "images classes height width"]:
    """Sum, at every pixel, the scores of all regions that cover it, from edge to rounded edge.

    Args:
        found: regions and their scores.
        sides: height and width in pixels.
    """
    height, width = sides
    box = (found.box * found.box.new_tensor([width, height, width, height])).round().long()
    left, top, right, low = box.flatten(0, 1).unbind(-1)
    score = found.score.flatten(0, 1).double()
    # Each region is four corners of a sum over all pixels above and to the left.
    corner = score.new_zeros(len(score), (height + 1) * (width + 1))
    for row, column, sign in ((top, left, 1), (top, right, -1), (low, left, -1), (low, right, 1)):
        corner.scatter_add_(1, row * (width + 1) + column, sign * score)
    summed = corner.view(-1, height + 1, width + 1).cumsum(1).cumsum(2)[:, :height, :width]
    return summed.view(*found.score.shape[:2], height, width).float()


def _enlarge(logit: Tensor, sides: torch.Size) -> Tensor:
    return interpolate(logit.float(), size=tuple(sides), mode="bilinear", align_corners=False)
