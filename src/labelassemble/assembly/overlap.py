"""Which images are the same image, and which images are of the same person."""

import numpy as np
import polars as pl
from jaxtyping import Bool, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from labelassemble.assembly.links import JOINS, LINK_EVIDENCE

NAMES_IT = "table"
"""Evidence of the member after which an image is named: its own source's table."""

NAMES = (NAMES_IT, *LINK_EVIDENCE)
MEMBER_EVIDENCE = pl.Enum(NAMES)


def join_images(images: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Find the images behind the images and the persons behind the images.

    Images linked by evidence of the same image (``links.JOINS``) are one image; it is named
    after its first member that has a file. Images with a patient in common, or linked by weaker
    evidence, are one group, through any number of images and patients.

    Args:
        images: columns row (0, 1, ...: recipe order, then image), source, image, path, patient
            (``source/patient``); path and patient may be null. Sorted by row.
        links: ``LINK_COLUMNS``.

    Returns:
        One row an image: row, record_row (row of the member that names the image), image,
        evidence (``MEMBER_EVIDENCE``: the surest link that the image has with its image), group
        (record_row of the group's first image), group_patient (the group's first known patient,
        or the name of its first image).
    """
    count = images.height
    row = np.arange(count)
    left, right = links["left"].to_numpy(), links["right"].to_numpy()
    kind = links["evidence"].to_physical().to_numpy()
    joins = kind < len(JOINS)
    same = find_components(count, left[joins], right[joins])
    record_row = _first_of(same, images["path"].is_null().to_numpy())

    patient = images["patient"]
    has_patient = patient.is_not_null().to_numpy()
    # Patients stand behind the images as further nodes of the graph; the order of their numbers
    # does not matter, only which are equal.
    patient_number = patient.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
    patients = int(patient_number.max(initial=-1)) + 1
    together = find_components(
        count + patients,
        np.concatenate([row, row[has_patient], left]),
        np.concatenate([record_row, count + patient_number[has_patient], right]),
    )[:count]
    group = _first_of(together, record_row != row)

    surest = np.full(count, len(LINK_EVIDENCE), dtype=np.int64)
    for end in (left, right):
        np.minimum.at(surest, end[joins], kind[joins])
    evidence = np.where(record_row == row, 0, surest + 1)
    name = images["source"] + "/" + images["image"]
    return pl.DataFrame(
        {
            "row": row,
            "record_row": record_row,
            "record": name.gather(record_row),
            "evidence": pl.Series(MEMBER_EVIDENCE.categories)
            .gather(evidence)
            .cast(MEMBER_EVIDENCE),
            "group": group,
            "group_patient": _first_patient(images, together, name.gather(group)),
        }
    )


def find_components(
    nodes: int, left: Int[np.ndarray, " links"], right: Int[np.ndarray, " links"]
) -> Int[np.ndarray, " nodes"]:
    """Number of the connected component of each node.

    >>> find_components(3, np.array([0]), np.array([2])).tolist()
    [0, 1, 0]
    """
    if nodes == 0:
        return np.zeros(0, dtype=np.int64)
    # Bytes would overflow to 0 where two nodes have 256 links.
    weights = np.ones(len(left), dtype=np.int32)
    graph = coo_array((weights, (left, right)), shape=(nodes, nodes))
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
