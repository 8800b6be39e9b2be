"""Which images of a table a run has seen: the same ones, of the same patients, or look-alikes."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from labelassemble.assembly.kinship import FindTable, find_kinship, find_none
from labelassemble.assembly.link_kin import link_kin
from labelassemble.assembly.overlap import find_components
from labelassemble.assembly.seen_images import HELD_OUT, SEEN
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_names, load_manifest

_NONE = pl.DataFrame(schema={"row": pl.Int64, "seen": pl.Int8})


def find_seen(
    images: pl.DataFrame,
    seen: pl.DataFrame,
    manifests: Mapping[str, Manifest],
    contents: pl.DataFrame | None,
    *,
    similar: bool = True,
    find_table: FindTable = find_none,
) -> pl.Series:
    """Find the images that a run has seen, as far as names, patients, files and looks tell.

    Args:
        images: columns row, source, image, patient (``source/patient``); one row an image.
        seen: ``SEEN_COLUMNS``.
        manifests: of the sources, by which names of two sources may mean the same; none: names
            are hashes.
        contents: columns source, image, sha256, pixel_sha256, fingerprint; None: no file was read.
        similar: whether images whose fingerprints are alike count.
        find_table: finds published tables of names.

    Returns:
        Int8, a row an image: index into ``SEEN``, the smallest that any evidence gives; null where
        the run has not seen it.
    """
    told = seen.with_columns(
        seen=pl.col("split").replace_strict(
            SEEN, range(len(SEEN)), default=None, return_dtype=pl.Int8
        )
    ).drop_nulls("seen")
    name = pl.col("source") + "/" + pl.col("image")
    own = [
        (images.select("row", key=name), told.select("seen", key="record")),
        (images.select("row", key="patient"), told.select("seen", key="patient")),
        *_name_public(images, told, manifests),
    ]
    looks = _NONE
    if contents is not None:
        files = contents.join(images.select("row", "source", "image"), on=["source", "image"])
        own += [
            (files.select("row", key=hashed), told.select("seen", key=hashed))
            for hashed in ("sha256", "pixel_sha256")
        ]
        looks = _match_alike(files, told) if similar else _NONE
    found = [_match(*one) for one in own]
    found += [looks, _match_kin(images, told, manifests, find_table)]
    best = pl.concat(found).group_by("row").agg(pl.col("seen").min())
    return images.select("row").join(best, on="row", how="left", maintain_order="left")["seen"]


def known_as(manifest: Manifest) -> str | None:
    """The built-in manifest whose names a source has; None: it is no public one."""
    name = manifest.extends or manifest.name
    return name if name in builtin_names() else None


def _match(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    known = theirs.drop_nulls("key").group_by("key").agg(pl.col("seen").min())
    return ours.drop_nulls("key").join(known, on="key").select("row", "seen")


def _name_public(
    images: pl.DataFrame, told: pl.DataFrame, manifests: Mapping[str, Manifest]
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Names of images and patients of public sets, whatever recipes call the source."""
    public = {source: name for source, one in manifests.items() if (name := known_as(one))}
    ours = images.filter(pl.col("source").is_in(list(public))).with_columns(
        manifest=pl.col("source").replace(public)
    )
    theirs = told.filter(pl.col("manifest").is_in(list(public.values())))
    for mine, other in ((pl.col("source") + "/" + pl.col("image"), "record"), ("patient",) * 2):
        yield (
            ours.select("row", key=_rename(mine)),
            theirs.select("seen", key=_rename(other)),
        )


def _rename(name: pl.Expr | str) -> pl.Expr:
    named = pl.col(name) if isinstance(name, str) else name
    return pl.col("manifest") + "/" + named.str.replace(r"^[^/]*/", "")


def _match_kin(
    images: pl.DataFrame,
    told: pl.DataFrame,
    manifests: Mapping[str, Manifest],
    find_table: FindTable,
) -> pl.DataFrame:
    """What manifests tell of names of other sets, such as the one that a set is a part of."""
    public = told.drop_nulls("manifest")
    if public.is_empty() or images.is_empty() or not manifests:
        return _NONE
    # No source of a recipe has a blank in its name.
    relatives = {f"seen {name}": load_manifest(name) for name in public["manifest"].unique().sort()}
    kinship = find_kinship({**manifests, **relatives}, find_table)
    if not any((one.one in relatives) != (one.other in relatives) for one in kinship.relations):
        return _NONE
    start = int(images.select(pl.col("row").max()).item()) + 1
    source = "seen " + pl.col("manifest")
    theirs = public.select(
        "seen",
        row=start + pl.int_range(pl.len(), dtype=pl.Int64),
        source=source,
        image=pl.col("record").str.replace(r"^[^/]*/", ""),
        patient=source + "/" + pl.col("patient").str.replace(r"^[^/]*/", ""),
    )
    named = ["row", "source", "image", "patient"]
    links = link_kin(pl.concat([images.select(named), theirs.select(named)]), kinship)
    across = links.filter((pl.col("left") < start) & (pl.col("right") >= start))
    return across.join(theirs.select("seen", right="row"), on="right").select(
        row="left", seen="seen"
    )


def _match_alike(files: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Look-alikes of images that are not in the table: those of its own are in their groups."""
    elsewhere = (
        told.filter(
            pl.col("fingerprint").is_not_null()
            & (pl.col("seen") < HELD_OUT)
            & ~pl.col("sha256").is_in(files["sha256"].drop_nulls().implode())
        )
        .group_by("fingerprint")
        .agg(pl.col("seen").min())
        .sort("fingerprint")
    )
    own = files.drop_nulls("fingerprint")
    if elsewhere.is_empty() or own.is_empty():
        return _NONE
    # Only here: what it searches with takes long to import.
    from labelassemble.assembly.near_duplicates import find_near_duplicates

    every = pl.concat([elsewhere["fingerprint"], own["fingerprint"]])
    near = find_near_duplicates(np.stack([np.frombuffer(one, dtype=np.uint8) for one in every]))
    component = find_components(len(every), near["left"].to_numpy(), near["right"].to_numpy())
    known = pl.DataFrame({"key": component[: elsewhere.height], "seen": elsewhere["seen"]})
    return _match(pl.DataFrame({"row": own["row"], "key": component[elsewhere.height :]}), known)
