"""Which column of a table names the image."""

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.sources.draft.known_words import name_words
from labelassemble.sources.strip_suffix import strip_suffix

_IMAGE = {
    "image", "images", "img", "filename", "file", "path", "dicom", "dcm", "scan",
    "picture",  # codespell:ignore picture
    "sop", "slice", "radiograph", "xray", "study", "series", "name", "jpg", "png", "imageid",
}  # fmt: skip
_NO_IMAGE = {"width", "height", "spacing", "size", "type", "count", "age", "rows", "columns"}
_SUFFIXES = "|".join(suffix[1:] for suffix in (*IMAGE_SUFFIXES, *VOLUME_SUFFIXES))
_ENDING = rf"(?i)\.({_SUFFIXES})$"
PATIENT = {"patient", "patients", "subject", "person", "pid", "mrn", "participant", "patientid",
            "subjectid", "personid", "animal", "subj", "pt", "ptid", "individual", "eid",
            "patientname", "patientno", "anonid"}  # fmt: skip
"""Words in the name of a column that names the patient."""


class Role(NamedTuple):
    """A column and why it seems to be that.

    Attributes:
        column: its name.
        why: what the guess stands on.
    """

    column: str
    why: str


def last_stem(values: pl.Series) -> pl.Series:
    """Names without folders and the extension of an image."""
    return image_stems(values).str.split("/").list.last()


def image_stems(values: pl.Series) -> pl.Series:
    """Names without the extension of an image, ``/`` between folders."""
    plain = values.str.replace_all("\\", "/", literal=True)
    return plain.to_frame("name").select(strip_suffix("name")).to_series()


class _ImageColumn(NamedTuple):
    """How well a column would name the image."""

    score: tuple[float, ...]
    role: Role
    files: int
    sure: bool


def find_image_column(
    table: pl.DataFrame, names: Collection[str]
) -> tuple[Role, int, tuple[str, ...]] | None:
    """Find the column that names the image, how many have a file, and the others that name one."""
    known = last_stem(pl.Series("name", list(names), dtype=pl.String)).unique()
    whole = _last_parts(pl.Series("name", list(names), dtype=pl.String)).unique()
    found = [
        one
        for name in table.columns
        if (one := _judge_image(table, name, known, whole)) is not None
    ]
    if found:
        best = max(found, key=lambda one: one.score)
        others = tuple(one.role.column for one in found if one.sure and one is not best)
        return best.role, best.files, others
    first = table.columns[0]
    if table[first].n_unique() > 0.9 * table.height and like_ids(table[first]):
        return Role(first, "the first column, different on every row"), 0, ()
    return None


def _judge_image(
    table: pl.DataFrame, name: str, known: pl.Series, whole: pl.Series
) -> _ImageColumn | None:
    values = table[name].filter(table[name] != "").unique()
    if not len(values):
        return None
    names = set(name_words(name))
    called = bool(names & _IMAGE) and not names & _NO_IMAGE
    stems = last_stem(values).unique()
    matched = int(stems.is_in(known.implode()).sum())
    exact = int(_last_parts(values).unique().is_in(whole.implode()).sum())
    share = matched / len(values)
    ends = float(values.str.contains(_ENDING).mean() or 0)  # type: ignore[arg-type]
    several = len(values) / table.height
    # The 105 of a width is the stem of 105.png too; what ends like a file is named after one.
    plain = float(values.str.contains(r"^\d{1,5}(\.0)?$").mean() or 0)  # type: ignore[arg-type]
    number = plain > 0.9 and not called
    if matched and (share >= 0.5 or matched >= 0.2 * len(known)):
        why = f"{matched:,} of its {len(values):,} names are image files"
        if values.str.contains("/", literal=True).any():
            why = "its paths, which end in names of image files"
        if number and (several < 0.9 or names & _NO_IMAGE):
            score: tuple[float, ...] = (0.0, matched, exact, called, several)
        else:
            score = (3.0, ends > 0.9 and matched > 0, not number, matched, exact, several, called)
        return _ImageColumn(score, Role(name, why), matched, ends > 0.9 or called)
    if ends > 0.9:
        role = Role(name, "names with an image's extension")
        return _ImageColumn((2.0, called, several), role, 0, True)
    if like_ids(values) and several > 0.2 and (called or has_id(names)):
        patient = bool(names & PATIENT)
        why = "its name, and an id on nearly every row" if several > 0.5 else "its name"
        return _ImageColumn((1.0, not patient, called, several), Role(name, why), 0, False)
    return None


def _last_parts(values: pl.Series) -> pl.Series:
    """Names without folders, in lower case."""
    plain = values.str.replace_all("\\", "/", literal=True).str.split("/").list.last()
    return plain.str.to_lowercase()


def has_id(names: Collection[str]) -> bool:
    """Whether the words of a column's name say that it holds ids."""
    return bool(set(names) & {"id", "uid", "key", "accession", "case", "uuid"})


def like_ids(values: pl.Series) -> bool:
    """Whether values may name something: no sentences, and no measured numbers."""
    long = float(values.str.len_chars().mean() or 0)  # type: ignore[arg-type]
    spaces = float(values.str.count_matches(" ").mean() or 0)  # type: ignore[arg-type]
    numbers = float(values.str.contains(r"^-?\d+\.\d+$").mean() or 0)  # type: ignore[arg-type]
    return long < 120 and spaces < 3 and numbers < 0.5
