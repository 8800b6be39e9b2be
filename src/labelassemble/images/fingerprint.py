"""What an image looks like, in a row of bytes that survives other sizes, qualities and greys."""

import hashlib
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from scipy.stats import rankdata

from labelassemble.assembly.fingerprints import (
    FINGERPRINT_SIDE,
    MAX,
    pack_fingerprints,
)
from labelassemble.errors import ImageError

FINGERPRINTING = 2
"""Version of the way from an image to its fingerprint; only equal versions may be compared."""

FLAT_GREY = 0.012
"""How far the grey values of a uniform border may lie from each other."""

FLAT_SHARE = 0.97
"""Share of a line of pixels that must have the border's grey: a mark may stand in the border."""

WIDEST_BORDER = 0.45
"""Largest share of the image that is trimmed at one side, in one go."""

MAX_BORDERS = 4
"""Borders within borders: a white frame around black bars around a dark margin."""

SMALLEST_SIDE = 8
"""Pixels a side that trimming leaves at least."""

NEIGHBOURHOOD = 1.5
"""Standard deviation of the Gaussian that a local mean is taken over, in pixels of the
fingerprints."""

MIN_CONTRAST = 0.02
"""Added to every local standard deviation (in quadrature), so that nothing is not made much of; in
ranks, 0 the darkest and 1 the brightest pixel."""


class Fingerprint(NamedTuple):
    """What is kept of an image in order to find it again."""

    pixel_sha256: bytes
    """32 bytes: SHA-256 of the decoded pixels; equal whatever the file's format or compression, as
    long as that loses nothing."""
    frame: bytes
    """24 bytes: height and width of the image, and the first and last row and column that are no
    border; six whole numbers of 32 bits, little-endian. Masks and boxes of another frame lie
    elsewhere."""
    local_contrast: UInt8[np.ndarray, " bytes"]
    """``FINGERPRINT_BYTES`` bytes: nearly equal for nearly the same image; see
    ``near_duplicates``."""


def fingerprint_image(image: Float[np.ndarray, "height width"]) -> Fingerprint:
    """Take an image's fingerprint.

    Pixels: each grey value is clipped to [0, 1] as float32, multiplied by 65,535 and rounded to the
    nearest whole number (16 bits, little-endian); the hash covers height, width and these numbers,
    row by row. 8-bit values v become exactly 257 v and 16-bit values stay themselves, so the hash
    is that of the pixels, not of the file.

    Fingerprint: uniform borders are trimmed, the rest is averaged down to 40 x 40 pixels, its grey
    values are replaced by their ranks, and each pixel by its distance from the mean of its
    neighbourhood in local standard deviations. Nothing is left there of size, aspect, gamma and
    window; inverted grey values give the same numbers with the other sign. An image of one grey
    value gives zeros, which look like nothing, not even like themselves.

    Args:
        image: finite grey values in [0, 1], of any size.

    Returns:
        The hash, the frame and the fingerprints. 1024 x 1024 pixels take about 10 ms.

    Raises:
        ImageError: an image without pixels, or with values that are not finite numbers.

    Source: ours; local contrasts as in Jarrett 2009, local contrast normalisation.

    >>> image = np.random.default_rng(0).random((90, 70), dtype=np.float32)
    >>> left, right = fingerprint_image(image), fingerprint_image(image**2)
    >>> left.pixel_sha256 == right.pixel_sha256, left.local_contrast.shape
    (False, (800,))
    """
    # Not a number makes either of them so; empty images have neither.
    least, most = (image.min(), image.max()) if image.size else (np.nan, np.nan)
    if not (np.isfinite(least) and np.isfinite(most)):
        raise ImageError(
            "an image of finite grey values in [0, 1]",
            f"{image.shape[0]} x {image.shape[1]} pixels"
            + (", some of them no finite number" if image.size else ""),
            "Take the image out of its table, or fetch its file again",
        )
    grey = image.astype(np.float32, copy=False)
    if least < 0 or most > 1:
        grey = np.clip(grey, 0.0, 1.0)
    inside = trim_borders(grey)
    return Fingerprint(_hash_pixels(grey), _describe_frame(grey, inside), _look(grey[inside]))


def _hash_pixels(grey: Float[np.ndarray, "height width"]) -> bytes:
    pixels = np.rint(grey * np.float32(65535)).astype("<u2")
    return hashlib.sha256(np.array(grey.shape, dtype="<u4").tobytes() + pixels.tobytes()).digest()


def _describe_frame(grey: Float[np.ndarray, "height width"], inside: tuple[slice, slice]) -> bytes:
    rows, columns = inside
    numbers = (*grey.shape, rows.start, rows.stop, columns.start, columns.stop)
    return np.array(numbers, dtype="<u4").tobytes()


def _look(grey: Float[np.ndarray, "height width"]) -> UInt8[np.ndarray, " bytes"]:
    small = _shrink(grey)
    rank = (rankdata(small).reshape(small.shape) - 0.5) / small.size
    contrast = _local_contrast(rank.astype(np.float32))
    steps = np.clip(np.rint(contrast * 3.0), -MAX, MAX).astype(np.int8)
    return pack_fingerprints(steps)


def trim_borders(grey: Float[np.ndarray, "height width"]) -> tuple[slice, slice]:
    """Find what is left without uniform borders: bars, frames, and frames within frames.

    A line of pixels belongs to the border if nearly all of it (97 %) lies within 0.012 of the
    median of the outermost line.

    Returns:
        Rows and columns to keep: at least 8 of each, or all there are.

    >>> trim_borders(np.pad(np.random.default_rng(0).random((20, 30)), ((0, 0), (5, 7))))
    (slice(0, 20, None), slice(5, 35, None))
    """
    top, left = 0, 0
    bottom, right = grey.shape
    for _ in range(MAX_BORDERS):
        inner = grey[top:bottom, left:right]
        above, below = _border(inner), _border(inner[::-1])
        before, behind = _border(inner.T), _border(inner.T[::-1])
        if above + below and bottom - top - above - below >= SMALLEST_SIDE:
            top, bottom = top + above, bottom - below
        else:
            above = below = 0
        if before + behind and right - left - before - behind >= SMALLEST_SIDE:
            left, right = left + before, right - behind
        else:
            before = behind = 0
        if not above + below + before + behind:
            break
    return slice(top, bottom), slice(left, right)


def _border(lines: Float[np.ndarray, "lines pixels"]) -> int:
    """Count the lines of the border that begins with the first line."""
    grey = np.median(lines[0])
    end = int(len(lines) * WIDEST_BORDER)
    width, step = 0, 8
    # In growing steps, because most images have no border.
    while width < end:
        block = lines[width : min(width + step, end)]
        flat = (np.abs(block - grey) <= FLAT_GREY).mean(axis=1) >= FLAT_SHARE
        if not flat.all():
            return width + int(np.argmin(flat))
        width, step = width + len(block), 2 * step
    return width


def _shrink(grey: Float[np.ndarray, "height width"]) -> Float[np.ndarray, "side side"]:
    """Average over areas where a side shrinks, interpolate where it grows."""
    height, width = (min(FINGERPRINT_SIDE, side) for side in grey.shape)
    small = cv2.resize(np.ascontiguousarray(grey), (width, height), interpolation=cv2.INTER_AREA)
    if small.shape != (FINGERPRINT_SIDE, FINGERPRINT_SIDE):
        small = cv2.resize(
            small, (FINGERPRINT_SIDE, FINGERPRINT_SIDE), interpolation=cv2.INTER_LINEAR
        )
    return np.asarray(small)


def _local_contrast(rank: Float[np.ndarray, "side side"]) -> Float[np.ndarray, "side side"]:
    """Distance from the mean of the neighbourhood, in standard deviations of it.

    Beyond the edge there is nothing: means are taken over what is there, so that a cropped image
    keeps the numbers of its inside.
    """
    there = _blur(np.ones_like(rank))
    distance = rank - _blur(rank) / there
    variance = _blur(distance * distance) / there
    contrast: Float[np.ndarray, "side side"] = distance / np.sqrt(variance + MIN_CONTRAST**2)
    return contrast


def _blur(values: Float[np.ndarray, "side side"]) -> Float[np.ndarray, "side side"]:
    return np.asarray(
        cv2.GaussianBlur(
            values, (0, 0), NEIGHBOURHOOD, sigmaY=NEIGHBOURHOOD, borderType=cv2.BORDER_CONSTANT
        )
    )
