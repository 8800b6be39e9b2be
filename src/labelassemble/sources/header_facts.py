"""What DICOM headers add to a source's facts, where they contradict it, and their modalities."""

import re

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.header_persons import keep_studies_together, take_patients
from labelassemble.sources.image_facts import read_age, read_sex
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.modality_codes import modality_codes
from labelassemble.sources.patient_ids import settle_ids
from labelassemble.sources.problems import Problems

_SAYS_NOTHING = ("OT", "SC", "PR", "SR", "KO", "SEG")


def fill_from_headers(
    images: pl.DataFrame, manifest: Manifest, problems: Problems, headers: pl.DataFrame
) -> pl.DataFrame:
    """Fill what the source leaves out from the headers of its DICOM files; the source wins.

    Args:
        images: columns path, patient, age (years), sex and view, one row an image.
        manifest: says the modality, and when two ids are one patient's.
        problems: takes remarks on contradictions, useless ids and other modalities.
        headers: ``dicom_headers.HEADERS`` of their files.

    Returns:
        The same rows, with fewer nulls.
    """
    if headers.is_empty():
        return images
    file = pl.col("path").str.replace(r"#frame/[0-9]{1,6}$", "")
    told = [
        *("patient", "age", "sex", "view", "modality", "PatientBirthDate", "StudyDate"),
        *("IssuerOfPatientID", "StudyInstanceUID"),
    ]
    known = images.select("image", path=file).join(
        headers.select("path", *told), on="path", how="left", maintain_order="left"
    )
    known = known.with_columns(
        settle_ids("patient", manifest.patient_ids),
        age=pl.coalesce(
            pl.col("age").map_elements(read_age, return_dtype=pl.Float64), _age_by_dates(known)
        ),
        sex=pl.col("sex").map_elements(read_sex, return_dtype=pl.String),
    )
    persons = take_patients(known["patient"], known["IssuerOfPatientID"], problems)
    known = known.with_columns(patient=persons)
    _compare(images, known, problems)
    _check_modality(known["modality"], manifest.modality, problems)
    facts = ("patient", "age", "sex", "view")
    filled = images.with_columns(images[one].fill_null(known[one]) for one in facts)
    together = keep_studies_together(filled["patient"], known["StudyInstanceUID"], problems)
    return filled.with_columns(together.alias("patient"))


def _age_by_dates(headers: pl.DataFrame) -> pl.Series:
    """Years from birth to the study, where the header says both days and they can be."""
    days = {
        name: headers[name].str.replace_all(r"[^0-9]", "").str.to_date("%Y%m%d", strict=False)
        for name in ("PatientBirthDate", "StudyDate")
    }
    passed = (days["StudyDate"] - days["PatientBirthDate"]).dt.total_days() / 365.25
    years = passed.floor()
    # 1900-01-01 and such are dates that nobody entered.
    return years.to_frame("age").select(pl.when(pl.col("age").is_between(0, 110)).then("age"))[
        "age"
    ]


def _compare(images: pl.DataFrame, known: pl.DataFrame, problems: Problems) -> None:
    both = pl.DataFrame(
        {
            "image": images["image"],
            **{f"own {one}": images[one] for one in ("patient", "age", "sex", "view")},
            **{one: known[one] for one in ("patient", "age", "sex", "view")},
        }
    )
    differ = {
        "age": (pl.col("age") - pl.col("own age")).abs() > 1,
        "sex": pl.col("sex") != pl.col("own sex"),
        "view": pl.col("view").str.to_lowercase() != pl.col("own view").str.to_lowercase(),
        # Sources often call patients otherwise; but one person there is one person here.
        "patient": pl.col("own patient").drop_nulls().n_unique().over("patient") > 1,
    }
    _tell_joined(both, problems)
    for fact, differs in differ.items():
        named = both.drop_nulls([fact, f"own {fact}"])
        odd = named.filter(differs)
        if odd.is_empty():
            continue
        first = odd.sort("image").row(0, named=True)
        what = (
            f"{plural(odd.height, 'image')} of patients whom the DICOM headers call one person "
            "and the source calls several"
            if fact == "patient"
            else f"{plural(odd.height, 'image')} of {named.height:,} with another {fact} in the "
            "DICOM header than in the source"
        )
        problems.remark(
            what,
            "The source wins; find out which of them is right",
            count=odd.height,
            example=f"{first['image']}: {first[f'own {fact}']} in the source, {first[fact]} in "
            "the header",
        )


def _tell_joined(both: pl.DataFrame, problems: Problems) -> None:
    """Remark on persons of the source who are several by the headers."""
    named = both.drop_nulls(["patient", "own patient"])
    odd = named.filter(pl.col("patient").n_unique().over("own patient") > 1)
    if odd.is_empty():
        return
    first = odd.sort("own patient", "patient")["own patient"][0]
    theirs = odd.filter(pl.col("own patient") == first)["patient"].unique().sort()
    problems.remark(
        f"{plural(odd['own patient'].n_unique(), 'patient')} of the source who "
        f"{'is' if odd['own patient'].n_unique() == 1 else 'are'} several by the DICOM headers",
        "The source wins, and they stay on one side of the split; find out which of them is right",
        count=odd.height,
        example=f"{first}: {some(theirs, 3)} in the headers",
    )


def _check_modality(codes: pl.Series, said: str, problems: Problems) -> None:
    counts = dict(codes.drop_nulls().str.to_uppercase().value_counts().sort("modality").iter_rows())
    counts = {code: count for code, count in counts.items() if code not in _SAYS_NOTHING}
    expected = set(re.findall(r"[A-Z]+", said.upper())) & set(counts) | modality_codes(said)
    told = some(f"{code} on {plural(count, 'image')}" for code, count in counts.items())
    if expected:
        other = {code: count for code, count in counts.items() if code not in expected}
        if not other:
            return
        what = f"the manifest says modality {said!r}, and the DICOM headers say {told}"
    elif len(counts) > 1 and not said:
        what = f"the manifest states no modality, and the DICOM headers say {told}"
    else:
        return
    problems.remark(
        what,
        'State all modalities that are meant, such as modality = "CT, X-ray", or say in '
        "images.glob which files count",
        count=sum(counts.values()),
    )
