"""A volume of any size in, one answer per class and voxel out, all classes in one pass.

Windows go along the first axis last. As soon as no later window reaches a layer, the layer is
finished and leaves the device, so that what is held there is as thick as one window, whatever the
volume's length.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from labelassemble.errors import SettingsError

Predict = Callable[[Float[Tensor, "batch 1 *patch"]], Float[Tensor, "batch classes *patch"]]
"""Answers for patches, at their own size."""

SIGMA_SHARE = 0.125
"""Standard deviation of the importance, as a share of the window's side. Source: nnU-Net."""

LEAST_IMPORTANCE = 1e-3
"""No voxel of a window counts less than this. Source: MONAI's sliding window."""


def sliding_window(
    predict: Predict,
    image: Shaped[np.ndarray, "*space"] | Shaped[Tensor, "*space"],
    classes: int,
    patch: Sequence[int],
    overlap: float = 0.5,
    batch: int = 4,
    device: torch.device | str = "cpu",
    out: Float[np.ndarray, "classes *space"] | None = None,
) -> Float[np.ndarray, "classes *space"]:
    """Answer a whole image, in 2-D or 3-D, with a network that knows patches.

    A voxel's answer is the mean of the answers of all windows that hold it, weighed by a Gaussian
    around each window's middle. An image smaller than a window is padded with 0 on both sides.

    Args:
        predict: from patches to answers. Give it answers, not logits: they are averaged.
        image: grey values, in memory or mapped.
        classes: of the answers.
        patch: the windows' size.
        overlap: share of a side by which neighbouring windows overlap, from 0 and below 1.
        batch: windows a call.
        device: where predict works and where sums are kept.
        out: where answers go, such as a mapped file; None: a new array.

    Returns:
        ``out``. Held besides: (classes + 1) x thickness of a window x the other sides, in float64.

    Raises:
        SettingsError: settings that do not fit the image, or predict's answers do not fit.

    Source: MONAI's sliding_window_inference, gaussian, to which answers are equal.
    """
    _check(image.shape, patch, overlap, batch)
    shape = tuple(max(side, whole) for side, whole in zip(patch, image.shape, strict=True))
    before = [(padded - whole) // 2 for padded, whole in zip(shape, image.shape, strict=True)]
    starts = [window_starts(whole, side, overlap) for whole, side in zip(shape, patch, strict=True)]
    importance = make_importance(patch).double().to(device)
    answers = out if out is not None else np.empty((classes, *image.shape))
    summed = torch.zeros(classes, patch[0], *shape[1:], dtype=torch.float64, device=device)
    weight = torch.zeros(patch[0], *shape[1:], dtype=torch.float64, device=device)
    with torch.inference_mode():
        for number, layer in enumerate(starts[0]):
            for corners in _in_batches(list(product(*starts[1:])), batch):
                windows = torch.stack(
                    [_read_window(image, (layer, *corner), patch, before) for corner in corners]
                )
                answer = predict(windows[:, None].to(device)).double()
                if answer.shape != (len(corners), classes, *patch):
                    raise SettingsError(
                        f"answers of shape {(len(corners), classes, *patch)}",
                        f"{tuple(answer.shape)}",
                        "Let predict give one answer a class and voxel at the patch's own size",
                    )
                for corner, one in zip(corners, answer, strict=True):
                    inside = tuple(
                        slice(start, start + side)
                        for start, side in zip(corner, patch[1:], strict=True)
                    )
                    summed[(slice(None), slice(None), *inside)].addcmul_(one, importance)
                    weight[(slice(None), *inside)] += importance
            last = number + 1 == len(starts[0])
            done = patch[0] if last else starts[0][number + 1] - layer
            _finish(summed[:, :done] / weight[:done], layer, before, answers)
            if not last:
                _move_on(summed, done, axis=1)
                _move_on(weight, done, axis=0)
    return answers


def window_starts(whole: int, side: int, overlap: float) -> list[int]:
    """First voxels of the windows along one axis; the last window ends where the image ends.

    >>> window_starts(10, 4, 0.5)
    [0, 2, 4, 6]
    >>> window_starts(9, 4, 0.25)
    [0, 3, 5]
    """
    step = max(1, int(side * (1.0 - overlap)))
    last = max(0, whole - side)
    return [*range(0, last, step), last]


def make_importance(patch: Sequence[int]) -> Float[Tensor, "*patch"]:
    """Give the weight of each voxel of a window: a Gaussian, nowhere below ``LEAST_IMPORTANCE``."""
    importance = torch.ones(())
    for side in patch:
        place = torch.arange(side, dtype=torch.float32) - (side - 1) / 2.0
        bell = torch.exp(-0.5 * (place / (side * SIGMA_SHARE)) ** 2)
        importance = importance[..., None] * bell
    return importance.clamp_(min=max(float(importance.min()), LEAST_IMPORTANCE))


def _check(space: Sequence[int], patch: Sequence[int], overlap: float, batch: int) -> None:
    if len(patch) != len(space) or min(patch) < 1 or not 0.0 <= overlap < 1.0 or batch < 1:
        raise SettingsError(
            f"a window of {len(space)} sides, an overlap from 0 and below 1, a batch of 1 or more",
            f"window {tuple(patch)}, overlap {overlap:g}, batch {batch}",
            "Mend these settings",
        )


def _in_batches(corners: list[tuple[int, ...]], batch: int) -> Iterator[list[tuple[int, ...]]]:
    for start in range(0, len(corners), batch):
        yield corners[start : start + batch]


def _read_window(
    image: np.ndarray | Tensor, start: Sequence[int], patch: Sequence[int], before: Sequence[int]
) -> Float[Tensor, "*patch"]:
    """Copy one window; what lies outside the image is 0."""
    first = [one - pad for one, pad in zip(start, before, strict=True)]
    source = tuple(slice(max(0, one), one + side) for one, side in zip(first, patch, strict=True))
    # A copy: mapped files may not be written to.
    part = (
        torch.from_numpy(np.array(image[source], dtype=np.float32))
        if isinstance(image, np.ndarray)
        else image[source].float()
    )
    if part.shape == tuple(patch):
        return part
    window = torch.zeros(*patch, device=part.device)
    target = tuple(
        slice(max(0, -one), max(0, -one) + have)
        for one, have in zip(first, part.shape, strict=True)
    )
    window[target] = part
    return window


def _finish(
    answer: Float[Tensor, "classes layers *padded"],
    layer: int,
    before: Sequence[int],
    answers: Float[np.ndarray, "classes *space"],
) -> None:
    """Cut padding off finished layers and put them where they belong."""
    whole = answers.shape[1:]
    start, stop = layer - before[0], layer - before[0] + answer.shape[1]
    low, high = max(0, start), min(stop, whole[0])
    if low >= high:
        return
    rest = tuple(slice(pad, pad + side) for pad, side in zip(before[1:], whole[1:], strict=True))
    answers[:, low:high] = (
        answer[(slice(None), slice(low - start, high - start), *rest)].cpu().numpy()
    )


def _move_on(held: Tensor, layers: int, axis: int) -> None:
    """Drop finished layers; those that are left come first, empty ones behind them."""
    rest = held.shape[axis] - layers
    # In steps that do not overlap with where they come from.
    for place in range(0, rest, layers):
        step = min(layers, rest - place)
        held.narrow(axis, place, step).copy_(held.narrow(axis, place + layers, step))
    held.narrow(axis, rest, layers).zero_()
