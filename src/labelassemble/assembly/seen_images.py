"""The images that a run has seen, as it keeps them."""

from typing import NamedTuple

import polars as pl

SEEN_COLUMNS = {
    "record": pl.String,
    "patient": pl.String,
    "manifest": pl.String,
    "sha256": pl.String,
    "pixel_sha256": pl.String,
    "fingerprint": pl.Binary,
    "split": pl.String,
}
"""One row an image that a run has seen, or holds out: ``source/image``, ``source/patient``, the
built-in manifest under which others may speak of the source, what is known of its file, and how it
was seen (``SEEN``); null where it is not known."""


SEEN = ("train", "inherited train", "validate", "inherited validate", "test")
"""How an image was seen, what binds most first. train: the run learned from its patient. validate:
its best epoch was chosen on it. inherited: a run that it began with or was taught by did.
test: its table held it out, and nobody saw it."""


HELD_OUT = SEEN.index("test")


class SeenByRun(NamedTuple):
    """What a run has seen.

    Attributes:
        run: name of its folder; of several runs each, `` + `` between them.
        sha256: of the file that tells it; of several likewise.
        ids_key: fingerprint of the key that its names are hashed with; None: they are not.
        images: ``SEEN_COLUMNS``.
    """

    run: str
    sha256: str
    ids_key: str | None
    images: pl.DataFrame
