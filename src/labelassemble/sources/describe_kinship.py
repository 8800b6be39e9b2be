"""The kinship that comes with the package, as a page says it: taken from the manifests.

To write the page anew::

    python -m labelassemble.sources.describe_kinship docs/overlaps.md
"""

import sys
from pathlib import Path

from labelassemble.sources.manifest_file import builtin_manifests
from labelassemble.sources.overlapping_names import OverlappingNames
from labelassemble.sources.rewrite_between import rewrite_between

_BEGIN = "<!-- Known kinship: written by labelassemble.sources.describe_kinship. Do not edit. -->"
_END = "<!-- Known kinship: end. -->"


def describe_kinship() -> str:
    """Give a table of all facts of all built-in manifests, in Markdown.

    >>> "| `nih_google` | `nih_chestxray14` |" in describe_kinship()
    True
    """
    lines = ["| source | has images of | what tells which | how it is known |", "|---|---|---|---|"]
    for name, manifest in builtin_manifests().items():
        of: dict[str, list[OverlappingNames]] = {}
        for fact in manifest.overlaps:
            of.setdefault(fact.source, []).append(fact)
        for other, facts in of.items():
            ways = "; ".join(dict.fromkeys(map(_tell, facts)))
            first = facts[0]
            doubt = " From memory." if first.unverified else ""
            lines.append(
                f"| `{name}` | `{other}` | {ways} | {first.evidence}{doubt} "
                f"[Source]({first.reference}) |"
            )
    copies = [f"`{name}`" for name, one in builtin_manifests().items() if one.own_names]
    lines += ["", f"Copies of these are joined by their names too: {', '.join(copies)}."]
    return "\n".join(lines)


def _tell(fact: OverlappingNames) -> str:
    if fact.how == "fingerprint":
        return "fingerprint"
    if fact.crosswalk is not None:
        return f"`{fact.crosswalk.file[0]}`"
    kind = fact.ours if fact.ours == fact.theirs else f"{fact.ours}, {fact.theirs}"
    return f"names ({kind})"


def rewrite_kinship(page: str) -> str:
    """Put what `describe_kinship` says between the two marks of a page.

    Args:
        page: text with the lines ``_BEGIN`` and ``_END``.
    """
    return rewrite_between(page, _BEGIN, _END, f"{describe_kinship()}\n")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(rewrite_kinship(place.read_text(encoding="utf-8")), encoding="utf-8")
