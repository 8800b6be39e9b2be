"""Bytes of an image file in, the pixels that OpenCV makes of them out."""

import cv2
import numpy as np
from jaxtyping import Shaped

# What OpenCV has to say of damaged files is said once, as our own error.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def opencv_decode(
    data: bytes | bytearray, flag: int
) -> Shaped[np.ndarray, "height width *channels"]:
    """Decode with OpenCV.

    Args:
        data: the file's bytes.
        flag: of ``cv2.imdecode``.

    Raises:
        ValueError: it cannot.
        MemoryError: there is not enough memory.
    """
    try:
        values = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flag)
    except cv2.error as error:
        if error.code == cv2.Error.STS_NO_MEM:
            raise MemoryError(str(error)) from error
        raise
    if values is None:
        raise ValueError("pixels that cannot be decoded")
    return values
