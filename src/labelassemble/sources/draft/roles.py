"""Which column of a table names the image, the patient, the view, the age, the sex, ..."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import polars as pl

from labelassemble.sources.draft.image_column import (
    PATIENT,
    Role,
    find_image_column,
    has_id,
    last_stem,
    like_ids,
)
from labelassemble.sources.draft.known_words import SPLIT_WORDS, name_words

_READER = {"rad", "reader", "radiologist", "rater", "annotator", "observer", "grader", "doctor"}
_SPLIT = {"split", "set", "fold", "subset", "partition", "phase", "usage", "dataset"}
_VIEWS = {"pa", "ap", "ll", "l", "lateral", "lat", "rl", "frontal", "antero posterior", "mlo", "cc",
          "ap supine", "ap erect", "pa erect", "left lateral", "postero anterior"}  # fmt: skip
_SEXES = {"f", "female", "m", "male"}
_UNSAID = {"", "na", "n/a", "nan", "none", "null", "unknown", "u", "?", "-"}


_MASK = {"mask", "masks", "segmentation", "seg", "groundtruth", "gt", "annotation"}
_GROUP = {"lesion", "case", "study", "exam", "accession", "visit", "individual", "specimen"}


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


def guess_roles(
    table: pl.DataFrame, names: Collection[str], named: str | None = None
) -> Roles | None:
    """Guess what columns hold; none: no column seems to name an image.

    Args:
        table: all text.
        names: names of the image files there are, with or without folder and extension.
        named: the column that names them in another way, where that is known.
    """
    found = find_image_column(table, names)
    if found is None and named is not None:
        found = Role(named, "the headers of the images"), 0, ()
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
    # Two columns of one stem are two files of one image.
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
        view=pick(is_view),
        split=pick(_is_split),
        reader=pick(lambda table, name: _is_reader(table, name, image.column)),
        files=files,
        images=tuple(sorted(taken_images)),
        asides=tuple(asides),
    )


def _is_patient(table: pl.DataFrame, name: str, image: str) -> Role | str | None:
    words = set(name_words(name))
    if not words & PATIENT or words & {"age", "sex", "gender", "weight", "position", "name"}:
        return None
    filled = table.filter(pl.col(name) != "")
    if filled.height < table.height / 2 or not like_ids(filled[name]):
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
    if not words & _GROUP or not has_id(words) or filled.height < table.height / 2:
        return None
    groups, images = filled[name].n_unique(), filled[image].n_unique()
    if groups >= images or groups < 2 or not like_ids(filled[name]):
        return None
    why = f"its name; {groups:,} different on {images:,} images; no column names the patient, who "
    return Role(name, why + "may have several of these")


def is_view(table: pl.DataFrame, name: str) -> Role | None:
    """Whether a column seems to hold the view, by its values or its name."""
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
    known = [value for value in values if value in SPLIT_WORDS]
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
