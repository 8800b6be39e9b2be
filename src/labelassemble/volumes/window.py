"""Hounsfield units in, grey values in [0, 1] out."""

import numpy as np
from jaxtyping import Float, Shaped

from labelassemble.errors import SettingsError


def window(
    values: Shaped[np.ndarray, "*space"], low_hu: float, high_hu: float
) -> Float[np.ndarray, "*space"]:
    """Show values from ``low_hu`` (0, black) to ``high_hu`` (1, white); outside is clipped.

    Args:
        values: Hounsfield units, or whatever unit the two limits have.
        low_hu: what becomes 0.
        high_hu: what becomes 1; more than ``low_hu``.

    Returns:
        float32 in [0, 1].

    Raises:
        SettingsError: limits that do not rise.

    >>> window(np.array([-1000, -160, 40, 240, 3000]), -160.0, 240.0).tolist()
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    if not low_hu < high_hu:
        raise SettingsError(
            "a window whose upper limit is above its lower one",
            f"{low_hu:g} to {high_hu:g}",
            "Fix window_hu",
        )
    shown = values.astype(np.float32)
    shown -= np.float32(low_hu)
    shown /= np.float32(high_hu - low_hu)
    clipped: Float[np.ndarray, "*space"] = np.clip(shown, 0.0, 1.0, out=shown)
    return clipped
