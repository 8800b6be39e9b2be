"""Does the highest place of a class's heat map lie in the lesion?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch
from jaxtyping import Bool

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.fit_square import fit_mask
from labelassemble.detection.open_cases import open_annotated
from labelassemble.experiments.truth_masks import find_truth, read_truth, unpack_finding
from labelassemble.images.store import ImageStore
from labelassemble.inference.heat_map import find_peaks
from labelassemble.inference.load_network import load_network
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import POSITIVE

_Places = Bool[np.ndarray, "size size"]

BATCH = 64
"""Images a forward pass; each class's map has the image's size."""


@dataclass(frozen=True)
class LesionMasks:
    """Where the lesions of test images lie.

    Attributes:
        places: image to its classes with a lesion, each with its places on the stored image.
    """

    places: Mapping[str, Mapping[str, _Places]]

    @property
    def number(self) -> int:
        """Pairs of image and class."""
        return sum(len(own) for own in self.places.values())

    @property
    def chance(self) -> float:
        """How often a place drawn at random would lie in the lesion, the mean over the classes."""
        return _mean_over_classes(
            [(name, float(one.mean())) for own in self.places.values() for name, one in own.items()]
        )


def find_lesion_masks(recipe: Recipe, table: AssembledTable, store: ImageStore) -> LesionMasks:
    """Find masks and boxes of positive cells of the test images, whoever drew them.

    Simulated hospitals keep their masks beside the reference's images.

    Raises:
        ImageError, SourceError: as ``open_annotated``; a mask that is not there.
    """
    places = _drawn_places(recipe, table, store)
    for name, own in _simulated_places(recipe, table, store).items():
        places.setdefault(name, {}).update(own)
    positive = set(table.cells.filter(pl.col("label") == 1.0).select("record", "class").iter_rows())
    kept = {
        name: {
            of_class: one
            for of_class, one in own.items()
            if (name, of_class) in positive and one.any()
        }
        for name, own in places.items()
    }
    return LesionMasks({name: own for name, own in kept.items() if own})


def _drawn_places(
    recipe: Recipe, table: AssembledTable, store: ImageStore
) -> dict[str, dict[str, _Places]]:
    masked = table.masks.filter(pl.col("kind") == "file")["record"]
    drawn = pl.concat([masked, table.boxes["record"]]).unique()
    records = table.records.filter(
        pl.col("split") == "test", pl.col("record").is_in(drawn.implode())
    )["record"].to_list()
    if not records:
        return {}
    detection = recipe.detection.model_copy(update={"dimensions": 2})
    flat = recipe.model_copy(update={"detection": detection})
    annotated = open_annotated(flat, table, records, store=store, drawn_on=records)
    return {
        name: dict(zip(table.classes, annotated.state() == POSITIVE, strict=True))
        for name, annotated in annotated.items()
    }


def _simulated_places(
    recipe: Recipe, table: AssembledTable, store: ImageStore
) -> dict[str, dict[str, _Places]]:
    shown = {one.name: find_truth(one.folder) for one in recipe.sources}
    simulated = [name for name, findings in shown.items() if findings]
    test = table.records.filter(
        pl.col("split") == "test", pl.col("source").is_in(simulated)
    ).select("record", "path", "source")
    places = {}
    for name, path, source in test.iter_rows():
        packed = fit_mask(read_truth(Path(path)), store.size, recipe.images.fit)
        values = np.where(packed.inside, packed.values, 0).astype(np.uint8)
        places[name] = {
            finding: unpack_finding(values, number)
            for number, finding in enumerate(shown[source])
            if finding in table.classes
        }
    return places


def score_pointing(weights: Path, store: ImageStore, lesions: LesionMasks) -> float:
    """Give the share of lesions in which the highest place of their class's heat map lies.

    The mean over the classes of lesions and network; nan where they have none in common.

    Args:
        weights: checkpoint of a network that predicts for whole images.
        store: the images.
        lesions: of ``find_lesion_masks``.

    Source: Zhang 2018 (excitation backpropagation), pointing game; without its tolerance.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = load_network(weights, device)
    names = list(lesions.places)
    rows = store.find_rows(names)
    hits: list[tuple[str, float]] = []
    for start in range(0, len(names), BATCH):
        peaks = find_peaks(network, store.read(rows[start : start + BATCH]))
        for name, own in zip(names[start : start + BATCH], peaks, strict=True):
            for of_class, places in lesions.places[name].items():
                if of_class in network.classes:
                    row, column = own[network.classes.index(of_class)]
                    hits.append((of_class, float(places[row, column])))
    return _mean_over_classes(hits)


def _mean_over_classes(values: Sequence[tuple[str, float]]) -> float:
    by_class: dict[str, list[float]] = {}
    for name, value in values:
        by_class.setdefault(name, []).append(value)
    return float(np.mean([np.mean(own) for own in by_class.values()])) if by_class else float("nan")
