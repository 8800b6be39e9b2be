"""An image's looks as a number that survives other sizes, qualities and bit depths."""

import cv2
import imagehash
import numpy as np
from jaxtyping import Float
from PIL import Image


def fingerprint_image(image: Float[np.ndarray, "height width"]) -> int:
    """Hash what a picture looks like: nearly the same picture, nearly the same 64 bits.

    Survives another size, another bit depth and lossy compression; tells nothing of a picture
    that is turned or cut. Compare with ``count_differing_bits``.

    Args:
        image: grey values in [0, 1].

    Returns:
        An unsigned 64-bit number: which low frequencies of the picture lie above their median.

    Source: the pHash of the package ImageHash (Zauner 2010).
    """
    # Averaged down first: the hash looks at 32 x 32 pixels, and a full-size picture is slow there.
    side = min(256, *image.shape)
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    grey = np.rint(np.clip(small, 0.0, 1.0) * 255.0).astype(np.uint8)
    bits = imagehash.phash(Image.fromarray(grey), hash_size=8).hash
    return int.from_bytes(np.packbits(bits.ravel()).tobytes(), "big")


def count_differing_bits(left: int, right: int) -> int:
    """Count the bits in which two fingerprints differ: 0 the same looks, about 32 unrelated.

    >>> count_differing_bits(0b1100, 0b1010)
    2
    """
    return (left ^ right).bit_count()
