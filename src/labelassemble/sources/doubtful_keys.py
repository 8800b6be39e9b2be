"""Keys of studies that labels must not follow: of several studies or patients, or of none."""

from collections.abc import Sequence

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.patient_ids import settle_ids
from labelassemble.sources.problems import Problems
from labelassemble.sources.table_layout import TableLayout

SLICES = ("CT", "MR", "PT", "NM")
"""Modalities whose files are slices of a volume."""


def find_doubtful_keys(
    heads: pl.DataFrame, names: Sequence[str], layout: TableLayout, problems: Problems
) -> pl.DataFrame:
    """Find keys that stand for several patients, or for several studies where one is meant.

    Args:
        heads: headers of the files whose keys the table holds: ``dicom_headers.HEADERS``, image,
            and the key's columns.
        names: of the key's columns.
        layout: says whether a key may stand for several studies.
        problems: takes what is found.

    Returns:
        The key's columns, one row a doubtful key.
    """
    assert layout.key is not None
    said = " and ".join(layout.key)
    by_key = heads.group_by(names, maintain_order=True).agg(
        patients=pl.col("patient").drop_nulls().unique().sort(),
        issuers=pl.col("IssuerOfPatientID").drop_nulls().unique().sort(),
        studies=pl.col("StudyInstanceUID").drop_nulls().unique().sort(),
    )
    several = {name: pl.col(name).list.len() > 1 for name in ("patients", "issuers", "studies")}
    who = by_key.filter(several["patients"]).sort(names)
    if who.height:
        problems.note(
            f"images of one patient for each {said}",
            f"{who.height:,} {said} whose images are of several patients by their headers, such as "
            f"{_spell(who, names)}: PatientID {some(who['patients'][0], 3)}",
            "Correct the headers, take those rows out, or add PatientID to table.key",
            count=who.height,
        )
    two = by_key.clear()
    if "PatientID" in layout.key and "IssuerOfPatientID" not in layout.key:
        two = by_key.filter(several["issuers"]).sort(names)
    if two.height:
        problems.note(
            f"one issuer for each {said}",
            f"{two.height:,} {said} under several issuers, who may mean several persons, such as "
            f"{_spell(two, names)}: IssuerOfPatientID {some(two['issuers'][0], 3)}",
            "Add IssuerOfPatientID to table.key and a column with it to the table, or name one "
            "issuer in headers.keep",
            count=two.height,
        )
    many = by_key.clear()
    if not layout.several_studies:
        many = by_key.filter(several["studies"] & ~several["patients"]).sort(names)
    if many.height:
        problems.note(
            f"one study for each {said}",
            f"{many.height:,} {said} of several studies, such as {_spell(many, names)}: "
            f"StudyInstanceUID {some(many['studies'][0], 3)}",
            "Say in headers.keep which of them counts (StudyDescription, BodyPartExamined, ...), "
            "name StudyInstanceUID in table.key, or let the labels count for all of them: "
            "table.several_studies = true",
            count=many.height,
        )
    _tell_slices(heads, said, problems)
    return pl.concat([one.select(names) for one in (who, two, many)]).unique(maintain_order=True)


def _tell_slices(heads: pl.DataFrame, said: str, problems: Problems) -> None:
    if "SOPInstanceUID" in said:
        return
    slices = heads.filter(
        pl.col("modality").is_in(SLICES) & (pl.len().over("SeriesInstanceUID") > 1)
    )
    if slices.height:
        series = slices["SeriesInstanceUID"].n_unique()
        kinds = some(slices["modality"].unique().sort())
        problems.remark(
            f"the labels of {plural(series, 'series', 'series')} of {kinds} count for each of "
            f"{plural(slices.height, 'slice')}, though a finding shows on some",
            "Keep other series (headers.keep), convert series to volumes, or label slices by "
            "SOPInstanceUID",
            count=slices.height,
        )


def note_lost_keys(
    lost: pl.DataFrame,
    rows: pl.DataFrame,
    heads: pl.DataFrame,
    *,
    names: Sequence[str],
    layout: TableLayout,
    missing: str,
    problems: Problems,
) -> None:
    """Note keys that no image has, and why they may not meet.

    Args:
        lost: rows of the table whose keys no image has.
        rows: all of its rows.
        heads: headers of the files, with the key's columns.
        names: of these columns.
        layout: names the key.
        missing: ``missing_images`` of the recipe: whether this must be fixed.
        problems: takes the note.
    """
    assert layout.key is not None
    said = " and ".join(layout.key)
    keys, every = lost.select(names).n_unique(), rows.select(names).n_unique()
    here = f"{plural(heads.height, 'image')} that count"
    what = (
        f"none of the {every:,} {said} of the table is in the header of an image"
        if keys == every
        else f"{keys:,} of the {every:,} {said} of the table are of no image"
    )
    what += f" ({here}), such as {_spell(lost, names)}"
    why = [*_tell_loose(lost, heads, names, layout), *_tell_part(lost, heads, names, layout)]
    if keys == every and heads.height:
        why.append(f"in the headers it is written like {_spell(heads, names)}")
    got = "; ".join([what, *why])
    do = 'Fix them, or allow it: missing_images = "exclude"'
    if missing == "error":
        problems.note(f"images for each {said} of the table", got, do, count=lost.height)
    else:
        problems.remark(got, "They have no image here, as you allow it", count=lost.height)


def _tell_loose(
    lost: pl.DataFrame, heads: pl.DataFrame, names: Sequence[str], layout: TableLayout
) -> list[str]:
    """Ids that would meet if their writing did not count, and ids that a spreadsheet damaged."""
    assert layout.key is not None
    told = []
    for name, element in zip(names, layout.key, strict=True):
        if element == "StudyDate":
            continue
        mine, theirs = lost[name].unique(), heads[name].unique()
        if layout.key_ids != "loose":
            apart = pl.DataFrame({"id": mine}).with_columns(
                settle_ids("id", "loose").alias("loose")
            )
            other = pl.DataFrame({"head": theirs}).with_columns(
                settle_ids("head", "loose").alias("loose")
            )
            near = apart.join(other, on="loose").filter(pl.col("id") != pl.col("head")).sort("id")
            if near.height:
                first = near.row(0, named=True)
                told.append(
                    f"{near['id'].n_unique():,} of these differ from a header in case, spaces, "
                    f"leading zeros or '.0' alone: {first['id']!r} and {first['head']!r} (export "
                    'the column again as text, or say table.key_ids = "loose")'
                )
        floats = mine.filter(mine.str.contains(r"^[0-9][.,]?[0-9]*[eE]\+?[0-9]+$")).sort()
        if len(floats):
            told.append(
                f"{len(floats):,} look as a spreadsheet leaves long numbers, such as "
                f"{floats[0]!r}: their digits are lost (export the column again as text)"
            )
    return told


def _tell_part(
    lost: pl.DataFrame, heads: pl.DataFrame, names: Sequence[str], layout: TableLayout
) -> list[str]:
    """Which part of a key of several elements is there."""
    assert layout.key is not None
    if len(names) < 2:
        return []
    told = []
    for name, element in zip(names, layout.key, strict=True):
        both = lost.join(heads.select(names).unique(), on=name, how="inner", suffix=" header")
        if both.is_empty() or element == "StudyDate":
            continue
        others = [
            (other, one) for other, one in zip(names, layout.key, strict=True) if other != name
        ]
        first = both.sort(names).row(0, named=True)
        differ = ", ".join(
            f"{one} {first[other]} in the table and {first[f'{other} header']} in a header"
            for other, one in others
            if first[other] != first[f"{other} header"]
        )
        told.append(
            f"of {both['row'].n_unique():,} of these {element} alone is there, such as "
            f"{first[name]}: {differ}"
        )
    return told


def _spell(keys: pl.DataFrame, names: Sequence[str]) -> str:
    first = keys.sort(names).row(0, named=True)
    return repr(" / ".join(first[name] for name in names))
