"""Images that a run has seen keep their places: none of them, and of their patients, is tested."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from labelassemble.assembly.roles import BARRED, WISHES
from labelassemble.assembly.seen_images import HELD_OUT, SEEN, SeenByRun
from labelassemble.errors import plural

_TRAINED, _CHOSEN = SEEN.index("inherited train"), SEEN.index("inherited validate")
"""The last of ``SEEN`` that was learned from, and that an epoch was chosen on."""


def keep_split(records: pl.DataFrame, run: str) -> pl.DataFrame:
    """Let what a run has seen of a group decide, in place of what its sources leave to the draw.

    Where it learned from one of a group, the group trains; where it was chosen on one, the group
    is validation; what it held out stays test. An image that its source holds out from what the
    run did is used nowhere.

    Args:
        records: columns group, wish and wish_reason (``roles.ask_sources``), seen (index into
            ``SEEN``, null where it was not seen).
        run: its name.

    Returns:
        The same, with other wishes.
    """
    group = pl.col("seen").min().over("group")
    wish = pl.col("wish")
    test, validate, train, rest, free = (
        WISHES.index(one) for one in ("test", "validate", "train", "rest", "free")
    )
    trained, chosen = group <= _TRAINED, (group > _TRAINED) & (group <= _CHOSEN)
    drawn = wish.is_in([rest, free])
    barred = ((wish == test) & (trained | chosen)) | ((wish == validate) & trained)
    reason = pl.col("wish_reason")
    cases = [
        (barred, BARRED, pl.format("{}, and {} has seen its patient", reason, pl.lit(run))),
        (trained & drawn, train, pl.lit(f"train as in {run}")),
        (chosen & drawn, validate, pl.lit(f"validate as in {run}")),
        ((group == HELD_OUT) & (wish == free), test, pl.lit(f"test as in {run}")),
    ]
    for condition, new, why in cases:
        now = condition.fill_null(False)
        wish = pl.when(now).then(pl.lit(new, pl.Int8)).otherwise(wish)
        reason = pl.when(now).then(why).otherwise(reason)
    return records.with_columns(wish=wish, wish_reason=reason)


def join_seen(records: pl.DataFrame, images: pl.DataFrame) -> pl.DataFrame:
    """Say how each record was seen: as the image of it that binds most.

    Args:
        records: column record_row; others stay.
        images: columns record_row and seen.
    """
    best = images.group_by("record_row").agg(pl.col("seen").min())
    return records.join(best, on="record_row", how="left", maintain_order="left")


def describe_kept(seen: SeenByRun, records: pl.DataFrame) -> dict[str, Any]:
    """Say how far places were kept.

    Args:
        seen: what the run has seen.
        records: columns seen (of ``keep_split``), group, split, split_reason; a row an image.

    Returns:
        run; learned_sha256, of what it told (each joined by `` + `` where there are several);
        images (split: how many images of groups that it has seen, or held out); moved (such images
        that it held out and that are not tested now, as their group was seen otherwise); barred
        (that a source holds out, and the run has seen).
    """
    group = pl.col("seen").min().over("group")
    kept = records.filter(group.is_not_null())
    moved = records.filter((pl.col("seen") == HELD_OUT) & (pl.col("split") != "test"))
    barred = records.filter(
        pl.col("split_reason").str.ends_with(f"{seen.run} has seen its patient")
    )
    return {
        "run": seen.run,
        "learned_sha256": seen.sha256,
        "images": dict(kept["split"].value_counts().sort("split").iter_rows()),
        "moved": moved.height,
        "barred": barred.height,
    }


def describe_places(kept: object) -> list[str]:
    """Say in a line how many places are kept; no line where none is.

    Args:
        kept: of a table's manifest, as ``describe_kept`` gives it.
    """
    if not isinstance(kept, Mapping):
        return []
    counts = ", ".join(f"{count:,} {split}" for split, count in kept["images"].items())
    return [f"Places kept as in {kept['run']}: {counts or 'none, as it has seen none of these'}"]


def remark_kept(kept: Mapping[str, Any] | None) -> list[str]:
    """Say what could not be kept, and what follows, in sentences."""
    if kept is None:
        return []
    run, remarks = kept["run"], list[str]()
    if kept["moved"]:
        remarks.append(
            f"{plural(kept['moved'], 'image')} that {run} held out: no longer tested, as a source "
            "joins them with images that it has seen. Compare scores on the others alone"
        )
    if kept["barred"]:
        remarks.append(
            f"{plural(kept['barred'], 'image')} that a source holds out: unused, as {run} has seen "
            "their patients. To test on them, begin with a run that has not"
        )
    return remarks
