"""Which sources of a recipe are known to hold the same images, and how their names tell which.

Manifests say it (``[[overlaps]]``): a part says of which whole it is a part. From these facts
follow routes: ways by which a name of one source becomes a name that another source has, through
others that need not be in the recipe.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations

import polars as pl

from labelassemble.assembly.kin_routes import Kinship, Relation, Route
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_names, load_manifest
from labelassemble.sources.overlapping_names import OverlappingNames, SharedTable

MAX_STEPS = 4
"""Facts that one route may be made of."""


FindTable = Callable[[SharedTable], tuple[pl.DataFrame, InputFile] | None]
"""Gives a published table of names and its file, as `shared_table.find_shared_table` does; none: it
is not there."""


def find_none(asked: SharedTable) -> None:
    """Find no published table."""
    del asked


def find_kinship(manifests: Mapping[str, Manifest], find_table: FindTable = find_none) -> Kinship:
    """Find what manifests say of the kinship of sources.

    Args:
        manifests: of the sources, by name, in recipe order.
        find_table: finds the published tables of names.

    Raises:
        AssemblyError: a published table that cannot be read.
    """
    present = frozenset(name for one in manifests.values() for name in one.kin_names)
    found: dict[SharedTable, pl.DataFrame] = {}
    files = list[InputFile]()
    for asked in _list_tables(manifests.values()):
        if (read := find_table(asked)) is not None:
            found[asked] = read[0]
            files.append(read[1])
    routes = {name: tuple(_find_routes(one, present, found)) for name, one in manifests.items()}
    chains = {name: _find_chains(one) for name, one in manifests.items()}
    relations = [
        relation
        for one, other in combinations(manifests, 2)
        if (
            relation := _relate(
                one,
                other,
                manifests=manifests,
                chains=chains,
                routes=routes,
                tables=found,
                present=present,
            )
        )
    ]
    return Kinship(tuple(relations), routes, found, tuple(files))


@cache
def _facts_of(name: str) -> tuple[OverlappingNames, ...]:
    """Facts of a built-in manifest; none of any other."""
    return load_manifest(name).facts if name in builtin_names() else ()


def _list_tables(manifests: Iterable[Manifest]) -> list[SharedTable]:
    """Tables that any of these manifests or of their relatives names."""
    found = dict[SharedTable, None]()
    for manifest in manifests:
        seen, ahead = set(manifest.kin_names), list(manifest.facts)
        while ahead:
            fact = ahead.pop()
            if fact.crosswalk is not None:
                found[fact.crosswalk] = None
            if fact.source not in seen:
                seen.add(fact.source)
                ahead += _facts_of(fact.source)
    return list(found)


def _find_routes(
    manifest: Manifest, present: frozenset[str], tables: dict[SharedTable, pl.DataFrame]
) -> Iterator[Route]:
    """Follow the facts of a manifest from its names on, and those of the manifests they lead to."""
    own = manifest.kin_names
    ahead = list[Route]()
    for start in ("image", "patient"):
        yield from (Route(start, (), name, start) for name in sorted(own))
        ahead.append(Route(start, (), manifest.name, start))
    while ahead:
        route = ahead.pop(0)
        facts = manifest.facts if route.space in own else _facts_of(route.space)
        for fact in facts:
            within = fact.source in own or fact.source == route.space
            if (
                fact.how != "ids"
                or fact.ours != route.kind
                or fact in route.steps
                or (fact.source in own and route.space not in own)
                or (fact.crosswalk is not None and fact.crosswalk not in tables)
            ):
                continue
            onward = Route(route.start, (*route.steps, fact), fact.source, fact.theirs)
            sure = within or fact.whole
            # Of a source that is not here nothing can be looked up: only what is wholly its, holds.
            if sure or fact.source in present:
                yield onward
            if sure and len(onward.steps) < MAX_STEPS:
                ahead.append(onward)


def _find_chains(manifest: Manifest) -> dict[str, tuple[OverlappingNames, ...]]:
    """Manifest whose images this one holds to the facts that say so, the shortest chain of each.

    Behind the first fact only wholes: what holds a part of a part may hold none of the whole.
    """
    chains = dict[str, tuple[OverlappingNames, ...]]()
    ahead: list[tuple[OverlappingNames, ...]] = [(one,) for one in _by_ids_first(manifest.facts)]
    while ahead:
        chain = ahead.pop(0)
        name = chain[-1].source
        if name in chains or (name in manifest.kin_names and len(chain) > 1):
            continue
        chains[name] = chain
        if name not in manifest.kin_names and len(chain) < MAX_STEPS:
            onward = [one for one in _facts_of(name) if one.whole and one.source != name]
            ahead += [(*chain, one) for one in _by_ids_first(onward)]
    return chains


def _by_ids_first(facts: Sequence[OverlappingNames]) -> list[OverlappingNames]:
    """What names tell before what fingerprints tell; images before patients."""
    return sorted(facts, key=lambda one: (one.how != "ids", one.ours != one.theirs, one.ours))


def _relate(
    one: str,
    other: str,
    *,
    manifests: Mapping[str, Manifest],
    chains: dict[str, dict[str, tuple[OverlappingNames, ...]]],
    routes: dict[str, tuple[Route, ...]],
    tables: dict[SharedTable, pl.DataFrame],
    present: frozenset[str],
) -> Relation | None:
    """What is known of two sources; none: nothing."""
    known = {name: manifest.extends or manifest.name for name, manifest in manifests.items()}
    found = [
        Relation(
            mine,
            theirs,
            known[mine],
            name,
            _reach(routes[mine], name) and _is_named(chain),
            tuple(fact.source for fact in chain[:-1]),
            False,
            chain,
            _list_missing(chain, tables),
        )
        for mine, theirs in ((one, other), (other, one))
        for name in sorted(manifests[theirs].kin_names)
        if (chain := chains[mine].get(name)) is not None
    ]
    if found:
        return min(found, key=lambda one: (not one.by_ids, len(one.facts)))
    common = [name for name in chains[one] if name in chains[other] and name not in present]
    if not common:
        return None
    name = min(common, key=lambda name: len(chains[one][name]) + len(chains[other][name]))
    facts = (*chains[one][name], *chains[other][name])
    told = _is_named(facts) and all(_reach(routes[source], name) for source in (one, other))
    missing = _list_missing(facts, tables)
    return Relation(one, other, known[one], known[other], told, (name,), True, facts, missing)


def _reach(routes: Sequence[Route], space: str) -> bool:
    return any(route.space == space and route.steps for route in routes)


def _is_named(facts: Sequence[OverlappingNames]) -> bool:
    return all(fact.how == "ids" for fact in facts)


def _list_missing(
    facts: Sequence[OverlappingNames], tables: dict[SharedTable, pl.DataFrame]
) -> tuple[SharedTable, ...]:
    named = [one.crosswalk for one in facts if one.crosswalk is not None]
    return tuple(one for one in named if one not in tables)
