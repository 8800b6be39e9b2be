"""Ids of persons, studies and images in, keyed hashes in their place out."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from labelassemble.sources.id_key import CONTENT, INPUT, NAME, IdKey
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.strip_suffix import strip_suffix
from labelassemble.vocabulary.class_table import ClassTable

_OLDEST = 90.0
"""Years: who is older counts as that old (45 CFR 164.514(b)(2)(i)(C): ages over 89 may be one
category of 90 and older)."""

OPEN_ELEMENTS = frozenset(
    {
        *("Modality", "ViewPosition", "BodyPartExamined", "PresentationIntentType", "ImageType"),
        *("Laterality", "ImageLaterality", "Rows", "Columns", "BurnedInAnnotation"),
    }
)
"""Elements whose values tell of no person; reasons may say them."""

_ELEMENT = re.compile(r"its ([A-Z]\w+) is .*", re.S)
_NAMED = re.compile(r"['\"/\\0-9]|\w\.\w")


class Hidden(NamedTuple):
    """What is assembled, with hashes in place of ids.

    Attributes:
        key: makes them.
        tables: the sources, rows in their order.
    """

    key: IdKey
    tables: Sequence[ClassTable]


def name_images(images: pl.DataFrame, headers: pl.DataFrame, key: IdKey) -> dict[str, str]:
    """Give each image of a source the hash that stands for it.

    A DICOM image goes by its SOPInstanceUID, so that it has the same hash wherever it lies; others,
    and those of which a source has several, go by their name.

    Args:
        images: columns image, path (null where there is no file).
        headers: ``dicom_headers.HEADERS`` of their files.
        key: hashes.
    """
    file = pl.col("path").str.replace(r"#frame/[0-9]{1,6}$", "")
    told = images.select("image", path=file, frame=pl.col("image").str.extract(r"(#frame/\d+)$"))
    uids = headers.select("path", uid="SOPInstanceUID")
    told = told.join(uids, on="path", how="left", maintain_order="left").with_columns(
        pl.when(pl.struct("uid", "frame").is_unique()).then("uid")
    )
    return {
        image: key.hide(NAME, image)
        if uid is None
        else key.hide("SOPInstanceUID", uid) + (frame or "")
        for image, uid, frame in told.select("image", "uid", "frame").iter_rows()
    }


def hide_table(
    table: ClassTable, names: Mapping[str, str], is_file: Callable[[str], bool], key: IdKey
) -> ClassTable:
    """Put hashes in place of a source's ids.

    Args:
        table: the source.
        names: hash of each of its images.
        is_file: whether a name is that of an image file; of a table of studies, what is none and
            stands in place of an image is the key of a study.
        key: hashes.
    """
    layout = table.manifest.table
    studies = " / ".join(layout.key) if layout is not None and layout.key else ""

    def name(image: str) -> str:
        if image in names:
            return names[image]
        return key.hide(studies if studies and not is_file(image) else NAME, image)

    def rename(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(image=_map(frame["image"], name))

    def hide_reasons(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(reason=_map(frame["reason"], hide_reason))

    images, named = table.images, _name_tables(table.manifest)
    patient = key.hide_all("PatientID", images["patient"])
    if _echoes(images).all():
        # A patient who is only the name of the image stays that.
        patient = _map(images["image"], name).set(images["patient"].is_null(), None)
    return replace(
        table,
        images=rename(images).with_columns(
            patient=patient, age=pl.col("age").clip(upper_bound=_OLDEST)
        ),
        boxes=rename(table.boxes),
        masks=rename(table.masks).with_columns(sha256=key.hide_all(CONTENT, table.masks["sha256"])),
        excluded=hide_reasons(rename(table.excluded)),
        not_taken=hide_reasons(
            table.not_taken.with_columns(file=key.hide_all(NAME, table.not_taken["file"]))
        ),
        inputs=tuple(_hide_input(one, named, key) for one in table.inputs),
    )


def hide_names(
    hidden: Hidden,
    tables: Sequence[ClassTable],
    images: pl.DataFrame,
    links: pl.DataFrame,
    contents: pl.DataFrame | None,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None]:
    """Put hashes in place of the names of all images, and sort by these: order would tell names.

    Args:
        hidden: the sources with hashes.
        tables: the same as they are.
        images: columns row, order, source, image, patient (``source/patient``), age; a row an
            image.
        links: ``LINK_COLUMNS``.
        contents: columns source and image, or none.

    Returns:
        The same frames; rows are numbered anew.
    """
    names = pl.concat(
        pl.DataFrame(
            {
                "source": [own.source] * own.images.height,
                "image": own.images["image"],
                "hash": theirs.images["image"],
                "who": theirs.images["patient"],
                "years": theirs.images["age"],
            },
            schema_overrides={"source": pl.String, "who": pl.String, "years": pl.Float64},
        )
        for own, theirs in zip(tables, hidden.tables, strict=True)
    )
    both = ["source", "image"]
    found = images.join(names, on=both, how="left", maintain_order="left").with_columns(
        image="hash", patient=pl.col("source") + "/" + pl.col("who"), age="years"
    )
    found = found.sort("order", "image").with_columns(was="row", row=pl.int_range(pl.len()))
    number = found["was"].arg_sort()
    placed = links.with_columns(
        left=number.gather(links["left"]).cast(pl.Int64),
        right=number.gather(links["right"]).cast(pl.Int64),
    ).with_columns(
        left=pl.min_horizontal("left", "right"), right=pl.max_horizontal("left", "right")
    )
    if contents is not None:
        contents = contents.join(names, on=both, how="left", maintain_order="left").with_columns(
            image="hash"
        )
        contents = contents.drop("hash", "who", "years")
    return (
        found.drop("hash", "who", "years", "was"),
        placed.sort("left", "right", "evidence"),
        contents,
    )


def hide_reason(reason: str) -> str:
    """Take out of a reason what may name a person: values of headers, names, paths and numbers.

    >>> hide_reason("its ViewPosition is LL"), hide_reason("its StudyDate is 20240131")
    ('its ViewPosition is LL', 'its StudyDate is another')
    >>> hide_reason("set aside: two files: a/7.png and b/7.png")
    'set aside: two files: ...'
    """
    if found := _ELEMENT.fullmatch(reason):
        return reason if found[1] in OPEN_ELEMENTS else f"its {found[1]} is another"
    words = reason.split(" ")
    at = next((place for place, word in enumerate(words) if _NAMED.search(word)), None)
    return reason if at is None else " ".join([*words[:at], "..."])


def _map(texts: pl.Series, make: Callable[[str], str]) -> pl.Series:
    different = texts.drop_nulls().unique().to_list()
    made = [make(text) for text in different]
    return texts.replace_strict(different, made, default=None, return_dtype=pl.String)


def _echoes(images: pl.DataFrame) -> pl.Series:
    """Whether the patient of each image is its name, or nobody is known."""
    stem = strip_suffix("image")
    who = pl.col("patient")
    is_name = (who == stem) | (who == stem.str.extract(r"([^/]*)$")) | (who == pl.col("image"))
    return images.select(is_name.fill_null(True)).to_series()


def _hide_input(one: InputFile, named: Iterable[str], key: IdKey) -> InputFile:
    """A table that the manifest names keeps that name; other files may be called like images."""
    name = next((name for name in named if f"/{one.path}".endswith(f"/{name}")), None)
    return replace(
        one, path=name or key.hide(INPUT, one.path), sha256=key.hide(CONTENT, one.sha256)
    )


def _name_tables(manifest: Manifest) -> list[str]:
    """Files that the manifest names, but for patterns: the names of these the folder gives."""
    names: list[str] = [*manifest.split.lists.values(), *manifest.split.files]
    if manifest.table is not None:
        names += [*(manifest.table.file or ())]
        names += [name for join in manifest.table.join for name in join.file]
    if manifest.boxes is not None:
        names += manifest.boxes.file
    file = getattr(manifest.labels, "file", ())
    names += [file] if isinstance(file, str) else file
    return [name for name in names if name and not set(name) & set("*?[")]
