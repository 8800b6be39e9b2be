"""A volume of any size in, one prediction per class and voxel out, all classes in one pass.

Windows go along the first axis last. As soon as no later window reaches a layer, the layer is
finished. A new array in memory is summed in place; for a file or a GPU, what is held is as thick as
one window, whatever the volume's length.
"""

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise, product

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from labelassemble.errors import SettingsError

_Predict = Callable[[Float[Tensor, "batch 1 *patch"]], Float[Tensor, "batch classes *patch"]]
"""Predictions for patches, at their own size."""

SIGMA_SHARE = 0.125
"""Standard deviation of the importance, as a share of the window's side. Source: nnU-Net."""

MIN_IMPORTANCE = 1e-3
"""No voxel of a window counts less than this. Source: MONAI's sliding window."""


def sliding_window(
    predict: _Predict,
    image: Shaped[np.ndarray, "*space"] | Shaped[Tensor, "*space"],
    *,
    classes: int,
    patch: Sequence[int],
    overlap: float = 0.5,
    batch: int = 4,
    device: torch.device | str = "cpu",
    out: Float[np.ndarray, "classes *space"] | None = None,
) -> Float[np.ndarray, "classes *space"]:
    """Predict a whole image, in 2-D or 3-D, with a network that knows patches.

    A voxel's prediction is the mean of the predictions of all windows that hold it, weighed by a
    Gaussian around each window's middle. An image smaller than a window is padded with 0 on both
    sides.

    Args:
        predict: from patches to predictions. Give it predicts, not logits: they are averaged.
        image: grey values, in memory or mapped.
        classes: of the predictions.
        patch: the windows' size.
        overlap: share of a side by which neighbouring windows overlap, from 0 and below 1.
        batch: windows a call at most; all calls are equally large, or one window apart.
        device: where predict works and where sums are kept.
        out: where predictions go, such as a mapped file; None: a new array.

    Returns:
        ``out``, or a new array in the precision of predict's predictions, float32 at least, in
        which sums are kept too: in float32 they are off by less than 1e-6 where up to 64 windows
            meet.
        Held besides: thickness of a window x the other sides, and with ``out`` or on a GPU as much
        again for each class.

    Raises:
        SettingsError: settings that do not fit the image, or predict's predictions do not fit.

    Source: MONAI's sliding_window_inference, gaussian, to which predictions are equal.
    """
    _check(image.shape, patch, overlap, batch)
    shape = tuple(max(side, whole) for side, whole in zip(patch, image.shape, strict=True))
    before = [(padded - whole) // 2 for padded, whole in zip(shape, image.shape, strict=True)]
    starts = [window_starts(whole, side, overlap) for whole, side in zip(shape, patch, strict=True)]
    places = list(product(*starts))
    windows = torch.empty(batch, 1, *patch, device=getattr(image, "device", "cpu"))
    sums = None
    with torch.inference_mode():
        for begin, end in pairwise(_even_parts(len(places), batch)):
            for one, place in zip(windows, places[begin:end], strict=False):
                _read_window(image, place, before, one[0])
            probability = predict(windows[: end - begin].to(device))
            if probability.shape != (end - begin, classes, *patch):
                raise SettingsError(
                    f"predictions of shape {(end - begin, classes, *patch)}",
                    f"{tuple(probability.shape)}",
                    "Let predict give one prediction a class and voxel at the patch's own size",
                )
            sums = sums or _Sums(probability, shape, before, image.shape, out)
            sums.add(probability, places[begin:end])
            del probability  # not held while the next one is made
        assert sums is not None
        sums.finish(shape[0])
    return sums.predictions


class _Sums:
    """Weighed predictions and their weights, in the predictions' own precision, float32 at least.

    Args:
        prediction: of the first windows; tells classes, size, precision and device.
        shape: of the padded image.
        before: what was padded before the image, a number an axis.
        space: the image's own shape.
        out: where predictions go; None: a new array, which on the CPU holds the sums itself.
    """

    def __init__(
        self,
        probability: Float[Tensor, "batch classes *patch"],
        shape: Sequence[int],
        before: Sequence[int],
        space: Sequence[int],
        out: Float[np.ndarray, "classes *space"] | None,
    ) -> None:
        classes, patch = probability.shape[1], probability.shape[2:]
        kind = torch.promote_types(probability.dtype, torch.float32)
        dtype = np.float64 if kind == torch.float64 else np.float32
        self.importance = make_importance(patch).to(probability.device, kind)
        self.before, self.thick, self.layer = before, patch[0], 0
        self.weight = torch.zeros(patch[0], *shape[1:], dtype=kind, device=probability.device)
        self.in_place = out is None and probability.device.type == "cpu"
        if self.in_place:
            padded = np.zeros((classes, *shape), dtype)
            self.summed = torch.from_numpy(padded)
            inside = tuple(slice(a, a + side) for a, side in zip(before, space, strict=True))
            self.predictions = padded[(slice(None), *inside)]
        else:
            self.summed = torch.zeros(
                classes, patch[0], *shape[1:], dtype=kind, device=probability.device
            )
            self.predictions = np.empty((classes, *space), dtype) if out is None else out

    def add(
        self,
        probability: Float[Tensor, "batch classes *patch"],
        places: Sequence[tuple[int, ...]],
    ) -> None:
        """Add windows by where they begin; their first axis never goes back."""
        placed = zip(places, probability, strict=True)
        for layer, row in groupby(placed, lambda one: one[0][0]):
            self.finish(layer)
            self._add_layer([(corner, one) for (_, *corner), one in row])

    def _add_layer(
        self, row: Sequence[tuple[Sequence[int], Float[Tensor, "classes *patch"]]]
    ) -> None:
        """Add windows that begin at this layer; class by class, neighbours meet in the cache."""
        first = self.layer if self.in_place else 0
        summed = self.summed[:, first : first + self.thick]
        sides = self.importance.shape[1:]
        insides = [
            (slice(None), *(slice(a, a + side) for a, side in zip(corner, sides, strict=True)))
            for corner, _ in row
        ]
        step = 1 if summed.device.type == "cpu" else len(summed)
        for label in range(0, len(summed), step):
            some = slice(label, label + step)
            for inside, (_, one) in zip(insides, row, strict=True):
                summed[(some, *inside)].addcmul_(one[some], self.importance)
        for inside in insides:
            self.weight[inside] += self.importance

    def finish(self, following: int) -> None:
        """Make means of the layers before one, at which the windows to come begin."""
        done = following - self.layer
        if not done:
            return
        if self.in_place:
            self.summed[:, self.layer : following] /= self.weight[:done]
        else:
            self.summed[:, :done] /= self.weight[:done]
            _put(self.summed[:, :done], self.layer, self.before, self.predictions)
            _move_on(self.summed, done, axis=1)
        _move_on(self.weight, done, axis=0)
        self.layer = following


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
    """Give the weight of each voxel of a window: a Gaussian, nowhere below ``MIN_IMPORTANCE``."""
    importance = torch.ones(())
    for side in patch:
        place = torch.arange(side, dtype=torch.float32) - (side - 1) / 2.0
        bell = torch.exp(-0.5 * (place / (side * SIGMA_SHARE)) ** 2)
        importance = importance[..., None] * bell
    return importance.clamp_(min=max(float(importance.min()), MIN_IMPORTANCE))


def _check(space: Sequence[int], patch: Sequence[int], overlap: float, batch: int) -> None:
    if len(patch) != len(space) or min(patch) < 1 or not 0.0 <= overlap < 1.0 or batch < 1:
        raise SettingsError(
            f"a window of {len(space)} sides, an overlap from 0 and below 1, a batch of 1 or more",
            f"window {tuple(patch)}, overlap {overlap:g}, batch {batch}",
            "Fix these settings",
        )


def _even_parts(count: int, most: int) -> list[int]:
    """Where parts begin and end that are as few and as equal as may be, none beyond the most."""
    parts = -(-count // most)
    return [count * part // parts for part in range(parts + 1)]


def _read_window(
    image: np.ndarray | Tensor,
    start: Sequence[int],
    before: Sequence[int],
    window: Float[Tensor, "*patch"],
) -> None:
    """Copy one window; what lies outside the image is 0."""
    first = [one - pad for one, pad in zip(start, before, strict=True)]
    source = tuple(
        slice(max(0, one), one + side) for one, side in zip(first, window.shape, strict=True)
    )
    part = image[source]
    if part.shape != window.shape:
        window.zero_()
    target = tuple(
        slice(max(0, -one), max(0, -one) + have)
        for one, have in zip(first, part.shape, strict=True)
    )
    if isinstance(part, np.ndarray):
        window.numpy()[target] = part
    else:
        window[target] = part


def _put(
    probability: Float[Tensor, "classes layers *padded"],
    layer: int,
    before: Sequence[int],
    predictions: Float[np.ndarray, "classes *space"],
) -> None:
    """Cut padding off finished layers and put them where they belong."""
    whole = predictions.shape[1:]
    start, stop = layer - before[0], layer - before[0] + probability.shape[1]
    low, high = max(0, start), min(stop, whole[0])
    if low >= high:
        return
    rest = tuple(slice(pad, pad + side) for pad, side in zip(before[1:], whole[1:], strict=True))
    predictions[:, low:high] = (
        probability[(slice(None), slice(low - start, high - start), *rest)].cpu().numpy()
    )


def _move_on(held: Tensor, layers: int, axis: int) -> None:
    """Drop finished layers; those that are left come first, empty ones behind them."""
    rest = held.shape[axis] - layers
    # In steps that do not overlap with where they come from.
    for place in range(0, rest, layers):
        step = min(layers, rest - place)
        held.narrow(axis, place, step).copy_(held.narrow(axis, place + layers, step))
    held.narrow(axis, rest, layers).zero_()
