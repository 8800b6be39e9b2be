"""How large an archive's files may be: one made to fill the disk or the memory is refused."""

from labelassemble.errors import SourceError

HARMLESS = 64 * 2**20
"""Bytes up to which an archive may grow whatever its ratio is."""

MAX_RATIO = 200.0
"""How many times as large as the archive its files may be: public archives of tables grow tenfold,
of masks a hundredfold; archives made to fill a disk a thousandfold and more."""

MAX_BYTES = 10**12
"""How large an archive's files may be in all: larger than any public source of images."""


class Growth:
    """Counts what an archive grows to, and refuses one that would fill the disk.

    Args:
        packed: bytes of the archive.
        max_ratio: how many times as large its files may be, above ``HARMLESS`` bytes.
        max_bytes: how large they may be in all.
    """

    def __init__(self, packed: int, max_ratio: float, max_bytes: int) -> None:
        self.packed, self.max_ratio, self.max_bytes = packed, max_ratio, max_bytes
        self.count = 0

    def add(self, count: int) -> None:
        """Count further bytes.

        Raises:
            SourceError: more than may be.
        """
        self.count += count
        ratio = self.count / max(self.packed, 1)
        if self.count > self.max_bytes:
            raise SourceError(
                f"an archive of at most {self.max_bytes:,} bytes once unpacked",
                f"{self.count:,} bytes or more",
                "If you trust it and have the space, allow more: max_bytes",
            )
        if self.count > HARMLESS and ratio > self.max_ratio:
            raise SourceError(
                f"an archive that grows at most {self.max_ratio:g}-fold",
                f"{self.packed:,} bytes that become {self.count:,} or more, {ratio:,.0f}-fold: is "
                "it made to fill the disk?",
                "If you trust it (masks that are nearly all zeros pack that well), allow more: "
                "max_ratio",
            )
