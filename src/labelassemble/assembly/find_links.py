"""Everything that says that two images are the same image, or of the same patient."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from labelassemble.assembly.crosswalk import read_crosswalk
from labelassemble.assembly.keep_places import keep_places
from labelassemble.assembly.kin_routes import Kinship
from labelassemble.assembly.kinship import find_kinship
from labelassemble.assembly.link_kin import link_kin
from labelassemble.assembly.links import (
    NO_LINKS,
    link_by_crosswalk,
    link_by_fingerprint,
    link_equal,
)
from labelassemble.assembly.sequences import keep_frames_apart, link_sequences
from labelassemble.errors import AssemblyError, unknown_name
from labelassemble.settings import AssemblySettings
from labelassemble.sources.input_file import InputFile
from labelassemble.vocabulary.class_table import ClassTable

CONTENT_COLUMNS = {
    "source": pl.String,
    "image": pl.String,
    "sha256": pl.String,
    "pixel_sha256": pl.String,
    "frame": pl.Binary,
    "fingerprint": pl.Binary,
}
"""What is known of an image file: the hash of its bytes, of its decoded pixels, its frame and its
perceptual fingerprint; null where it was not computed."""


def find_links(
    images: pl.DataFrame,
    tables: Sequence[ClassTable],
    settings: AssemblySettings,
    contents: pl.DataFrame | None,
    kinship: Kinship | None = None,
) -> tuple[pl.DataFrame, list[InputFile]]:
    """Ask names, crosswalks, files, pixels and fingerprints, as far as the settings want it.

    Args:
        images: columns row, source, image, patient (``source/patient``); one row an image.
        tables: the sources, whose manifests say what they share with others.
        settings: which evidence counts.
        contents: ``CONTENT_COLUMNS``; None: no image was read.
        kinship: what ``find_kinship`` gave; None: what the manifests say.

    Returns:
        ``LINK_COLUMNS``, sorted; and the crosswalks that were read.

    Raises:
        AssemblyError: a crosswalk that cannot be read, or that names other images.
    """
    links, files = [NO_LINKS], []
    if settings.overlapping_names:
        links.append(
            link_kin(images, kinship or find_kinship({one.source: one.manifest for one in tables}))
        )
    for crosswalk in settings.crosswalks:
        for name in (crosswalk.left_source, crosswalk.right_source):
            if name not in images["source"]:
                raise AssemblyError(
                    f"sources of the recipe in the crosswalk {crosswalk.file.name}",
                    unknown_name("source", name, images["source"].unique().sort()),
                    "Fix left_source or right_source, or take the crosswalk out",
                )
        pairs, file = read_crosswalk(crosswalk)
        files.append(file)
        left, right = crosswalk.left_source, crosswalk.right_source
        links.append(
            link_by_crosswalk(images, pairs, left, right, file.path, crosswalk.error_above)
        )
    if contents is not None:
        if settings.same_content:
            links.append(link_equal(images, contents, "sha256"))
        if settings.same_pixels:
            links.append(link_equal(images, contents, "pixel_sha256"))
        if settings.similar_images != "ignore":
            links.append(_link_similar(images, contents, settings))
    links.append(link_sequences(images, tables))
    found = keep_frames_apart(pl.concat(links), images, tables)
    if contents is not None:
        found = keep_places(found, images, tables, contents)
    return found.sort("left", "right", "evidence"), files


def _link_similar(
    images: pl.DataFrame, contents: pl.DataFrame, settings: AssemblySettings
) -> pl.DataFrame:
    known = contents.filter(pl.col("fingerprint").is_not_null())
    if known.height < 2:
        return NO_LINKS
    # Only here: what it searches with takes long to import, and tables alone do not need it.
    from labelassemble.assembly.near_duplicates import find_near_duplicates

    fingerprints = np.stack([np.frombuffer(one, dtype=np.uint8) for one in known["fingerprint"]])
    near = find_near_duplicates(fingerprints, settings.look_alikes)
    if settings.similar_images == "group":
        near = near.with_columns(tier=pl.lit("look-alike"))
    return link_by_fingerprint(images, known, near)
