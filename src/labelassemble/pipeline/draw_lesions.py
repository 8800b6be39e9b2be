"""Test images in, pictures for the report out: a picture or a slice with answers and lesions."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool, Int, Shaped, UInt8

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.answer_image import answer_image
from labelassemble.detection.dense_case import DenseCase
from labelassemble.detection.open_cases import make_cases, open_grounds
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.model.network import Network
from labelassemble.report.content import HeatMapPicture
from labelassemble.settings import Recipe
from labelassemble.sources.verdicts import POSITIVE


def draw_lesions(
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore | None,
    network: Network,
    chosen: Sequence[tuple[str, str, float]],
    title_of: Callable[[str], str],
) -> list[HeatMapPicture]:
    """Draw one class's answers on test pictures, or on the slice that shows most of a lesion.

    Where no lesion is drawn in a volume, on the slice with the highest answer.

    Args:
        recipe: resolved settings; ``detection.dimensions`` says what the images are.
        table: the assembled table.
        store: decoded pictures; needed in 2-D.
        network: one that answers densely.
        chosen: picture, class and largest answer, each a pair of pictures of the report.
        title_of: a class in words.
    """
    cases = _open(recipe, table, store, [picture for picture, _, _ in chosen])
    maps = []
    for picture, name, answer in chosen:
        case = cases[picture]
        dense = answer_image(network, case.ground.image(), recipe.detection)
        probability = dense[network.classes.index(name)]
        lesion = np.asarray(case.state()[table.classes.index(name)] == POSITIVE)
        grey, what = np.asarray(case.ground.image()), "test picture"
        if recipe.detection.dimensions == 3:
            height = choose_slice(lesion, probability)
            grey, probability, lesion = (
                to_picture(one[:, :, height]) for one in (grey, probability, lesion)
            )
            what = "test volume, axial slice"
        maps.append(
            HeatMapPicture(
                image=to_grey(grey.astype(np.float32)),
                class_title=title_of(name),
                probability=probability,
                answer=answer,
                true_label=True,
                lesion_mask=lesion if lesion.any() else None,
                caption=f"{picture.split('/', 1)[0]}, {what}",
            )
        )
    return maps


def choose_slice(
    lesion: Bool[np.ndarray, "right anterior superior"],
    probability: Shaped[np.ndarray, "right anterior superior"],
) -> int:
    """Choose the axial slice with most of the lesion; without one, that of the highest answer."""
    shown = lesion.sum(axis=(0, 1)) if lesion.any() else probability.max(axis=(0, 1))
    return int(np.argmax(shown))


def to_picture(
    plane: Shaped[np.ndarray, "right anterior"],
) -> Shaped[np.ndarray, "height width"]:
    """Turn an axial plane as radiologists see it: from the feet, the patient's right on the left.

    >>> to_picture(np.array([[1, 2], [3, 4]])).tolist()
    [[4, 2], [3, 1]]
    """
    return np.ascontiguousarray(plane.T[::-1, ::-1])


def to_grey(
    values: Shaped[np.ndarray, "height width"],
) -> UInt8[np.ndarray, "height width"]:
    """Give values in [0, 1] as grey of 8 bits."""
    return np.asarray(np.round(255 * np.clip(values, 0, 1)).astype(np.uint8))


def _open(
    recipe: Recipe, table: AssembledTable, store: ImageStore | None, pictures: Sequence[str]
) -> dict[str, DenseCase]:
    names = list(dict.fromkeys(pictures))
    grounds = open_grounds(recipe, table, names, store, set(names))
    labels = make_labels(table, table.classes)
    place = {name: row for row, name in enumerate(labels.picture)}
    rows: Int[np.ndarray, " rows"] = np.array([place[name] for name in names], dtype=np.int64)
    cases = make_cases(grounds, labels, table.classes, rows, recipe.detection.exclusive)
    return {case.picture: case for case in cases}


def choose_typical(
    table: AssembledTable, answers: pl.DataFrame, number: int
) -> list[tuple[str, str, float]]:
    """Choose a positive test picture of each class: the one with the median answer.

    The surest one would flatter.

    Args:
        table: the assembled table.
        answers: picture, class, answer.
        number: of pictures at most.

    Returns:
        Picture, class and answer.
    """
    test = table.pictures.filter(pl.col("split") == "test").select("picture")
    positive = (
        table.cells.filter(pl.col("label") == 1.0)
        .select("picture", "class")
        .join(test, on="picture")
        .join(answers, on=["picture", "class"])
    )
    off = (pl.col("answer") - pl.col("answer").median().over("class")).abs()
    return (
        positive.with_columns(off.alias("off"))
        .sort("off", "picture")
        .unique("class", keep="first", maintain_order=True)
        .head(number)
        .select("picture", "class", "answer")
        .rows()
    )
