"""Rows of label tables, drawn anew from figures of real ones: nothing is copied.

The figures are counts of published tables: how often a word stands in them, how many images a
patient has, how often images repeat.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

LISTED = {
    "Atelectasis": 0.1031,
    "Cardiomegaly": 0.0248,
    "Effusion": 0.1188,
    "Infiltration": 0.1774,
    "Mass": 0.0516,
    "Nodule": 0.0565,
    "Pneumonia": 0.0128,
    "Pneumothorax": 0.0473,
    "Consolidation": 0.0416,
    "Edema": 0.0205,
    "Emphysema": 0.0224,
    "Fibrosis": 0.0150,
    "Pleural_Thickening": 0.0302,
    "Hernia": 0.0020,
}
"""Share of the images of NIH ChestX-ray14 that list a term; 53.8 % list none."""

REVIEWED = {"Fracture": 0.0425, "Pneumothorax": 0.0544, "Airspace opacity": 0.4950}
REVIEWED |= {"Nodule or mass": 0.1383}
"""Share of "YES" in the 4,376 images that Google had read again."""

CLASSES = {"No Lung Opacity / Not Normal": 0.4430, "Lung Opacity": 0.2253, "Normal": 0.3317}
OPACITY_ROWS = 9_555 / 6_012
"""RSNA: shares of the three classes, and rows of an image with opacities: one a box."""

MASKED, RUNS = 0.2276, 191
"""SIIM: share of images with a mask, and how many runs one has."""

BOXED = {
    "Aortic enlargement": 7162,
    "Cardiomegaly": 5427,
    "Pleural thickening": 4842,
    "Pulmonary fibrosis": 4655,
    "Nodule/Mass": 2580,
    "Lung Opacity": 2483,
    "Pleural effusion": 2476,
    "Other lesion": 2203,
    "Infiltration": 1247,
    "ILD": 1000,
    "Calcification": 960,
    "Consolidation": 556,
    "Atelectasis": 279,
    "Pneumothorax": 226,
}
READERS, FOUND_NOTHING, BOXES = 3, 31_818 / 45_000, 36_096 / 13_182
"""VinDr-CXR: boxes of each finding; readers of an image, share of them who found nothing, and boxes
of those who found something."""

MENTIONED = {
    "Enlarged Cardiomediastinum": (0.20, 0.24, 0.28),
    "Cardiomegaly": (0.21, 0.58, 0.17),
    "Lung Opacity": (0.53, 0.92, 0.04),
    "Lung Lesion": (0.05, 0.79, 0.12),
    "Edema": (0.38, 0.61, 0.15),
    "Consolidation": (0.32, 0.18, 0.34),
    "Pneumonia": (0.12, 0.22, 0.68),
    "Atelectasis": (0.31, 0.48, 0.48),
    "Pneumothorax": (0.35, 0.25, 0.04),
    "Pleural Effusion": (0.60, 0.67, 0.09),
    "Pleural Other": (0.03, 0.52, 0.39),
    "Fracture": (0.06, 0.73, 0.05),
}
"""As in CheXpert: the share of images whose cell is not blank, and what share of those is positive
and uncertain; the rest is negative."""

PER_PATIENT = 112_120 / 30_805
TEST_SHARE = 25_596 / 112_120
CROSSWALK_WEAK = 98 / 26_684


def _image_numbers(prefix: str, numbers: np.ndarray, suffix: str = ".png") -> pl.Series:
    """Names such as ``00001234_002.png``: the patient, and which of their images."""
    patient, follow_up = _patients(numbers)
    frame = pl.DataFrame({"patient": patient, "number": follow_up})
    return frame.select(
        pl.format(
            "{}{}_{}{}",
            pl.lit(prefix),
            pl.col("patient").cast(pl.String).str.zfill(8),
            pl.col("number").cast(pl.String).str.zfill(3),
            pl.lit(suffix),
        )
    ).to_series()


def _patients(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Patient of each image and the number of the image among theirs: most patients have one or two
    images, few have dozens."""
    runs = np.array([1, 1, 1, 1, 1, 2, 2, 3, 5, 9, 14])
    starts = np.concatenate([[0], np.cumsum(runs)])
    cycle, within = numbers // starts[-1], numbers % starts[-1]
    at = np.searchsorted(starts, within, side="right") - 1
    return cycle * len(runs) + at, within - starts[at]


def _hex_names(seed: int, numbers: np.ndarray, dashes: bool = False) -> pl.Series:
    """Names of 32 hexadecimal digits, one a number."""
    words = [
        (numbers.astype(np.uint64) + np.uint64(1))
        * np.uint64(0x9E3779B97F4A7C15 + 2 * (seed + place))
        for place in range(2)
    ]
    text = [np.char.mod("%016x", word) for word in words]
    joined = pl.Series(text[0]) + pl.Series(text[1])
    if not dashes:
        return joined
    cut = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))
    parts = [joined.str.slice(start, length) for start, length in cut]
    return pl.select(pl.concat_str(parts, separator="-")).to_series()


def _facts(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.Series]:
    some = len(numbers)
    return {
        "age": pl.Series(generator.integers(1, 95, some)),
        "sex": pl.Series(["M", "F"]).gather((generator.random(some) < 0.435).astype(int)),
        "view": pl.Series(["PA", "AP"]).gather((generator.random(some) < 0.4).astype(int)),
    }


def _draw_terms(
    rates: dict[str, float], some: int, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    return {term: generator.random(some) < rate for term, rate in rates.items()}


def _join_terms(drawn: dict[str, np.ndarray], separator: str, nothing: str) -> pl.Series:
    frame = pl.DataFrame(drawn)
    words = [pl.when(pl.col(term)).then(pl.lit(term)) for term in drawn]
    joined = frame.select(pl.concat_str(words, separator=separator, ignore_nulls=True)).to_series()
    return joined.replace("", nothing)


def draw_listed(
    prefix: str, separator: str = "|", split: bool = False
) -> Callable[[np.ndarray, np.random.Generator], dict[str, pl.DataFrame]]:
    def draw(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.DataFrame]:
        names = _image_numbers(prefix, numbers)
        drawn = _draw_terms(LISTED, len(numbers), generator)
        patient = _patients(numbers)[0]
        table = pl.DataFrame(
            {
                "image": names,
                "patient": patient,
                **_facts(numbers, generator),
                "findings": _join_terms(drawn, separator, "No Finding"),
            }
        )
        if not split:
            return {"table.csv": table}
        test = np.random.default_rng([7, len(prefix)]).random(patient.max() + 1)[patient]
        part = pl.Series(["train", "test"]).gather((test < TEST_SHARE).astype(int))
        return {"table.csv": table.with_columns(part=part)}

    return draw


def draw_reviewed(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.DataFrame]:
    numbers = numbers * 25  # A part of north's images, under north's names.
    drawn = _draw_terms(REVIEWED, len(numbers), generator)
    words = {term: pl.Series(["NO", "YES"]).gather(yes.astype(int)) for term, yes in drawn.items()}
    frame = {"image": _image_numbers("", numbers), "patient": _patients(numbers)[0], **words}
    return {"table.csv": pl.DataFrame(frame)}


def draw_classes(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.DataFrame]:
    names = _hex_names(3, numbers, dashes=True)
    which = generator.choice(len(CLASSES), size=len(numbers), p=list(CLASSES.values()))
    repeats = np.where(
        which == 1, 1 + generator.binomial(2, (OPACITY_ROWS - 1) / 2, len(numbers)), 1
    )
    rows = np.repeat(np.arange(len(numbers)), repeats)
    table = pl.DataFrame({"image": names, "class": pl.Series(list(CLASSES)).gather(which)})[rows]
    weak = generator.random(len(numbers)) < CROSSWALK_WEAK
    walk = pl.DataFrame(
        {
            "ours": names,
            "theirs": _image_numbers("", numbers * 3),
            "error": np.where(weak, 20.0, 0.5),
        }
    )
    return {"table.csv": table, "crosswalk.csv": walk}


def draw_masks(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.DataFrame]:
    names = pl.DataFrame({"number": numbers}).select(
        pl.format("1.2.276.0.7230010.3.1.4.8323329.{}.1517875201.{}", "number", pl.lit(850819))
    )
    masked = generator.random(len(numbers)) < MASKED
    twice = masked & (generator.random(len(numbers)) < 0.33)
    starts = generator.integers(1000, 400_000, len(numbers))
    longer = " 1000 24" * (RUNS - 1)
    cells = [f"{a} 24{longer}" if yes else "-1" for a, yes in zip(starts, masked, strict=True)]
    table = pl.DataFrame({"image": names.to_series(), "EncodedPixels": cells})
    again = table.filter(pl.Series(twice)).with_columns(
        pl.col("EncodedPixels").str.replace(r"^\d+", "600000")
    )
    return {"table.csv": pl.concat([table, again])}


def draw_boxes(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.DataFrame]:
    image = np.repeat(np.arange(len(numbers)), READERS)
    reader = generator.integers(0, 5, len(image)) + np.tile(np.arange(READERS) * 5, len(numbers))
    # Readers of one image see the same two findings or nothing, but for one in five.
    seen = generator.random(len(numbers)) >= FOUND_NOTHING
    other = generator.random(len(image)) < 0.2
    found = np.where(other, generator.random(len(image)) >= FOUND_NOTHING, seen[image])
    repeats = np.where(found, 1 + generator.poisson(BOXES - 1, len(image)), 1)
    at = np.repeat(np.arange(len(image)), repeats)
    names, weights = list(BOXED), np.array(list(BOXED.values()), dtype=float)
    there = generator.choice(len(names), size=(len(numbers), 2), p=weights / weights.sum())
    term = there[image[at], generator.integers(0, 2, len(at))]
    corner = generator.integers(0, 1500, (len(at), 2))
    size = generator.integers(20, 600, (len(at), 2))
    edges = np.concatenate([corner, corner + size], axis=1)
    box = {
        column: pl.Series(edges[:, place]) for place, column in enumerate(("x1", "y1", "x2", "y2"))
    }
    table = pl.DataFrame(
        {
            "image": _hex_names(5, numbers).gather(image[at]),
            "reader": pl.Series(reader[at]).cast(pl.String).str.zfill(2),
            "finding": pl.Series([*names]).gather(term),
            **box,
        }
    )
    nothing = pl.Series(~found[at])
    return {
        "table.csv": table.with_columns(
            pl.when(nothing).then(pl.lit("No finding")).otherwise("finding").alias("finding"),
            *(pl.when(~nothing).then(column).alias(column) for column in box),
        )
    }


def draw_columns(
    prefix: str, words: tuple[str, str, str]
) -> Callable[[np.ndarray, np.random.Generator], dict[str, pl.DataFrame]]:
    def draw(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.DataFrame]:
        patient, number = _patients(numbers)
        path = pl.DataFrame({"patient": patient, "number": number}).select(
            pl.format(
                "{}patient{}/study{}/view1_frontal.jpg",
                pl.lit(prefix),
                pl.col("patient").cast(pl.String).str.zfill(7),
                pl.col("number") + 1,
            )
        )
        columns = {}
        for term, (mentioned, positive, uncertain) in MENTIONED.items():
            drawn = generator.random(len(numbers)) / mentioned
            kind = np.searchsorted([positive, positive + uncertain, 1.0], drawn, side="right")
            columns[term] = pl.Series([words[0], words[1], words[2], ""]).gather(kind)
        facts = _facts(numbers, generator)
        return {"table.csv": pl.DataFrame({"image": path.to_series(), **facts, **columns})}

    return draw


def draw_literal(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.DataFrame]:
    drawn = {
        term.replace("_", " ").lower(): found
        for term, found in _draw_terms(LISTED, len(numbers), generator).items()
    }
    listed = _join_terms(drawn, "', '", "normal")
    facts = _facts(numbers, generator)
    table = {
        "image": _image_numbers("s", numbers),
        "patient": _patients(numbers)[0],
        **facts,
        "labels": "['" + listed + "']",
    }
    return {"table.csv": pl.DataFrame(table)}


def draw_finding_rows(
    numbers: np.ndarray, generator: np.random.Generator
) -> dict[str, pl.DataFrame]:
    drawn = _draw_terms(LISTED, len(numbers), generator)
    table = pl.DataFrame(
        {
            "image": _image_numbers("r", numbers),
            "patient": _patients(numbers)[0],
            "finding": _join_terms(drawn, "|", "No Finding"),
        }
    ).with_columns(pl.col("finding").str.split("|"))
    return {"table.csv": table.explode("finding")}


def draw_bare(numbers: np.ndarray, generator: np.random.Generator) -> dict[str, pl.DataFrame]:
    table = {"image": _image_numbers("u", numbers), "patient": _patients(numbers)[0]}
    return {"table.csv": pl.DataFrame({**table, **_facts(numbers, generator)})}
