"""Which images are the same picture, and which pictures are of the same person."""

import numpy as np
import polars as pl
from jaxtyping import Bool, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from labelassemble.errors import AssemblyError, some

LINK_COLUMNS = {"left": pl.Int64, "right": pl.Int64, "evidence": pl.String}
"""Two row numbers of ``images`` that are the same picture, and what says so."""


def link_by_content(images: pl.DataFrame, contents: pl.DataFrame) -> pl.DataFrame:
    """Link images whose files are identical byte for byte.

    Args:
        images: columns row, source, image (one row an image).
        contents: columns source, image, sha256 of the file; images without a file are not in it.

    Returns:
        ``LINK_COLUMNS``; each image is linked with the first of the same content.

    >>> images = pl.DataFrame({"row": [0, 1], "source": ["a", "b"], "image": ["1", "2"]})
    >>> contents = pl.DataFrame({"source": ["b", "a"], "image": ["2", "1"], "sha256": ["f", "f"]})
    >>> link_by_content(images, contents).rows()
    [(0, 1, 'same content')]
    """
    found = images.join(
        contents.filter(pl.col("sha256").is_not_null()), on=["source", "image"], how="inner"
    )
    first = pl.col("row").min().over("sha256")
    return (
        found.select(left=first, right=pl.col("row"))
        .filter(pl.col("left") != pl.col("right"))
        .unique()
        .sort("left", "right")
        .select(
            pl.col("left").cast(pl.Int64),
            pl.col("right").cast(pl.Int64),
            evidence=pl.lit("same content"),
        )
    )


def link_by_crosswalk(
    images: pl.DataFrame, pairs: pl.DataFrame, left_source: str, right_source: str, place: str
) -> pl.DataFrame:
    """Link images that a crosswalk calls the same picture.

    Args:
        images: columns row, source, image (one row an image).
        pairs: columns left, right: names of images of the two sources; names of images that the
            tables do not hold are passed over.
        left_source: source of the left names.
        right_source: source of the right names.
        place: the crosswalk's file, for errors.

    Returns:
        ``LINK_COLUMNS``.

    Raises:
        AssemblyError: none of the left (or right) names is an image of that source.
    """
    numbered = pairs
    for side, source in (("left", left_source), ("right", right_source)):
        own = images.filter(pl.col("source") == source).select(
            pl.col("image").alias(side), pl.col("row").cast(pl.Int64).alias(f"{side}_row")
        )
        if pairs.join(own, on=side, how="semi").is_empty():
            raise AssemblyError(
                f"names of images of {source!r}, such as {some(own[side].sort(), 2)}, "
                f"on the {side} of the crosswalk {place}",
                f"none among {pairs.height} rows, which name {some(pairs[side].head(2))}",
                f"Check {side}_source and {side}_column of that crosswalk",
            )
        numbered = numbered.join(own, on=side, how="inner")
    return (
        numbered.select(left="left_row", right="right_row")
        .filter(pl.col("left") != pl.col("right"))
        .unique()
        .sort("left", "right")
        .with_columns(evidence=pl.lit("crosswalk"))
    )


def join_images(images: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Find the pictures behind the images and the persons behind the pictures.

    Linked images are one picture; it is named after its first member that has a file. Pictures with
    a patient in common are one group, through any number of pictures and patients.

    Args:
        images: columns row (0, 1, ...: recipe order, then image), source, image, path, patient
            (``source/patient``); path and patient may be null. Sorted by row.
        links: ``LINK_COLUMNS``.

    Returns:
        One row an image: row, picture_row (row of the member that names the picture), picture,
        evidence (``table`` for that member), group (picture_row of the group's first picture),
        group_patient (the group's first known patient, or the name of its first picture).
    """
    count = images.height
    row = np.arange(count)
    left, right = links["left"].to_numpy(), links["right"].to_numpy()
    same = _components(count, left, right)
    picture_row = _first_of(same, images["path"].is_null().to_numpy())

    patient = images["patient"]
    has_patient = patient.is_not_null().to_numpy()
    # Patients stand behind the images as further nodes of the graph; the order of their numbers
    # does not matter, only which are equal.
    patient_number = patient.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
    patients = int(patient_number.max(initial=-1)) + 1
    together = _components(
        count + patients,
        np.concatenate([row, row[has_patient]]),
        np.concatenate([picture_row, count + patient_number[has_patient]]),
    )[:count]
    group = _first_of(together, picture_row != row)

    crosswalked = np.zeros(count, dtype=bool)
    by_crosswalk = (links["evidence"] == "crosswalk").to_numpy()
    crosswalked[left[by_crosswalk]] = True
    crosswalked[right[by_crosswalk]] = True
    name = images["source"] + "/" + images["image"]
    evidence = np.where(picture_row == row, 0, np.where(crosswalked, 1, 2))
    return pl.DataFrame(
        {
            "row": row,
            "picture_row": picture_row,
            "picture": name.gather(picture_row),
            "evidence": pl.Series(["table", "crosswalk", "same content"]).gather(evidence),
            "group": group,
            "group_patient": _first_patient(images, together, name.gather(group)),
        }
    )


def _components(
    nodes: int, left: Int[np.ndarray, " links"], right: Int[np.ndarray, " links"]
) -> Int[np.ndarray, " nodes"]:
    """Number of the connected component of each node."""
    if nodes == 0:
        return np.zeros(0, dtype=np.int64)
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(nodes, nodes))
    found: Int[np.ndarray, " nodes"] = connected_components(graph, directed=False)[1]
    return found.astype(np.int64)


def _first_of(
    component: Int[np.ndarray, " nodes"], later: Bool[np.ndarray, " nodes"]
) -> Int[np.ndarray, " nodes"]:
    """Per node, the first of its component; one marked ``later`` only if all of it are."""
    order = np.lexsort((np.arange(len(component)), later))
    first = np.zeros(int(component.max(initial=-1)) + 1, dtype=np.int64)
    # Written from the last to the first, so that the first one stays.
    first[component[order[::-1]]] = order[::-1]
    found: Int[np.ndarray, " nodes"] = first[component]
    return found


def _first_patient(
    images: pl.DataFrame, together: Int[np.ndarray, " images"], otherwise: pl.Series
) -> pl.Series:
    """Per image, the group's first patient: by the order of sources, then by name."""
    order = images.select(
        order=pl.col("row").min().over("source"), patient="patient", together=pl.Series(together)
    )
    first = (
        order.drop_nulls("patient")
        .sort("order", "patient")
        .group_by("together", maintain_order=True)
        .agg(pl.col("patient").first())
    )
    found = order.select("together").join(first, on="together", how="left", maintain_order="left")
    return found["patient"].fill_null(otherwise).alias("group_patient")
