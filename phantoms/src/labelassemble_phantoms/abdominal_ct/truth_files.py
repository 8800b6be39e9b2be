"""Everything that is true of the volumes of one folder, for nobody to train on."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelassemble_phantoms.abdominal_ct.clinics import find_clinic
from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS
from labelassemble_phantoms.abdominal_ct.volume import Lesion


@dataclass(frozen=True)
class SimulatedVolume:
    """All that is known of one volume that was written."""

    image: str
    """File name, with its ending."""
    hospital: str
    """Who scanned."""
    patient: str
    age: int
    sex: str
    habitus: float
    phase: str
    spacing_mm: tuple[float, float, float]
    slice_mm: float
    orientation: str
    lesions: tuple[Lesion, ...]


_SCHEMA = {
    "folder": pl.String,
    "image": pl.String,
    "patient": pl.String,
    "number": pl.Int64,
    "kind": pl.String,
    "drawn": pl.Int64,
    "x_mm": pl.Float64,
    "y_mm": pl.Float64,
    "z_mm": pl.Float64,
    "diameter_mm": pl.Float64,
    "volume_mm3": pl.Float64,
    "voxels": pl.Int64,
    "contrast_hu": pl.Float64,
    "obstruction": pl.Float64,
}


def volume_truth_table(folder: str, records: Sequence[SimulatedVolume]) -> pl.DataFrame:
    """Return a row a volume: person, scan, and 1 or 0 for every kind of lesion."""
    return pl.DataFrame(
        [
            {
                "folder": folder,
                "image": record.image,
                "hospital": record.hospital,
                "patient": record.patient,
                "age": record.age,
                "sex": record.sex,
                "habitus": round(record.habitus, 1),
                "phase": record.phase,
                "x_spacing_mm": round(record.spacing_mm[0], 4),
                "y_spacing_mm": round(record.spacing_mm[1], 4),
                "z_spacing_mm": round(record.spacing_mm[2], 4),
                "slice_mm": record.slice_mm,
                "orientation": record.orientation,
            }
            | {kind: int(any(one.kind == kind for one in record.lesions)) for kind in LESIONS}
            for record in records
        ]
    )


def lesion_table(
    folder: str, records: Sequence[SimulatedVolume], complete: bool = False
) -> pl.DataFrame:
    """Return a row a lesion; ``drawn`` says whether the folder's masks show it.

    Places are in the coordinates of the affine, in mm (RAS); ``contrast_hu`` is lesion less
    pancreas before blur and noise.
    """
    looked_for = LESIONS if complete else find_clinic(folder).looked_for
    rows = [
        {
            "folder": folder,
            "image": record.image,
            "patient": record.patient,
            "number": number,
            "kind": lesion.kind,
            "drawn": int(lesion.kind in looked_for),
            "x_mm": round(lesion.centre_mm[0], 2),
            "y_mm": round(lesion.centre_mm[1], 2),
            "z_mm": round(lesion.centre_mm[2], 2),
            "diameter_mm": round(lesion.diameter_mm, 2),
            "volume_mm3": round(lesion.volume_mm3, 1),
            "voxels": lesion.voxels,
            "contrast_hu": round(lesion.contrast_hu, 1),
            "obstruction": round(lesion.obstruction, 3),
        }
        for record in records
        for number, lesion in enumerate(record.lesions, start=1)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)
