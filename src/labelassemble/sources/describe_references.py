"""Where the facts of the built-in manifests were looked up, as a page says it.

To write the page anew::

    python -m labelassemble.sources.describe_references docs/sources.md
"""

import sys
from pathlib import Path
from typing import get_args

from labelassemble.sources.manifest import Fact, Manifest
from labelassemble.sources.manifest_file import builtin_manifests
from labelassemble.sources.rewrite_between import rewrite_between

_BEGIN = "<!-- Facts: written by labelassemble.sources.describe_references. Do not edit. -->"
_END = "<!-- Facts: end. -->"


def describe_references() -> str:
    """Give a table of the facts of all built-in manifests that have any, in Markdown.

    >>> "| `luna16` | CC BY 4.0" in describe_references()
    True
    """
    lines = [
        "| source | licence | where it stands | counts | layout |",
        "|---|---|---|---|---|",
    ]
    for name, manifest in builtin_manifests().items():
        if manifest.references or manifest.unverified:
            cells = [_tell(manifest, fact) for fact in get_args(Fact)]
            lines.append(f"| `{name}` | {manifest.licence} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _tell(manifest: Manifest, fact: Fact) -> str:
    address = manifest.references.get(fact, "")
    link = f"[seen]({address})" if address else ""
    if fact in manifest.unverified:
        return f"from memory; [there]({address})" if address else "from memory"
    return link or "none said"


def rewrite_references(page: str) -> str:
    """Put what `describe_references` says between the two marks of a page.

    Args:
        page: text with the lines ``_BEGIN`` and ``_END``.
    """
    return rewrite_between(page, _BEGIN, _END, f"{describe_references()}\n")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(rewrite_references(place.read_text(encoding="utf-8")), encoding="utf-8")
