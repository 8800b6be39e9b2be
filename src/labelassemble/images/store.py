"""Decoded images and what is known of their files: any rows of them, at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Int, UInt8

from labelassemble.assembly.fingerprints import FINGERPRINT_BYTES
from labelassemble.errors import ImageError, some
from labelassemble.files.reading_version import READING
from labelassemble.images.fingerprint import FINGERPRINTING
from labelassemble.images.record_file import RecordFile

FINGERPRINT, FINGERPRINT_INDEX = (
    f"fingerprints-v{READING}.{FINGERPRINTING}{end}" for end in (".u8", ".parquet")
)
HASH_BYTES, FRAME_BYTES = 32, 24


class ImageStore:
    """Decoded images of one size, memory-mapped: reading a row is copying it.

    It can be handed to other processes; each maps the file for itself.

    Attributes:
        size: side of an image in pixels.
        row: image to its row; images with identical files share one.
        content: image to the SHA-256 of its file (hexadecimal).
        unreadable: image to what is wrong with its file; these have no row.
    """

    def __init__(
        self,
        pixels: Path,
        rows: int,
        size: int,
        row: dict[str, int],
        content: dict[str, str],
        unreadable: dict[str, str],
    ) -> None:
        self.size, self.row, self.content, self.unreadable = size, row, content, unreadable
        self._place, self._rows = pixels, rows
        self._map()

    @property
    def own_folder(self) -> Path:
        """Where it lies: images of one size and fit."""
        return self._place.parent

    def __len__(self) -> int:
        """Rows in the store, those of other sources included."""
        return self._rows

    @property
    def folder(self) -> Path:
        """Where stores of all sizes lie, as it was given to ``build_store``."""
        return self._place.parent.parent

    def find_rows(self, records: Sequence[str]) -> Int[np.ndarray, " images"]:
        """Give the rows of images, int64, in their order.

        Raises:
            ImageError: an image is not in the store.
        """
        missing = [record for record in records if record not in self.row]
        if missing:
            raise ImageError(
                "every image of the table in the store of decoded images",
                f"{len(missing):,} of {len(records):,} are not there: {some(missing, 3)}",
                "Assemble again: labelassemble assemble. Volumes are never there: of them networks "
                "learn with detection.task = 'detection' and three detection.dimensions",
            )
        return np.array([self.row[record] for record in records], dtype=np.int64)

    def read(self, rows: Int[np.ndarray, " rows"]) -> UInt8[np.ndarray, "rows size size"]:
        """Copy these rows out, in this order; grey values 0 to 255, contiguous.

        Raises:
            ImageError: a row that is not there.
        """
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < self._rows:
            raise ImageError(
                f"rows from 0 to {self._rows - 1} of the store {self._place}",
                f"rows from {rows.min()} to {rows.max()}",
                "Take rows from the store's `row`",
            )
        return np.take(self._pixels, rows, axis=0)

    def _map(self) -> None:
        shape = (self._rows, self.size, self.size)
        self._pixels: UInt8[np.ndarray, "all_rows size size"] = (
            np.asarray(np.memmap(self._place, dtype=np.uint8, mode="r", shape=shape))
            if self._rows
            else np.empty(shape, dtype=np.uint8)
        )

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_pixels"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._map()


def read_fingerprints(store: ImageStore) -> pl.DataFrame:
    """Give what the store knows of each image's file: its hashes and its fingerprints.

    Returns:
        Columns image, sha256 of the file, pixel_sha256 of the decoded pixels (hexadecimal), frame
        and fingerprints (Binary, see ``fingerprint_image``); a row a readable image.

    Raises:
        ImageError: the folder holds a damaged store, or not what an open one holds.
    """
    records = open_fingerprints(store.folder)
    records.load()
    size = (len(records.rows), records.size)
    told = np.memmap(records.place, np.uint8, "r", shape=size) if size[0] else np.empty(size)
    names = list(store.content)
    found = [records.rows.get(bytes.fromhex(digest)) for digest in store.content.values()]
    rows = [row for row in found if row is not None]
    if len(rows) < len(found):
        raise ImageError(
            f"the fingerprint of every image in {records.place}",
            f"{len(found) - len(rows):,} of {len(found):,} are not there: was the folder removed?",
            "Assemble again: labelassemble assemble",
        )
    own = np.asarray(told[rows] if rows else told[:0], dtype=np.uint8)
    return pl.DataFrame(
        {
            "record": names,
            "sha256": list(store.content.values()),
            "pixel_sha256": [one.tobytes().hex() for one in own[:, :HASH_BYTES]],
            "frame": [one.tobytes() for one in own[:, HASH_BYTES : HASH_BYTES + FRAME_BYTES]],
            "fingerprint": [one.tobytes() for one in own[:, HASH_BYTES + FRAME_BYTES :]],
        },
        schema={
            "record": pl.String,
            "sha256": pl.String,
            "pixel_sha256": pl.String,
            "frame": pl.Binary,
            "fingerprint": pl.Binary,
        },
    )


def open_fingerprints(folder: Path) -> RecordFile:
    """Give the fingerprints of a folder: they do not depend on the size of images."""
    return RecordFile(
        folder / FINGERPRINT,
        folder / FINGERPRINT_INDEX,
        HASH_BYTES + FRAME_BYTES + FINGERPRINT_BYTES,
    )
