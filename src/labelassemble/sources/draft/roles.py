"""Which column of a table names the image, the patient, the view, the age, the sex, ..."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import polars as pl

from labelassemble.sources.draft.known_words import SPLITS, name_words
from labelassemble.sources.image_files import IMAGE_SUFFIXES, VOLUME_SUFFIXES, strip_suffix

_IMAGE = {
    "image", "images", "img", "filename", "file", "path", "dicom", "dcm", "scan", "picture",
    "sop", "slice", "radiograph", "xray", "study", "series", "name", "jpg", "png", "imageid",
}  # fmt: skip
_PATIENT = {"patient", "patients", "subject", "person", "pid", "mrn", "participant", "patientid",
            "subjectid", "personid", "animal", "subj", "pt", "ptid", "individual", "eid",
            "patientname", "patientno", "anonid"}  # fmt: skip
_READER = {"rad", "reader", "radiologist", "rater", "annotator", "observer", "grader", "doctor"}
_SPLIT = {"split", "set", "fold", "subset", "partition", "phase", "usage", "dataset"}
_VIEWS = {"pa", "ap", "ll", "l", "lateral", "lat", "rl", "frontal", "antero posterior", "mlo", "cc",
          "ap supine", "ap erect", "pa erect", "left lateral", "postero anterior"}  # fmt: skip
_SEXES = {"f", "female", "m", "male"}
_UNSAID = {"", "na", "n/a", "nan", "none", "null", "unknown", "u", "?", "-"}


_NO_IMAGE = {"width", "height", "spacing", "size", "type", "count", "age", "rows", "columns"}
_MASK = {"mask", "masks", "segmentation", "seg", "groundtruth", "gt", "annotation"}
_SUFFIXES = "|".join(suffix[1:] for suffix in (*IMAGE_SUFFIXES, *VOLUME_SUFFIXES))
_ENDING = rf"(?i)\.({_SUFFIXES})$"
_GROUP = {"lesion", "case", "study", "exam", "accession", "visit", "individual", "specimen"}


class Role(NamedTuple):
    """A column and why it seems to be that.

    Attributes:
        column: its name.
        why: what the guess stands on.
    """

    column: str
    why: str


class Roles(NamedTuple):
    """What the columns of a table seem to hold; none: no column seems to.

    Attributes:
        image: names the image.
        patient: names the patient.
        view: names the view.
        age: holds the age.
        sex: holds the sex.
        reader: names who read the image; only where several did.
        split: names the part of a published split.
        files: how many of the images in the image column have a file.
        asides: what was seen and not taken, and why.
        images: further columns that name images or masks.
    """

    image: Role
    patient: Role | None
    view: Role | None
    age: Role | None
    sex: Role | None
    reader: Role | None
    split: Role | None
    files: int
    asides: tuple[str, ...]
    images: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        """All columns that have a role."""
        roles = (self.image, self.patient, self.view, self.age, self.sex, self.reader, self.split)
        return {*(role.column for role in roles if role), *self.images}


def guess_roles(table: pl.DataFrame, names: Collection[str]) -> Roles | None:
    """Guess what columns hold; none: no column seems to name an image.

    Args:
        table: all text.
        names: names of the image files there are, with or without folder and extension.
    """
    found = _find_image(table, names)
    if found is None:
        return None
    image, files, others = found
    taken = {image.column, *others}
    taken_images = set(others)
    asides: list[str] = []
    if masks := [name for name in others if set(name_words(name)) & _MASK]:
        asides.append(
            f"{', '.join(masks)} names masks, which a manifest finds by the images' names: see "
            "labels.encoding = 'mask_values'"
        )
    # Two columns of one stem are two files of one picture.
    stems = last_stem(table[image.column])
    others = tuple(
        name for name in others if name not in masks and (last_stem(table[name]) != stems).any()
    )
    if others:
        several = ", ".join((image.column, *others))
        asides.append(
            f"a row names {1 + len(others)} images ({several}): a manifest reads one of them, "
            f"here {image.column}; are the labels of that one alone? To read the others, write the "
            "table anew with one row an image"
        )

    def pick(find: Callable[[pl.DataFrame, str], Role | str | None]) -> Role | None:
        """The first column that fits; reasons against others become asides."""
        for name in table.columns:
            if name in taken:
                continue
            result = find(table, name)
            if isinstance(result, Role):
                taken.add(name)
                return result
            if result:
                asides.append(result)
        return None

    age, sex = pick(_is_age), pick(_is_sex)
    patient = pick(lambda table, name: _is_patient(table, name, image.column))
    patient = patient or pick(lambda table, name: _is_group(table, name, image.column))
    return Roles(
        image=image,
        age=age,
        sex=sex,
        patient=patient,
        view=pick(_is_view),
        split=pick(_is_split),
        reader=pick(lambda table, name: _is_reader(table, name, image.column)),
        files=files,
        images=tuple(sorted(taken_images)),
        asides=tuple(asides),
    )


def last_stem(values: pl.Series) -> pl.Series:
    """Names without folders and the extension of an image."""
    plain = values.str.replace_all("\\", "/", literal=True).str.split("/").list.last()
    return plain.to_frame("name").select(strip_suffix("name")).to_series()


class _ImageColumn(NamedTuple):
    """How well a column would name the image."""

    score: tuple[float, ...]
    role: Role
    files: int
    sure: bool


def _find_image(
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
    if table[first].n_unique() > 0.9 * table.height and _like_ids(table[first]):
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
    if _like_ids(values) and several > 0.2 and (called or _has_id(names)):
        patient = bool(names & _PATIENT)
        why = "its name, and an id on nearly every row" if several > 0.5 else "its name"
        return _ImageColumn((1.0, not patient, called, several), Role(name, why), 0, False)
    return None


def _last_parts(values: pl.Series) -> pl.Series:
    """Names without folders, in lower case."""
    plain = values.str.replace_all("\\", "/", literal=True).str.split("/").list.last()
    return plain.str.to_lowercase()


def _has_id(names: Collection[str]) -> bool:
    return bool(set(names) & {"id", "uid", "key", "accession", "case", "uuid"})


def _like_ids(values: pl.Series) -> bool:
    """Whether values may name something: no sentences, and no measured numbers."""
    long = float(values.str.len_chars().mean() or 0)  # type: ignore[arg-type]
    spaces = float(values.str.count_matches(" ").mean() or 0)  # type: ignore[arg-type]
    numbers = float(values.str.contains(r"^-?\d+\.\d+$").mean() or 0)  # type: ignore[arg-type]
    return long < 120 and spaces < 3 and numbers < 0.5


def _is_patient(table: pl.DataFrame, name: str, image: str) -> Role | str | None:
    words = set(name_words(name))
    if not words & _PATIENT or words & {"age", "sex", "gender", "weight", "position", "name"}:
        return None
    filled = table.filter(pl.col(name) != "")
    if filled.height < table.height / 2 or not _like_ids(filled[name]):
        return None
    stems = last_stem(filled[image])
    if (filled[name] == stems).all() or (filled[name] == filled[image]).all():
        return f"{name} is the same as {image}: it names the image, not the patient"
    patients, images = filled[name].n_unique(), filled[image].n_unique()
    why = f"its name; {patients:,} different on {images:,} images"
    if patients == images and images > 20:
        why += "; is it really a patient? No one has two images"
    return Role(name, why)


def _is_group(table: pl.DataFrame, name: str, image: str) -> Role | None:
    """A lesion, an exam: less than a patient, but its images belong together."""
    words = set(name_words(name))
    filled = table.filter(pl.col(name) != "")
    if not words & _GROUP or not _has_id(words) or filled.height < table.height / 2:
        return None
    groups, images = filled[name].n_unique(), filled[image].n_unique()
    if groups >= images or groups < 2 or not _like_ids(filled[name]):
        return None
    why = f"its name; {groups:,} different on {images:,} images; no column names the patient, who "
    return Role(name, why + "may have several of these")


def _is_view(table: pl.DataFrame, name: str) -> Role | None:
    values = _words(table[name])
    called = bool({"view", "projection"} & set(name_words(name)))
    share = len(set(values) & _VIEWS) / len(values) if values else 0.0
    if share >= 0.5 or (called and 0 < len(values) <= 50):
        return Role(name, f"its {'values' if share >= 0.5 else 'name'}: {_examples(table[name])}")
    return None


def _is_age(table: pl.DataFrame, name: str) -> Role | str | None:
    if "age" not in name_words(name):
        return None
    values = [value for value in table[name].unique().sort() if value.casefold() not in _UNSAID]
    odd = [one for one in values if not re.fullmatch(r"\d+(\.\d*)?[YMWD]?", one.upper())]
    if values and not odd:
        values.sort(key=lambda one: float(one.rstrip("YMWDymwd")))
        return Role(name, f"its name; {values[0]} to {values[-1]}")
    if not values:
        return None
    return f"{name} holds {len(odd)} words that are no ages, such as {odd[0]!r}: not read"


def _is_sex(table: pl.DataFrame, name: str) -> Role | None:
    values = [value for value in _words(table[name]) if value not in _UNSAID]
    called = bool({"sex", "gender"} & set(name_words(name)))
    if values and (set(values) <= _SEXES or (called and len(values) <= 6)):
        return Role(name, f"its {'name' if called else 'values'}: {_examples(table[name])}")
    return None


def _is_reader(table: pl.DataFrame, name: str, image: str) -> Role | None:
    if not set(name_words(name)) & _READER:
        return None
    readers = table.group_by(image).agg(pl.col(name).n_unique().alias("count"))["count"]
    several = int((readers > 1).sum())
    return Role(name, f"its name; {several:,} images have several") if several else None


def _is_split(table: pl.DataFrame, name: str) -> Role | str | None:
    values = _words(table[name])
    words = set(name_words(name))
    if not values or len(values) > 6:
        return None
    known = [value for value in values if value in SPLITS]
    if known and len(known) == len([value for value in values if value not in _UNSAID]):
        if len(known) > 1 or words & _SPLIT:
            return Role(name, f"its values: {_examples(table[name])}")
    elif known and words & _SPLIT:
        return f"{name} may be a published split, but {_examples(table[name])} are not all parts"
    return None


def _words(values: pl.Series) -> list[str]:
    """Different values in lower case without blanks, at most a hundred."""
    return sorted({value.casefold() for value in values.unique().head(100) if value})


def _examples(values: pl.Series, most: int = 4) -> str:
    counts = values.filter(values != "").value_counts(sort=True, name="count")
    counts = counts.sort(["count", values.name], descending=[True, False])
    shown: Sequence[str] = counts[values.name].head(most).to_list()
    return ", ".join(shown) + (", ..." if counts.height > most else "")
