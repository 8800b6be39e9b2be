"""How large an archive's files may be: one made to fill the disk or the memory is refused."""

from labelassemble.errors import SourceError

HARMLESS = 64 * 2**20
"""Bytes up to which an archive may grow whatever its ratio is."""


class Growth:
    """Counts what an archive grows to, and refuses one that would fill the disk.

    Args:
        packed: bytes of the archive.
        max_ratio: how many times as large its files may be, above ``HARMLESS`` bytes; None:
            ``unpacked_ratio`` of the bounds.
        max_bytes: how large they may be in all; None: ``unpacked_bytes`` of the bounds.
    """

    def __init__(
        self, packed: int, max_ratio: float | None = None, max_bytes: int | None = None
    ) -> None:
        # Here: listing what a folder holds, as nearly everything does, needs no bound.
        from labelassemble.bounds import allow_more, read_bounds

        bounds, self._allow_more = read_bounds(), allow_more
        self.packed = packed
        self.max_ratio = bounds.unpacked_ratio if max_ratio is None else max_ratio
        self.max_bytes = bounds.unpacked_bytes if max_bytes is None else max_bytes
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
                self._allow_more("unpacked_bytes"),
            )
        if self.count > HARMLESS and ratio > self.max_ratio:
            raise SourceError(
                f"an archive that grows at most {self.max_ratio:g}-fold",
                f"{self.packed:,} bytes that become {self.count:,} or more, {ratio:,.0f}-fold: is "
                "it made to fill the disk?",
                self._allow_more("unpacked_ratio"),
            )
