"""What is known of an image, said of every place in it."""

from torch import Tensor


def spread_over_space(cell: Tensor, probability: Tensor) -> Tensor:
    """Repeat ``batch classes`` values over the spatial axes of a prediction; no memory is copied.

    Args:
        cell: ``batch classes``, or with spatial axes of size 1 or of the prediction's.
        prediction: ``batch classes *space``.

    >>> from torch import ones
    >>> spread_over_space(ones(2, 3), ones(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """
    missing = probability.ndim - cell.ndim
    return cell.reshape(*cell.shape, *(1,) * missing).expand_as(probability)
