"""An image file's content and an image's looks, each as a number that can be compared."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import imagehash
import numpy as np
import polars as pl
from jaxtyping import Float
from PIL import Image

from labelassemble.errors import ImageError

CONTENT_COLUMNS = {"source": pl.String, "image": pl.String, "sha256": pl.String}
"""One row an image: the SHA-256 of its file, hexadecimal."""

READING_THREADS = 8
"""Hashing waits for the disk more than for the processor."""


def file_contents(images: pl.DataFrame) -> pl.DataFrame:
    """Hash the bytes of every image file; equal hashes are the same picture.

    Args:
        images: columns source, image, path; rows without a path are passed over.

    Returns:
        ``CONTENT_COLUMNS``, one row an image with a file, in the order given.

    Raises:
        ImageError: a file is missing or may not be read.
    """
    found = images.filter(pl.col("path").is_not_null())
    paths = found["path"].unique(maintain_order=True).to_list()
    with ThreadPoolExecutor(READING_THREADS) as pool:
        digests = dict(zip(paths, pool.map(_hash_file, paths), strict=True))
    return found.select(
        "source",
        "image",
        pl.col("path").replace_strict(digests, return_dtype=pl.String).alias("sha256"),
    )


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


def _hash_file(path: str) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (a path in a table, not one of ours)
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(
            f"an image file at {path}",
            error.strerror or str(error),
            "Check the folder of images, and that the file is there and may be read",
        ) from error
