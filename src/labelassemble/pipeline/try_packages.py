"""The packages that this one needs: there, new enough, and able to be imported."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version

from packaging.requirements import Requirement

from labelassemble.pipeline.health import Health, HealthState, one_line

NAME = "labelassemble"
WORSE: tuple[HealthState, ...] = ("ok", "note", "broken")
DEVELOPERS = "dev"
"""Extra whose packages nobody needs who does not work on this one."""


def try_packages() -> list[Health]:
    """Try every package that is needed, then those of the extras."""
    try:
        needed = [Requirement(text) for text in requires(NAME) or ()]
    except PackageNotFoundError:
        return [Health(NAME, "broken", "not installed as a package: pip install labelassemble")]
    plain = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    found = [_try_package(one) for one in sorted(plain, key=lambda one: one.name.lower())]
    return [*found, *_try_extras([one for one in needed if one not in plain])]


def _try_package(needed: Requirement, missing: HealthState = "broken") -> Health:
    asked = f"needs {needed.specifier}"
    try:
        there = version(needed.name)
    except PackageNotFoundError:
        return Health(needed.name, missing, f"not installed; {asked}")
    if not needed.specifier.contains(there, prereleases=True):
        return Health(needed.name, "broken", f"{there}; {asked}")
    for module in _modules(needed.name):
        try:
            import_module(module)
        except Exception as error:
            # A package that another version of a library broke raises nearly anything.
            return Health(needed.name, "broken", f"{there}; import {module}: {one_line(error)}")
    return Health(needed.name, "ok", there)


def _try_extras(optional: list[Requirement]) -> Iterator[Health]:
    by_extra: dict[str, list[Requirement]] = {}
    for one in optional:
        for extra in re.findall(r"extra == ['\"]([\w-]+)['\"]", str(one.marker)):
            by_extra.setdefault(extra, []).append(one)
    for extra in sorted(by_extra.keys() - {DEVELOPERS}):
        found = [_try_package(one, "note") for one in by_extra[extra]]
        words = [f"{one.name} {one.text}" for one in found]
        # What is there and does not work is broken, also where nobody needs it.
        worst = max((one.state for one in found), key=WORSE.index)
        yield Health(f"{NAME}[{extra}]", worst, ", ".join(words))


def _modules(distribution: str) -> list[str]:
    """Give the modules to import a distribution by; those that begin with _ are its own affair."""
    wanted = distribution.lower().replace("-", "_")
    return sorted(
        module
        for module, owners in _list_owners().items()
        if not module.startswith("_")
        and wanted in {owner.lower().replace("-", "_") for owner in owners}
        and module not in _OTHERS
    )


@cache
def _list_owners() -> Mapping[str, list[str]]:
    """Distributions of every module, looked up once: it takes a quarter of a second."""
    return packages_distributions()


_OTHERS = frozenset({"pylab", "tests", "test", "functorch", "torchgen", "examples"})
"""Modules beside a package's own."""
