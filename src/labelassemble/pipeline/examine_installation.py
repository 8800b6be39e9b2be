"""This installation and this machine, tried piece by piece: a text to paste into an issue."""

from collections.abc import Callable
from pathlib import Path

from labelassemble import __version__
from labelassemble.errors import plural
from labelassemble.pipeline.health import Health, one_line
from labelassemble.pipeline.try_machine import try_machine
from labelassemble.pipeline.try_packages import try_packages

MARKS = {"ok": "  ", "note": "- ", "broken": "! "}


def examine_installation(folder: Path, say: Callable[[str], None]) -> list[Health]:
    """Try packages, codecs and the machine, and say each group as soon as it is tried.

    Args:
        folder: where output would go; need not be there.
        say: called with a text of several lines.

    Returns:
        What is broken, of the things that are needed.
    """
    say(f"labelassemble {__version__}")
    parts: dict[str, Callable[[], list[Health]]] = {
        "packages": try_packages,
        "files, each decoded from a tiny one": _try_codecs,
        "machine": lambda: try_machine(folder),
    }
    found: list[Health] = []
    for title, part in parts.items():
        told = part()
        say(f"\n{title}\n{describe_health(told)}")
        found += told
    broken = [one for one in found if one.state == "broken"]
    say(f"\n{_sum_up(found, broken)}")
    return broken


def describe_health(found: list[Health]) -> str:
    """Write one line each: ``!`` is broken, ``-`` is worth knowing.

    >>> print(describe_health([Health("PNG", "ok", "decoded"), Health("GPU", "note", "none")]))
      PNG  decoded
    - GPU  none
    """
    width = max((len(one.name) for one in found), default=0)
    return "\n".join(f"{MARKS[one.state]}{one.name:<{width}}  {one.text}" for one in found)


def _try_codecs() -> list[Health]:
    try:
        from labelassemble.pipeline.try_codecs import try_codecs
    except Exception as error:
        # A package that is broken is reported among the packages; here it must not end the rest.
        return [Health("codecs", "broken", one_line(error))]
    return try_codecs()


def _sum_up(found: list[Health], broken: list[Health]) -> str:
    noted = sum(one.state == "note" for one in found)
    if not broken:
        return f"Everything that is needed works ({plural(noted, 'note')}, marked -)."
    names = ", ".join(one.name for one in broken)
    return f"Broken, marked !: {names}."
