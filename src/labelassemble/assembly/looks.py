"""How a picture's looks lie in bytes: a small square picture of local contrasts, four bits each."""

import numpy as np
from jaxtyping import Int8, UInt8

LOOKS_SIDE = 40
"""Side of the square picture in pixels."""

LOOKS_BYTES = LOOKS_SIDE * LOOKS_SIDE // 2
"""Bytes of one picture's looks: two pixels a byte."""

MOST = 7
"""Largest local contrast that is kept, in thirds of the local standard deviation."""


def pack_looks(contrast: Int8[np.ndarray, "*images side side"]) -> UInt8[np.ndarray, "*images b"]:
    """Lay local contrasts, -7 to 7, two in a byte: the left one in the upper four bits.

    >>> pack_looks(np.zeros((LOOKS_SIDE, LOOKS_SIDE), dtype=np.int8))[:2].tolist()
    [136, 136]
    """
    code = (contrast.reshape(*contrast.shape[:-2], -1, 2) + 8).astype(np.uint8)
    packed: UInt8[np.ndarray, "*images b"] = code[..., 0] << 4 | code[..., 1]
    return packed


def unpack_looks(looks: UInt8[np.ndarray, "images b"]) -> Int8[np.ndarray, "images side side"]:
    """Give the local contrasts back, -7 to 7: ``pack_looks`` backwards.

    >>> drawn = np.random.default_rng(0).integers(-7, 8, (3, LOOKS_SIDE, LOOKS_SIDE), np.int8)
    >>> bool((unpack_looks(pack_looks(drawn)) == drawn).all())
    True
    """
    contrast = np.empty((len(looks), LOOKS_BYTES, 2), dtype=np.int8)
    np.subtract(looks >> 4, 8, out=contrast[..., 0], casting="unsafe")
    np.subtract(looks & 15, 8, out=contrast[..., 1], casting="unsafe")
    return contrast.reshape(len(looks), LOOKS_SIDE, LOOKS_SIDE)
