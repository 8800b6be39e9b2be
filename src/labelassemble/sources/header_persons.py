"""Who is one person by DICOM headers: ids that are nobody's, of several issuers, or not there."""

from typing import Final

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.problems import Problems

_NOBODY: Final = (
    *("na", "n/a", "nan", "none", "null", "unknown", "anonymous", "anonymized", "anonymised"),
    *("anon", "0", "00", "000", "-1", "?", "-", "no id", "noid", "deidentified"),
)
"""Ids of patients, in small letters, that are nobody's."""


def take_patients(patients: pl.Series, issuers: pl.Series, problems: Problems) -> pl.Series:
    """Ids that may be persons'; null those that stand for nobody or for all.

    Args:
        patients: PatientID, null where unknown, an image a row.
        issuers: IssuerOfPatientID of the same images.
        problems: takes what is told of them.
    """
    nobody = patients.str.to_lowercase().is_in(_NOBODY)
    taken = patients.to_frame("id").select(pl.when(~nobody).then("id"))["id"]
    taken = part_issuers(taken, issuers, problems)
    if taken.n_unique() == 1 and len(taken) > 1 and not taken.null_count():
        problems.remark(
            f"the DICOM headers of all {len(taken):,} images name one patient, {taken[0]!r}",
            "It is taken for nobody's; name the patients in a table if they are known",
            count=len(taken),
        )
        return pl.Series([None] * len(taken), dtype=pl.String)
    return taken


def part_issuers(patients: pl.Series, issuers: pl.Series, problems: Problems) -> pl.Series:
    """Tell apart the persons to whom several issuers gave one id: ``7 (A)`` and ``7 (B)``.

    Args:
        patients: PatientID, null where unknown, an image a row.
        issuers: IssuerOfPatientID of the same images.
        problems: takes a remark on these.

    >>> ids, issuers = pl.Series(["7", "7", "8"]), pl.Series(["A", "B", "A"])
    >>> part_issuers(ids, issuers, Problems()).to_list()
    ['7 (A)', '7 (B)', '8']
    """
    told = pl.DataFrame({"id": patients, "issuer": issuers}, schema_overrides=_TEXTS)
    several = pl.col("issuer").drop_nulls().n_unique().over("id") > 1
    both = pl.col("id").is_not_null() & several
    found = told.filter(both)
    if found.is_empty():
        return patients
    first = found.sort("id", "issuer")["id"][0]
    named = found.filter(pl.col("id") == first)["issuer"].drop_nulls().unique().sort()
    bare = found["issuer"].null_count()
    problems.remark(
        f"{plural(found['id'].n_unique(), 'PatientID')} under several issuers",
        "They count as different persons, an issuer each"
        + (f"; so do {plural(bare, 'image')} of them without an issuer" if bare else "")
        + ". If they are one, name the patients in the table (table.patient)",
        count=found.height,
        example=f"{first} of {some(named, 3)}",
    )
    parted = pl.when(both & pl.col("issuer").is_not_null()).then(
        pl.format("{} ({})", "id", "issuer")
    )
    return told.select(parted.otherwise("id").alias(patients.name)).to_series()


def keep_studies_together(patients: pl.Series, studies: pl.Series, problems: Problems) -> pl.Series:
    """Put the images of a study whose patient is unknown on one side of any split.

    They are of the patient that other images of the study name, else of one of their own, who is
    called by the study.

    Args:
        patients: null where unknown, an image a row.
        studies: StudyInstanceUID of the same images, null where unknown.
        problems: takes a remark on these.

    >>> patients, studies = pl.Series(["7", None, None]), pl.Series(["1.2", "1.2", "1.3"])
    >>> keep_studies_together(patients, studies, Problems()).to_list()
    ['7', '7', 'study 1.3']
    """
    told = pl.DataFrame({"who": patients, "study": studies}, schema_overrides=_TEXTS)
    unknown = told.filter(pl.col("who").is_null()).drop_nulls("study")
    # One study of everything is as little a study as one patient of everything a patient.
    if unknown.is_empty() or (studies.n_unique() == 1 and len(studies) > 1):
        return patients
    others = pl.col("who").drop_nulls().unique().sort()
    known = told.drop_nulls("study").group_by("study").agg(others)
    known = known.select("study", other=pl.when(pl.col("who").list.len() == 1).then(
        pl.col("who").list.first()
    ))  # fmt: skip
    whole = told.join(known, on="study", how="left", maintain_order="left")
    count = unknown["study"].n_unique()
    problems.remark(
        f"{plural(unknown.height, 'image')} of {plural(count, 'study', 'studies')} without a "
        "patient",
        "Images of one study stay on one side of the split; studies of one person may stand on "
        "both: name the patients in a table if they are known",
        count=unknown.height,
        example=unknown["study"].sort()[0],
    )
    own = pl.format("study {}", "study")
    return whole.select(pl.coalesce("who", "other", own).alias(patients.name)).to_series()


_TEXTS: Final = {"id": pl.String, "issuer": pl.String, "who": pl.String, "study": pl.String}
