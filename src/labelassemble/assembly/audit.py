"""Looking for leaks: an image, a patient or a group on two sides of a split."""

from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import SPLITS, AssembledTable
from labelassemble.errors import AssemblyError, some


class Leak(NamedTuple):
    """One image, patient or group that more than one part of a split holds.

    Attributes:
        kind: ``image``, ``patient`` or ``group``.
        name: of the image, patient or group.
        splits: the parts that hold it, in the order train, validate, test.
        images: its images, each ``split: source/image``.
    """

    kind: str
    name: str
    splits: tuple[str, ...]
    images: tuple[str, ...]


def audit_table(table: AssembledTable, split: pl.DataFrame | None = None) -> list[Leak]:
    """Make sure that no image, patient or group stands in two of train, validate and test.

    Args:
        table: says which images are the same image and which images are the same patient.
        split: a split that somebody else made, to be held against the table: columns image and
            split, and source where two sources use the same image names; an image may also be
            written ``source/image``. None: the table's own split.

    Returns:
        An empty list; leaks are raised. ``find_leaks`` lists them without raising.

    Raises:
        AssemblyError: there is a leak (its images are listed), or ``split`` names parts or images
            that are not there.
    """
    leaks = find_leaks(table, split)
    if leaks:
        first = "; ".join(f"{leak.kind} {leak.name}: {some(leak.images, 4)}" for leak in leaks[:5])
        more = f"; and {len(leaks) - 5} more" if len(leaks) > 5 else ""
        raise AssemblyError(
            "every image and every patient in one of train, validate and test",
            f"{len(leaks)} in two of them: {first}{more}",
            "Split the sources together (split = 'joint'), or hold these images out",
        )
    return leaks


def find_leaks(table: AssembledTable, split: pl.DataFrame | None = None) -> list[Leak]:
    """List what stands in two of train, validate and test: images first, then patients, groups.

    Arguments and errors are those of ``audit_table``. A group is listed only where none of its
    images and patients is.
    """
    members = table.members.select("record", "source", "image", "patient").join(
        table.records.select("record", "group", "split"),
        on="record",
        how="left",
        maintain_order="left",
    )
    named = pl.col("source") + "/" + pl.col("image")
    if split is not None:
        members = members.with_columns(name=named)
        excluded = table.excluded.select(pl.col("source") + "/" + pl.col("image"), "image")
        members = _place_images(members.drop("split"), split, excluded)
    members = members.filter(pl.col("split").is_in(SPLITS[:3]))
    told = members.clear().select("group")
    leaks: list[Leak] = []
    for kind, said in (("record", "image"), ("patient", "patient"), ("group", "group")):
        placed = members.select(kind, "split").drop_nulls(kind).unique()
        torn = placed.filter(pl.col(kind).is_duplicated()).select(pl.col(kind).unique())
        found = members.join(torn, on=kind, how="semi", maintain_order="left")
        found = found.with_columns(name=named)
        if kind == "group":
            found = found.join(told, on="group", how="anti", maintain_order="left")
        told = pl.concat([told, found.select("group")])
        listed = found.group_by(kind, maintain_order=True).agg(
            parts="split", images=pl.format("{}: {}", "split", "name")
        )
        for name, parts, images in listed.iter_rows():
            sides = tuple(one for one in SPLITS[:3] if one in parts)
            leaks.append(Leak(said, str(name), sides, tuple(images)))
    return leaks


def _place_images(
    members: pl.DataFrame, split: pl.DataFrame, excluded: pl.DataFrame
) -> pl.DataFrame:
    """The members that the foreign split names, with its part of each."""
    for column in ("image", "split"):
        if column not in split.columns:
            raise _unfit("columns image and split", f"columns {some(split.columns)}")
    odd = split.filter(~pl.col("split").is_in(SPLITS) | pl.col("split").is_null())
    if odd.height:
        raise _unfit(
            f"splits among {', '.join(SPLITS)}",
            f"{some(odd['split'].unique().sort().cast(pl.String).fill_null('nothing'))}",
        )
    if "source" in split.columns:
        split = split.select(image=pl.col("source") + "/" + pl.col("image"), split="split")
    named = pl.concat(
        [
            members.select("name", key="name"),
            members.filter(pl.col("image") != pl.col("name")).select("name", key="image"),
        ]
    )
    twice = named.filter(pl.col("name").n_unique().over("key") > 1)
    unclear = split.join(twice, left_on="image", right_on="key", how="semi")
    if unclear.height:
        raise _unfit(
            "each image named once; two sources have images of the same name",
            f"{some(unclear['image'].unique().sort())}",
            "Add a column source, or write source/image",
        )
    placed = split.select("image", "split").join(
        named, left_on="image", right_on="key", how="left", maintain_order="left"
    )
    # An image that the table left out is known, but there is nothing of it to check.
    strange = placed.filter(
        pl.col("name").is_null()
        & ~pl.col("image").is_in(excluded["image"].implode())
        & ~pl.col("image").is_in(excluded["source"].implode())
    )
    if strange.height:
        raise _unfit(
            "images that the table holds",
            f"{strange.height} that it does not, such as {some(strange['image'].head(3))}",
            "Assemble the source that holds them, or leave them out of the split",
        )
    return members.join(placed.select("name", "split"), on="name", how="inner")


def _unfit(expected: str, got: str, do: str = "Fix the table of the split") -> AssemblyError:
    return AssemblyError(f"a split with {expected}", got, do)
