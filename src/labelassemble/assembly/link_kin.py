"""Links between images of sources whose names, as manifests say, become the same."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

import polars as pl

from labelassemble.assembly.kin_routes import Kinship, Route
from labelassemble.assembly.links import NO_LINKS, follow_names, pair_names, take_names
from labelassemble.sources.overlapping_names import SharedTable


def link_kin(images: pl.DataFrame, kinship: Kinship) -> pl.DataFrame:
    """Link images and patients of the sources that names tell to be the same.

    Args:
        images: columns row, source, image, patient (``source/patient``); one row an image.
        kinship: what is known of the sources.

    Returns:
        ``LINK_COLUMNS``; none where no name is shared: each may hold a part of the data.
    """
    parts = [NO_LINKS]
    led = {
        source: _lead(images, source, routes, kinship.tables)
        for source, routes in _take_meeting(kinship.routes).items()
    }
    for one, other in combinations(led, 2):
        for (space, kind), mine in led[one].items():
            theirs = led[other].get((space, kind), [])
            if not theirs:
                continue
            for records in (True, False):
                parts += _pair(mine, theirs, records)
    for names in led.values():
        parts += _join_persons(images, names)
    return pl.concat(parts).unique(["left", "right", "evidence"], maintain_order=True)


def _take_meeting(routes: dict[str, tuple[Route, ...]]) -> dict[str, tuple[Route, ...]]:
    """Routes that end where another source's do, or that tell a source its own patients."""
    ends = Counter(end for own in routes.values() for end in {(one.space, one.kind) for one in own})
    return {
        source: tuple(
            one for one in own if ends[one.space, one.kind] > 1 or (one.steps and one.joins_persons)
        )
        for source, own in routes.items()
    }


_Led = list[tuple[Route, pl.DataFrame]]


def _lead(
    images: pl.DataFrame,
    source: str,
    routes: Sequence[Route],
    tables: dict[SharedTable, pl.DataFrame],
) -> dict[tuple[str, str], _Led]:
    """Names of a source as each of its routes makes them: columns row, name."""
    led: dict[tuple[str, str], _Led] = {}
    unknown = images.filter(pl.col("patient").is_null()).select("row")
    by_patient = {route.space for route in routes if route.start == "patient"}
    for route in routes:
        names = take_names(images, source, route.start)
        if route.joins_persons and route.space in by_patient:
            # Who is named need not be told by names of images.
            names = names.join(unknown, on="row", how="semi")
        for step in route.steps:
            names = follow_names(names, step, tables)
        if not names.is_empty():
            led.setdefault((route.space, route.kind), []).append((route, names))
    return led


def _pair(mine: _Led, theirs: _Led, records: bool) -> Iterator[pl.DataFrame]:
    """Pair names that are the same images, or else the same patients."""
    both_own = any(not route.steps for route, _ in mine) and any(
        not route.steps for route, _ in theirs
    )
    for route, names in mine:
        for other, others in theirs:
            # Two sources of one manifest: only what a fact makes the same is the same.
            if both_own and not (route.steps and other.steps):
                continue
            if not (route.steps or other.steps):
                continue
            if (route.keeps_records and other.keeps_records) != records:
                continue
            walked = any(step.crosswalk for step in (*route.steps, *other.steps))
            kind = ("crosswalk" if walked else "shared name") if records else "shared patient"
            yield pair_names(names, others, kind, route.start, other.start)


def _join_persons(images: pl.DataFrame, led: dict[tuple[str, str], _Led]) -> Iterator[pl.DataFrame]:
    """Link a source's own images of one patient, where another source's names tell the patient."""
    unknown = images.filter(pl.col("patient").is_null()).select("row")
    for ways in led.values():
        for route, names in ways:
            if not (route.steps and route.joins_persons):
                continue
            own = names.join(unknown, on="row", how="semi")
            yield pair_names(own, own, "shared patient", "image", "image")
