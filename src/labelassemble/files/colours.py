"""Colours of any depth in, grey in the same unit out."""

import numpy as np
from jaxtyping import Float, Shaped

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Weights of red, green and blue in the grey value (ITU-R BT.601)."""


def mix_luma(
    colours: Shaped[np.ndarray, "height width rgb"],
    alpha: Shaped[np.ndarray, "height width"] | None = None,
) -> Float[np.ndarray, "height width"]:
    """Mix red, green and blue into one grey value, float32, in the colours' own unit.

    Args:
        colours: in the order red, green, blue.
        alpha: how opaque each pixel is; what lies beneath is black. None: wholly.

    >>> mix_luma(np.array([[[0, 1000, 0]]], dtype=np.uint16)).round().tolist()
    [[587.0]]
    """
    return show_on_black(colours.astype(np.float32) @ LUMA, alpha)


def show_on_black(
    grey: Shaped[np.ndarray, "height width"], alpha: Shaped[np.ndarray, "height width"] | None
) -> Shaped[np.ndarray, "height width"]:
    """Lay grey values over black; without alpha, or where all of it is opaque, nothing changes.

    Args:
        grey: 0 is black.
        alpha: whole numbers, opaque at the greatest of their kind; or fractions, opaque at 1.
    """
    if alpha is None:
        return grey
    opaque = 1.0 if alpha.dtype.kind == "f" else float(np.iinfo(alpha.dtype).max)
    if (alpha == opaque).all():
        return grey
    shown: np.ndarray = grey.astype(np.float32) * (alpha / np.float32(opaque)).clip(0.0, 1.0)
    return shown
