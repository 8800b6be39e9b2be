"""Labels as torchxrayvision's datasets hold them: pathologies, labels, csv."""

import io
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, some
from labelassemble.export.decimal_text import decimal_text
from labelassemble.export.label_matrix import label_matrix

VOCABULARY = "chest_radiograph"

XRV_NAMES = {
    "atelectasis": "Atelectasis",
    "consolidation": "Consolidation",
    "infiltration": "Infiltration",
    "pneumothorax": "Pneumothorax",
    "edema": "Edema",
    "emphysema": "Emphysema",
    "fibrosis": "Fibrosis",
    "effusion": "Effusion",
    "pneumonia": "Pneumonia",
    "pleural_thickening": "Pleural_Thickening",
    "cardiomegaly": "Cardiomegaly",
    "nodule": "Nodule",
    "mass": "Mass",
    "hernia": "Hernia",
    "lung_lesion": "Lung Lesion",
    "fracture": "Fracture",
    "lung_opacity": "Lung Opacity",
    "enlarged_cardiomediastinum": "Enlarged Cardiomediastinum",
}
"""Class of the vocabulary ``chest_radiograph`` to the name of the same finding there. The first
fourteen are NIH ChestX-ray14's words, the last four CheXpert's, and so are these classes. Source:
``default_pathologies`` of torchxrayvision 1.5.7, ``torchxrayvision/datasets.py``."""


class XrvArrays(NamedTuple):
    """What a dataset of torchxrayvision exposes.

    Attributes:
        pathologies: names of the columns of ``labels``.
        labels: 1 present, 0 absent, between them a soft label, NaN unknown; Float32.
        csv: one row a row of ``labels``: image, source, path, patientid, view, age_years,
            sex_male, sex_female, group, split, fold. Both sexes are false where none is stated, as
            there. ``offset_day_int`` is not among them: the table knows no dates.
    """

    pathologies: list[str]
    labels: Float[np.ndarray, "images classes"]
    csv: pl.DataFrame


def make_xrv_arrays(table: AssembledTable) -> XrvArrays:
    """Make the arrays, in the table's order of images and classes.

    Classes of the vocabulary ``chest_radiograph`` get the names of ``XRV_NAMES``; others, and those
    of other vocabularies, keep their own. Uncertain cells without a label are NaN, as there.

    Raises:
        AssemblyError: two classes would have the same name.

    Source: ``Dataset`` in torchxrayvision 1.5.7, ``torchxrayvision/datasets.py``, and the columns
    that its datasets add to ``csv`` alike.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> made_of = {"vocabulary": {"name": "chest_radiograph"}}
    >>> names = ("lung_opacity", "covid_19")
    >>> table = AssembledTable(classes=names, **frames, scopes={}, manifest=made_of)
    >>> make_xrv_arrays(table).pathologies
    ['Lung Opacity', 'covid_19']
    """
    vocabulary = table.manifest.get("vocabulary")
    ours = isinstance(vocabulary, Mapping) and vocabulary.get("name") == VOCABULARY
    names = XRV_NAMES if ours else {}
    pathologies = [names.get(name, name) for name in table.classes]
    twice = sorted({name for name in pathologies if pathologies.count(name) > 1})
    if twice:
        raise AssemblyError(
            "a name of its own for each class",
            f"{some(map(repr, twice))} for two",
            "Rename one of these classes in the vocabulary",
        )
    csv = table.records.select(
        "record",
        "source",
        "path",
        "view",
        "group",
        "split",
        "fold",
        patientid="patient",
        age_years="age",
        sex_male=(pl.col("sex") == "M").fill_null(False),
        sex_female=(pl.col("sex") == "F").fill_null(False),
    )
    first = ["record", "source", "path", "patientid", "view", "age_years", "sex_male"]
    return XrvArrays(
        pathologies,
        label_matrix(table).label,
        csv.select(*first, "sex_female", "group", "split", "fold"),
    )


def render_xrv_arrays(arrays: XrvArrays) -> tuple[bytes, str]:
    """Write the arrays as a file of numpy's, and the rest as CSV.

    Returns:
        A compressed ``.npz`` with ``pathologies`` (text) and ``labels``, which needs no pickle; and
        the ``.csv``. The same arrays, the same bytes.

    Source: our own.

    >>> csv = pl.DataFrame({"record": ["a/1"], "age_years": [0.5]})
    >>> arrays = XrvArrays(["Mass"], np.ones((1, 1), dtype=np.float32), csv)
    >>> npz, text = render_xrv_arrays(arrays)
    >>> np.load(io.BytesIO(npz))["labels"].tolist(), text
    ([[1.0]], 'record,age_years\\na/1,0.5\\n')
    """
    content = io.BytesIO()
    names = np.array(arrays.pathologies, dtype=np.str_)
    np.savez_compressed(content, pathologies=names, labels=arrays.labels)
    csv = arrays.csv.with_columns(age_years=decimal_text(arrays.csv["age_years"]))
    return content.getvalue(), csv.write_csv(line_terminator="\n", quote_style="necessary")
