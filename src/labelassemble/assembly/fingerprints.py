"""How an image's fingerprint lies in bytes: a small square image of local contrasts, four bits
each."""

import numpy as np
from jaxtyping import Int8, UInt8

FINGERPRINT_SIDE = 40
"""Side of the square image in pixels."""

FINGERPRINT_BYTES = FINGERPRINT_SIDE * FINGERPRINT_SIDE // 2
"""Bytes of one image's fingerprint: two pixels a byte."""

MAX = 7
"""Largest local contrast that is kept, in thirds of the local standard deviation."""


def pack_fingerprints(
    contrast: Int8[np.ndarray, "*images side side"],
) -> UInt8[np.ndarray, "*images b"]:
    """Lay local contrasts, -7 to 7, two in a byte: the left one in the upper four bits.

    >>> flat = np.zeros((FINGERPRINT_SIDE, FINGERPRINT_SIDE), dtype=np.int8)
    >>> pack_fingerprints(flat)[:2].tolist()
    [136, 136]
    """
    code = (contrast.reshape(*contrast.shape[:-2], -1, 2) + 8).astype(np.uint8)
    packed: UInt8[np.ndarray, "*images b"] = code[..., 0] << 4 | code[..., 1]
    return packed


def unpack_fingerprints(
    fingerprints: UInt8[np.ndarray, "images b"],
) -> Int8[np.ndarray, "images side side"]:
    """Give the local contrasts back, -7 to 7: ``pack_fingerprints`` backwards.

    >>> shape = (3, FINGERPRINT_SIDE, FINGERPRINT_SIDE)
    >>> drawn = np.random.default_rng(0).integers(-7, 8, shape, np.int8)
    >>> bool((unpack_fingerprints(pack_fingerprints(drawn)) == drawn).all())
    True
    """
    contrast = np.empty((len(fingerprints), FINGERPRINT_BYTES, 2), dtype=np.int8)
    np.subtract(fingerprints >> 4, 8, out=contrast[..., 0], casting="unsafe")
    np.subtract(fingerprints & 15, 8, out=contrast[..., 1], casting="unsafe")
    return contrast.reshape(len(fingerprints), FINGERPRINT_SIDE, FINGERPRINT_SIDE)
