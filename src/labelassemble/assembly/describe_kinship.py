"""What came of the kinship of a recipe's sources, as counts and in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from labelassemble.assembly.kin_routes import Kinship, Relation
from labelassemble.assembly.links import BY_NAME
from labelassemble.errors import plural, some
from labelassemble.settings import AssemblySettings

Told = dict[str, Any]
"""One relation: one, other, what their manifests call them (one_is, other_is), by_ids, siblings,
through, evidence and reference (lists), missing (files of published tables that lie in no folder),
records_by_ids, records_otherwise (joined by content or fingerprints), patients (groups that both
hold), unseen (why only fingerprints could tell and nobody looked; blank: somebody did)."""


def count_kin(
    kinship: Kinship,
    images: pl.DataFrame,
    links: pl.DataFrame,
    settings: AssemblySettings,
    contents: pl.DataFrame | None,
) -> list[Told]:
    """Count what two sources that are known to be kin share in a table.

    Args:
        kinship: what is known of the sources.
        images: columns row, source, record_row, group; one row an image that an image holds.
        links: ``LINK_COLUMNS``.
        settings: say whether names count and fingerprints are compared.
        contents: what is known of image files, columns source and fingerprints; None: nothing.
    """
    seen = (
        set[str]()
        if contents is None
        else set(contents.filter(pl.col("fingerprint").is_not_null())["source"])
    )
    return [
        _count(one, images, links, settings, {one.one, one.other} <= seen)
        for one in kinship.relations
    ]


def _count(
    relation: Relation,
    images: pl.DataFrame,
    links: pl.DataFrame,
    settings: AssemblySettings,
    looked: bool,
) -> Told:
    sides = [images.filter(source=name) for name in (relation.one, relation.other)]
    held, groups = (
        sides[0].select(column).unique().join(sides[1].select(column).unique(), on=column)
        for column in ("record_row", "group")
    )
    named = links.filter(pl.col("evidence").cast(pl.String).is_in([*BY_NAME]))
    rows = [side.select("row", "record_row") for side in sides]
    joined = [
        named.join(rows[0], left_on=mine, right_on="row").join(
            rows[1], left_on=theirs, right_on="row", suffix="_other"
        )
        for mine, theirs in (("left", "right"), ("right", "left"))
    ]
    by_ids = pl.concat([one.select("record_row") for one in joined]).n_unique()
    missing = list(dict.fromkeys(file for one in relation.missing for file in one.file[:1]))
    told = relation.by_ids and settings.overlapping_names
    unseen = ""
    if not told and not by_ids:
        if not looked:
            unseen = "of one of them no image was read; volumes have no fingerprints"
        elif settings.similar_images == "ignore":
            unseen = 'similar_images = "ignore"'
    return {
        "one": relation.one,
        "other": relation.other,
        "one_is": relation.one_is,
        "other_is": relation.other_is,
        "by_ids": told,
        "siblings": relation.siblings,
        "through": list(relation.through),
        "evidence": _list(one.evidence for one in relation.facts),
        "reference": _list(one.reference for one in relation.facts),
        "missing": missing,
        "records_by_ids": by_ids,
        "records_otherwise": held.height - by_ids,
        "patients": groups.height,
        "unseen": unseen,
    }


def _list(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))


def read_kin(manifest: Mapping[str, object]) -> list[Told]:
    """Give what ``count_kin`` counted, from the facts that are saved with a table."""
    told = manifest.get("kinship")
    return list(told) if isinstance(told, list) else []


def tell_kin(told: Told) -> str:
    """Say in one line what two sources share.

    >>> tell_kin({"one": "rsna", "other": "nih", "by_ids": True, "siblings": False, "through": [],
    ...     "missing": [], "records_by_ids": 26684, "records_otherwise": 0, "patients": 13421})
    'rsna and nih share images: 26,684 joined by ids; 13,421 patients stand in both'
    """
    named = told["by_ids"] or told["records_by_ids"]
    counts = [f"{told['records_by_ids']:,} joined by ids"] if named else []
    if told["records_otherwise"] or not named:
        counts.append(f"{told['records_otherwise']:,} joined by content or fingerprints")
    if named:
        which = ""
    elif told["missing"]:
        which = f", {some(told['missing'])} tells which and is not there"
    else:
        which = ", only fingerprints can tell which"
    patients = plural(told["patients"], "patient stands", "patients stand")
    return f"{_say_kin(told, 'share')}{which}: {', '.join(counts)}; {patients} in both"


def _say_kin(told: Told, verb: str) -> str:
    """Who shares images with whom, under the names of the recipe and those of the manifests."""
    names = []
    for side in ("one", "other"):
        known = told.get(f"{side}_is") or told[side]
        names.append(told[side] if told[side] == known else f"{told[side]} ({known})")
    third = told["through"]
    if told["siblings"]:
        return f"{' and '.join(names)} may {verb} images (both hold a part of {some(third)})"
    way = f" (through {some(third)})" if third else ""
    return f"{' and '.join(names)} {verb} images{way}"


def warn_of_kin(told: Sequence[Told]) -> list[str]:
    """Say what is known to be shared, and yet nothing at hand tells which images are the same."""
    warnings = []
    for one in told:
        if one["records_by_ids"] or not (one["unseen"] or one["missing"]):
            continue
        why = f", and nobody looked ({one['unseen']})" if one["unseen"] else ""
        leak = "one image may stand in train and test"
        if one["missing"]:
            where = some(one["reference"], 2)
            warnings.append(
                f"{_say_kin(one, 'share')}: {leak}. Put {some(one['missing'])}, which tells which "
                f"these are, into one of their folders"
                + (f" ({where})" if where else "")
                + f"; until then only fingerprints tell{why}"
            )
        else:
            warnings.append(
                f"{_say_kin(one, 'share')}, only fingerprints can tell which{why}: {leak}. Give "
                "image "
                'files and set [assembly] similar_images = "join" or "group", or take one of the '
                "two out"
            )
    return warnings
