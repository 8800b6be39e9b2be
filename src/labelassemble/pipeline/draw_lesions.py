"""Test images in, images for the report out: an image or a slice with predictions and lesions."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool, Shaped, UInt8

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.open_cases import open_cases
from labelassemble.detection.predict_image import predict_image
from labelassemble.images.store import ImageStore
from labelassemble.model.network import Network
from labelassemble.report.content import HeatMapImage
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import POSITIVE


def draw_lesion_maps(
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore | None,
    network: Network,
    chosen: Sequence[tuple[str, str, float]],
    title_of: Callable[[str], str],
) -> list[HeatMapImage]:
    """Draw one class's predictions on test images, or on the slice that shows most of a lesion.

    Where no lesion is drawn in a volume, on the slice with the highest prediction.

    Args:
        recipe: resolved settings; ``detection.dimensions`` says what the images are.
        table: the assembled table.
        store: decoded images; needed in 2-D.
        network: one that predicts densely.
        chosen: image, class and largest prediction, each a pair of images of the report.
        title_of: a class in words.
    """
    names = list(dict.fromkeys(image for image, _, _ in chosen))
    opened = open_cases(recipe, table, names, store=store)
    cases = {case.record: case for case in opened}
    maps = []
    for image, name, highest in chosen:
        case = cases[image]
        dense = predict_image(network, case.annotated.image(), recipe.detection)
        probability = dense[network.classes.index(name)]
        lesion = np.asarray(case.state()[table.classes.index(name)] == POSITIVE)
        grey, what = np.asarray(case.annotated.image()), "test image"
        if recipe.detection.dimensions == 3:
            height = choose_slice(lesion, probability)
            grey, probability, lesion = (
                to_image(one[:, :, height]) for one in (grey, probability, lesion)
            )
            what = "test volume, axial slice"
        maps.append(
            HeatMapImage(
                image=to_grey(grey.astype(np.float32)),
                class_title=title_of(name),
                probability_map=probability,
                probability=highest,
                true_label=True,
                lesion_mask=lesion if lesion.any() else None,
                caption=f"{image.split('/', 1)[0]}, {what}",
            )
        )
    return maps


def choose_slice(
    lesion: Bool[np.ndarray, "right anterior superior"],
    probability: Shaped[np.ndarray, "right anterior superior"],
) -> int:
    """Choose the axial slice with most of the lesion; without one, that of the highest
    prediction."""
    shown = lesion.sum(axis=(0, 1)) if lesion.any() else probability.max(axis=(0, 1))
    return int(np.argmax(shown))


def to_image(
    plane: Shaped[np.ndarray, "right anterior"],
) -> Shaped[np.ndarray, "height width"]:
    """Turn an axial plane as radiologists see it: from the feet, the patient's right on the left.

    >>> to_image(np.array([[1, 2], [3, 4]])).tolist()
    [[4, 2], [3, 1]]
    """
    return np.ascontiguousarray(plane.T[::-1, ::-1])


def to_grey(
    values: Shaped[np.ndarray, "height width"],
) -> UInt8[np.ndarray, "height width"]:
    """Give values in [0, 1] as grey of 8 bits."""
    return np.asarray(np.round(255 * np.clip(values, 0, 1)).astype(np.uint8))


def choose_typical(
    table: AssembledTable, predictions: pl.DataFrame, number: int
) -> list[tuple[str, str, float]]:
    """Choose a positive test image of each class: the one with the median prediction.

    The surest one would flatter.

    Args:
        table: the assembled table.
        predictions: image, class, prediction.
        number: of images at most.

    Returns:
        Image, class and prediction.
    """
    test = table.records.filter(pl.col("split") == "test").select("record")
    positive = (
        table.cells.filter(pl.col("label") == 1.0)
        .select("record", "class")
        .join(test, on="record")
        .join(predictions, on=["record", "class"])
    )
    off = (pl.col("probability") - pl.col("probability").median().over("class")).abs()
    return (
        positive.with_columns(off.alias("off"))
        .sort("off", "record")
        .unique("class", keep="first", maintain_order=True)
        .head(number)
        .select("record", "class", "probability")
        .rows()
    )
