"""Grey and colour images as data URIs: the same bytes for the same image."""

import base64
import io
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image

PHOTO_QUALITY = 85


class Embedded(NamedTuple):
    """An image for the page: its data URI, what it shows in words, its natural size in pixels."""

    uri: str
    alt: str
    width: int
    height: int


def embed_image(
    image: UInt8[np.ndarray, "height width *channels"], alt: str, side: int, photo: bool = False
) -> Embedded:
    """Make a data URI of a grey or colour image, its longer side at most ``side`` pixels.

    Args:
        image: the image.
        alt: what it shows, in words.
        side: in pixels.
        photo: a JPEG, a fifth as large, of a photograph among many; else a PNG.
    """
    drawn = Image.fromarray(np.ascontiguousarray(image))
    scale = min(1.0, side / max(drawn.size))
    if scale < 1:
        size = (max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale)))
        drawn = drawn.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if photo:
        drawn.save(buffer, format="JPEG", quality=PHOTO_QUALITY, optimize=True)
    else:
        drawn.save(buffer, format="PNG", optimize=True)
    kind = "image/jpeg" if photo else "image/png"
    return Embedded(make_data_uri(kind, buffer.getvalue()), alt, drawn.width, drawn.height)


def make_data_uri(kind: str, content: bytes) -> str:
    """Write bytes into the page; ``kind`` is their media type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
