"""Grey and colour pictures as data URIs: the same bytes for the same picture."""

import base64
import io
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image

PHOTO_QUALITY = 85


class Embedded(NamedTuple):
    """A picture for the page: its data URI, what it shows in words, its natural size in pixels."""

    uri: str
    alt: str
    width: int
    height: int


def embed_picture(
    picture: UInt8[np.ndarray, "height width *channels"], alt: str, side: int, photo: bool = False
) -> Embedded:
    """Make a data URI of a grey or colour picture, its longer side at most ``side`` pixels.

    Args:
        picture: the picture.
        alt: what it shows, in words.
        side: in pixels.
        photo: a JPEG, a fifth as large, of a photograph among many; else a PNG.
    """
    image = Image.fromarray(np.ascontiguousarray(picture))
    scale = min(1.0, side / max(image.size))
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if photo:
        image.save(buffer, format="JPEG", quality=PHOTO_QUALITY, optimize=True)
    else:
        image.save(buffer, format="PNG", optimize=True)
    kind = "image/jpeg" if photo else "image/png"
    return Embedded(make_data_uri(kind, buffer.getvalue()), alt, image.width, image.height)


def make_data_uri(kind: str, content: bytes) -> str:
    """Write bytes into the page; ``kind`` is their media type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
