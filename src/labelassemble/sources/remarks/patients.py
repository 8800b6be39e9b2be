"""Who is on the images: patients that are missing or cannot be, odd ages and sexes."""

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.patient_ids import FEW_PATIENTS, remark_on_ids
from labelassemble.sources.problems import Problem, remark

_MANY = 1_000
"""Images of one patient from which on the name may be no patient's."""
_OLDEST = 120.0
"""Years that nobody has lived, rounded down."""
_NOBODY = ("na", "n/a", "nan", "none", "null", "unknown", "anonymous", "anon", "0", "-1", "?", "-")


def remark_on_patients(
    images: pl.DataFrame, manifest: Manifest, told: bool = False
) -> list[Problem]:
    """Remark on patients that are missing or suspicious, on ages, and on sexes.

    Args:
        images: ``IMAGE_COLUMNS``.
        manifest: says where patients come from.
        told: whether it is reported already why there are no patients.
    """
    named = images.drop_nulls("patient")
    ids = remark_on_ids(images, manifest.patient_ids, manifest.table is not None)
    checks: tuple[Callable[[pl.DataFrame, pl.DataFrame], Problem | None], ...] = (
        _some_without,
        _nobody,
        partial(_all_different, ids=ids),
        _very_many,
        _two_sexes,
    )
    notes = [*ids, *(note for check in checks if (note := check(images, named)))]
    if named.is_empty():
        notes = [] if told else [_no_patients(images, manifest)]
    old = images.filter(pl.col("age") > _OLDEST)
    if old.height:
        oldest = old.sort("age", "image", descending=[True, False]).row(0, named=True)
        notes.append(
            remark(
                f"{plural(old.height, 'image')} of persons older than {_OLDEST:g} years",
                "Fix the ages, or do not trust them; labels are not concerned",
                count=old.height,
                example=f"{oldest['image']}: {oldest['age']:g} years",
            )
        )
    return notes


def _no_patients(images: pl.DataFrame, manifest: Manifest) -> Problem:
    where = (
        "Name the patient in table.patient, or find it with table.patient_pattern"
        if manifest.table is not None
        else "Find the patient in the names, with a group (?P<patient>...)"
    )
    return remark(
        "no patient is named: two images of one patient may stand on both sides of a split",
        f"{where}; where nobody knows, keep that in mind",
        count=images.height,
    )


def _some_without(images: pl.DataFrame, named: pl.DataFrame) -> Problem | None:
    without = images.filter(pl.col("patient").is_null())
    if without.is_empty() or named.is_empty():
        return None
    return remark(
        f"{plural(without.height, 'image')} without a patient",
        "Each counts as a patient of its own; fill in those that are known",
        count=without.height,
        example=without["image"][0],
    )


def _nobody(images: pl.DataFrame, named: pl.DataFrame) -> Problem | None:
    nobody = named.filter(pl.col("patient").str.to_lowercase().is_in(_NOBODY))
    if nobody.height < 2:
        return None
    words = nobody["patient"].unique().sort()
    return remark(
        f"{plural(nobody.height, 'image')} of the patient {some(map(repr, words), 3)} count as one "
        "patient's",
        "Leave those cells blank if the word says that the patient is unknown",
        count=nobody.height,
        example=nobody["image"][0],
    )


def _all_different(
    images: pl.DataFrame, named: pl.DataFrame, ids: Sequence[Problem]
) -> Problem | None:
    if named.height <= FEW_PATIENTS or named["patient"].n_unique() < named.height:
        return None
    if any(one.count == named.height for one in ids):  # told already what they are
        return None
    return remark(
        f"all {named.height:,} images are of different patients",
        "Is it an id of the image, the series or the study? Then it does not keep a patient on one "
        "side of the split",
        count=named.height,
        example=f"{named['patient'][0]} of {named['image'][0]}",
    )


def _very_many(images: pl.DataFrame, named: pl.DataFrame) -> Problem | None:
    counts = named["patient"].value_counts(sort=True, name="count")
    if counts.is_empty():
        return None
    most = int(counts["count"][0])
    fraction = most / images.height
    if most <= _MANY and (most <= 50 or fraction <= 0.2 or counts.height < 3):
        return None
    return remark(
        f"one patient has {most:,} of the {images.height:,} images: {counts['patient'][0]!r}",
        "Is it a patient, or a word for many? All of them will stand on one side of the split",
        count=most,
    )


def _two_sexes(images: pl.DataFrame, named: pl.DataFrame) -> Problem | None:
    both = (
        named.drop_nulls("sex")
        .group_by("patient")
        .agg(pl.col("sex").n_unique().alias("sexes"), pl.len().alias("rows"))
        .filter(pl.col("sexes") > 1)
        .sort("patient")
    )
    if both.is_empty():
        return None
    return remark(
        f"{plural(both.height, 'patient has', 'patients have')} images of both sexes",
        "Are they different persons with one name? They count as one patient",
        count=both.height,
        example=both["patient"][0],
    )
