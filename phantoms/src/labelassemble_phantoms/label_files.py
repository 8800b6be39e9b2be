"""The hospitals' label tables, each in an encoding of its own, and the truth beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble_phantoms.finding_model import FINDINGS
from labelassemble_phantoms.hospital_reader import Opinion

ANNOTATED: Mapping[str, tuple[str, ...]] = {
    "north": ("cardiomegaly", "effusion", "mass", "nodule"),
    "east": ("atelectasis", "edema", "effusion", "pneumothorax"),
    "west": ("atelectasis", "consolidation", "pneumothorax"),
}
"""What each hospital looks for; effusion, atelectasis and pneumothorax are looked for in two."""

FINDING_WORDS: Mapping[str, str] = {name: name.capitalize() for name in FINDINGS}
"""The hospitals' own words for the findings."""


@dataclass(frozen=True)
class SimulatedImage:
    """All that is known of one image that was written."""

    image: str
    """File name, with its ending."""
    hospital: str
    """Whose style the image has."""
    patient: str
    age: int
    sex: str
    view: str
    habitus: float
    severity: Float[np.ndarray, " findings"]
    labels: Bool[np.ndarray, " findings"]
    opinions: Mapping[str, Opinion]
    """What the hospital's reader says of every finding, asked or not."""
    asked: Mapping[str, bool]
    """Whether the reader looked for it in this image; only east leaves some out."""


def label_table(
    hospital: str, records: Sequence[SimulatedImage], complete: bool = False
) -> pl.DataFrame:
    """Return what a hospital, or the reference, writes into its ``labels.csv``.

    With ``complete`` every hospital writes as the reference does.

    north: a list joined by ``|`` of its four findings, or ``No Finding``, as NIH ChestX-ray14.
    east: a column a finding: 1 present, 0 absent, -1 uncertain, blank not looked for.
    west: a column a finding: ``YES`` or ``NO``.
    reference: the truth, 1 or 0 for all findings, and whose style the image has.
    """
    writers = {"north": _north, "east": _east, "west": _west, "reference": _reference}
    return writers["reference" if complete else hospital](records)


def truth_table(folder: str, records: Sequence[SimulatedImage]) -> pl.DataFrame:
    """Return everything that is true of the images of one folder, for nobody to train on."""
    rows = []
    for record in records:
        row: dict[str, object] = {
            "folder": folder,
            "image": record.image,
            "hospital": record.hospital,
            "patient": record.patient,
            "age": record.age,
            "sex": record.sex,
            "habitus": round(record.habitus, 1),
            "view": record.view,
        }
        for name, label in zip(FINDINGS, record.labels, strict=True):
            row[name] = int(label)
        for name, severity in zip(FINDINGS, record.severity, strict=True):
            row[f"{name}_severity"] = round(float(severity), 4)
        rows.append(row)
    return pl.DataFrame(rows)


def _north(records: Sequence[SimulatedImage]) -> pl.DataFrame:
    def listed(record: SimulatedImage) -> str:
        names = [name for name in ANNOTATED["north"] if record.opinions[name] == "positive"]
        return "|".join(FINDING_WORDS[name] for name in names) or "No Finding"

    return pl.DataFrame(
        [
            {
                "Image Index": record.image,
                "Finding Labels": listed(record),
                "Patient ID": record.patient,
                "Patient Age": record.age,
                "Patient Gender": record.sex,
                "View Position": record.view,
            }
            for record in records
        ]
    )


def _east(records: Sequence[SimulatedImage]) -> pl.DataFrame:
    value = {"positive": 1, "negative": 0, "uncertain": -1}
    rows = []
    for record in records:
        row: dict[str, object] = {
            "Path": f"images/{record.image}",
            "Patient": record.patient,
            "Sex": {"F": "Female", "M": "Male"}[record.sex],
            "Age": record.age,
            "AP/PA": record.view,
        }
        for name in ANNOTATED["east"]:
            row[FINDING_WORDS[name]] = value[record.opinions[name]] if record.asked[name] else None
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def _west(records: Sequence[SimulatedImage]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "image_id": record.image.removesuffix(".png"),
                "person": record.patient,
                "sex": record.sex,
                "age": record.age,
                "projection": record.view,
            }
            | {
                FINDING_WORDS[name]: "YES" if record.opinions[name] == "positive" else "NO"
                for name in ANNOTATED["west"]
            }
            for record in records
        ]
    )


def _reference(records: Sequence[SimulatedImage]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "image": record.image,
                "hospital": record.hospital,
                "patient": record.patient,
                "age": record.age,
                "sex": record.sex,
                "view": record.view,
            }
            | {
                FINDING_WORDS[name]: int(label)
                for name, label in zip(FINDINGS, record.labels, strict=True)
            }
            for record in records
        ]
    )
