"""Images and maps as a browser takes them."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from labelassemble.report.embed_image import make_data_uri
from labelassemble.report.explanation.class_map import scale_map
from labelassemble.serve.answers import ShownImage

PAGE_SIDE = 1024
"""Most pixels of a side of the image that is shown."""

PAGE_MAP_SIDE = 96
"""Most pixels of a side of a map: it is smooth, and there is one a class."""

_QUALITY = 95
_SAMPLED = 7
_FINE = 4095


def show_image(grey: Float[np.ndarray, "height width"]) -> ShownImage:
    """Encode an image: what has 8 bits as a JPEG, what has more so that 12 of them arrive.

    Args:
        grey: in [0, 1].
    """
    deep = _has_more_than_bytes(grey)
    scale = min(1.0, PAGE_SIDE / max(grey.shape))
    if scale < 1.0:
        size = [max(1, round(side * scale)) for side in grey.shape[::-1]]
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    height, width = grey.shape
    if not deep:
        drawn = np.rint(np.clip(grey, 0.0, 1.0) * 255).astype(np.uint8)
        return ShownImage(uri=_write_jpeg(drawn), width=width, height=height, bits=8)
    level = np.rint(np.clip(grey, 0.0, 1.0) * _FINE).astype(np.uint16)
    parts = (np.zeros_like(level), (level & 15) << 4, level >> 4)  # OpenCV: blue, green, red.
    drawn = np.stack(parts, axis=-1).astype(np.uint8)
    return ShownImage(uri=_write_png(drawn), width=width, height=height, bits=12)


def show_small(image: UInt8[np.ndarray, "height width"]) -> str:
    """Encode a small grey image as a data URI."""
    return _write_jpeg(image)


def show_map(values: Float[np.ndarray, "height width"], threshold: float | None) -> str:
    """Encode a map of probabilities, the threshold in the middle, as a data URI.

    Args:
        values: probabilities in [0, 1].
        threshold: None: one half.
    """
    level = scale_map(values, 0.5 if threshold is None else threshold)
    return _write_png(np.rint(level * 255).astype(np.uint8))


def _has_more_than_bytes(grey: Float[np.ndarray, "height width"]) -> bool:
    some = grey[::_SAMPLED, ::_SAMPLED] * np.float32(255)
    return bool(np.abs(some - np.rint(some)).max(initial=0.0) > 1e-3)


def _write_jpeg(drawn: UInt8[np.ndarray, "height width"]) -> str:
    data = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return make_data_uri("image/jpeg", data.tobytes())


def _write_png(drawn: UInt8[np.ndarray, "height width *channels"]) -> str:
    data = cv2.imencode(".png", drawn, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
    return make_data_uri("image/png", data.tobytes())
