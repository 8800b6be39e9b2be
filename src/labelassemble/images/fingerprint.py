"""A picture in, a short number that survives resizing and re-encoding out."""

import imagehash
import numpy as np
from jaxtyping import Float
from PIL import Image

BITS = 64


def fingerprint_image(image: Float[np.ndarray, "height width"]) -> int:
    """Compute the perceptual hash of a picture: 64 bits of its lowest frequencies.

    The same picture at another size, quality or bit depth differs in a few bits, other pictures of
    the same kind in many; ``count_differing_bits`` says in how many.

    Args:
        image: grey values in [0, 1].

    Source: Zauner 2010, DCT based hash, as ImageHash computes it.
    """
    picture = Image.fromarray(np.rint(image * 255.0).astype(np.uint8))
    return int(str(imagehash.phash(picture)), 16)


def count_differing_bits(first: int, second: int) -> int:
    """Count the bits in which two fingerprints differ, 0 to 64.

    >>> count_differing_bits(0b1010, 0b0110)
    2
    """
    return (first ^ second).bit_count()
