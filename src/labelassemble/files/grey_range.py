"""Grey values of any depth in, grey values in [0, 1] out."""

import numpy as np
from jaxtyping import Bool, Float, Int, UInt, UInt8

Grey = (
    Float[np.ndarray, "height width"]
    | Int[np.ndarray, "height width"]
    | UInt[np.ndarray, "height width"]
)
"""Grey values as a file holds them."""

TAIL_PERCENT = 0.1
"""Share of pixels at either end that may not set the range: burnt-in marks, dead pixels."""


def scale_bytes(values: UInt8[np.ndarray, "height width"]) -> Float[np.ndarray, "height width"]:
    """Divide 8-bit grey values by 255: what the file's author chose as black and white stays.

    >>> scale_bytes(np.array([[0, 51, 255]], dtype=np.uint8)).tolist()
    [[0.0, 0.20000000298023224, 1.0]]
    """
    scaled: Float[np.ndarray, "height width"] = np.divide(values, np.float32(255), dtype=np.float32)
    return scaled


def stretch_range(
    values: Grey, counted: Bool[np.ndarray, "height width"] | None = None
) -> Float[np.ndarray, "height width"]:
    """Stretch the values' true range to [0, 1], float32.

    Deeper pixels than 8 bits seldom fill what their bits allow (12-bit values in 16 bits would
    come out black), so black is the 0.1th percentile and white the 99.9th; what lies beyond is
    clipped. Where these two are equal, the least and the greatest value take their place.

    Args:
        values: grey values, finite.
        counted: pixels that set the range; none: all of them.

    >>> stretch_range(np.array([[1000, 1500, 2000]], dtype=np.uint16)).tolist()
    [[0.0, 0.5, 1.0]]
    """
    shown = values if counted is None else values[counted]
    black, white = np.percentile(
        shown, [TAIL_PERCENT, 100 - TAIL_PERCENT], method="closest_observation"
    ).astype(np.float64)
    if black == white:
        black, white = float(shown.min()), float(shown.max())
    span = white - black or 1.0
    scaled: Float[np.ndarray, "height width"] = ((values - black) / span).astype(np.float32)
    return np.clip(scaled, 0.0, 1.0, out=scaled)
