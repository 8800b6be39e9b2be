"""Boxes that networks find by their maps, held against those that somebody drew on test images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from jaxtyping import Bool, Float, Int

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.experiments.pointing_game import LesionMasks
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.inference.region_map import locate_classes
from labelassemble.metrics.lesions.box_iou import box_iou
from labelassemble.metrics.lesions.heat_boxes import box_iobb, box_of_heat, boxes_of_mask

PERCENTILES = (60.0, 65.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0, 99.0)
"""Of which one is chosen for each class. Hermoza 2020: 60 to 100."""
IOU, IOBB = (0.1, 0.3, 0.5), (0.25, 0.5)
"""Overlaps from which on a box counts as found."""
_BATCH = 16


class Overlaps(NamedTuple):
    """How well one network's boxes lie; a row a pair of image and class with a drawn lesion.

    Attributes:
        of_class: the class.
        patient: of the image.
        iou: intersection over union with the drawn box that fits best, at every percentile.
        iobb: intersection over the found box.
    """

    of_class: tuple[str, ...]
    patient: tuple[str, ...]
    iou: Float[np.ndarray, "pairs percentiles"]
    iobb: Float[np.ndarray, "pairs percentiles"]


def measure_overlaps(
    weights: Path, table: AssembledTable, store: ImageStore, lesions: LesionMasks
) -> Overlaps:
    """Find a box for every drawn lesion of test images, at every percentile.

    Args:
        weights: checkpoint of a network that predicts for whole images.
        table: says whose images they are.
        store: the images.
        lesions: of ``find_lesion_masks``; parts that touch are one lesion.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = load_network(weights, device)
    names = list(lesions.places)
    rows = store.find_rows(names)
    patient = dict(table.records.select("record", "patient").iter_rows())
    found: list[tuple[str, str, list[float], list[float]]] = []
    for start in range(0, len(names), _BATCH):
        heat = locate_classes(network, store.read(rows[start : start + _BATCH]))
        for name, own in zip(names[start : start + _BATCH], heat, strict=True):
            for of_class, mask in lesions.places[name].items():
                if of_class in network.classes:
                    map_of_class = own[network.classes.index(of_class)]
                    boxes = np.stack([box_of_heat(map_of_class, one) for one in PERCENTILES])
                    truth = boxes_of_mask(mask)
                    iou, iobb = (box(boxes, truth).max(axis=1) for box in (box_iou, box_iobb))
                    found.append((of_class, patient[name], iou.tolist(), iobb.tolist()))
    shape = (len(found), len(PERCENTILES))
    return Overlaps(
        tuple(one[0] for one in found),
        tuple(one[1] for one in found),
        np.array([one[2] for one in found], dtype=np.float64).reshape(shape),
        np.array([one[3] for one in found], dtype=np.float64).reshape(shape),
    )


def choose_crosswise(overlaps: Overlaps) -> Int[np.ndarray, " pairs"]:
    """Choose a percentile for each class by the mean IoU of *other* patients' boxes.

    Patients are halved; each half takes what is best on the other, and 90 where that has no box of
    the class.

    Returns:
        Place among ``PERCENTILES`` of every pair.
    """
    patients = sorted(set(overlaps.patient))
    order = np.random.default_rng(0).permutation(len(patients))
    half = {patients[one]: place % 2 for place, one in enumerate(order)}
    halves = np.array([half[one] for one in overlaps.patient], dtype=np.int64)
    classes = np.array(overlaps.of_class, dtype=object)
    chosen = np.full(len(classes), PERCENTILES.index(90.0))
    for name in set(overlaps.of_class):
        for own in (0, 1):
            other = (classes == name) & (halves != own)
            if other.any():
                best = int(overlaps.iou[other].mean(axis=0).argmax())
                chosen[(classes == name) & (halves == own)] = best
    return chosen


class BoxScores(NamedTuple):
    """Means over the classes of one network's boxes.

    Attributes:
        iou: mean IoU.
        found_iou: share of boxes from each of ``IOU`` on.
        found_iobb: share of boxes from each of ``IOBB`` on.
    """

    iou: float
    found_iou: tuple[float, ...]
    found_iobb: tuple[float, ...]


def score_boxes(overlaps: Overlaps) -> BoxScores:
    """Score boxes at the percentiles that other patients chose; nan where there are none."""
    pairs = np.arange(len(overlaps.of_class))
    chosen = choose_crosswise(overlaps)
    iou, iobb = overlaps.iou[pairs, chosen], overlaps.iobb[pairs, chosen]
    own = overlaps.of_class
    return BoxScores(
        _mean(own, iou),
        tuple(_mean(own, iou >= least) for least in IOU),
        tuple(_mean(own, iobb >= least) for least in IOBB),
    )


def _mean(
    of_class: Sequence[str], values: Float[np.ndarray, " pairs"] | Bool[np.ndarray, " pairs"]
) -> float:
    """Mean over the classes of each one's mean."""
    frame = pl.DataFrame({"class": list(of_class), "value": values.astype(np.float64)})
    mean = frame.group_by("class").agg(pl.col("value").mean())["value"].mean()
    return float(mean) if isinstance(mean, float) else float("nan")


def count_boxes(lesions: LesionMasks, classes: Sequence[str]) -> Mapping[str, int]:
    """Count drawn lesions of test images by class, in the order of the classes."""
    own = [name for places in lesions.places.values() for name in places]
    return {name: own.count(name) for name in classes if name in own}
