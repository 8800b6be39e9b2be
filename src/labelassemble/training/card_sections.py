"""Sections of a model card: what is known later is put before the last one, or replaced."""

from collections.abc import Sequence

LAST_SECTION = "What it is not for"
"""Before it stand sections that come later."""


def put_section(card: str, title: str, lines: Sequence[str]) -> str:
    """Put a section into a card; one of the same title is replaced.

    Args:
        card: Markdown, with sections that begin with ``## ``.
        title: of the section.
        lines: of it.

    >>> card = "# A\\n\\n## B\\n\\nold\\n\\n## What it is not for\\n\\nmuch\\n"
    >>> print(put_section(card, "B", ["new"]))
    # A
    <BLANKLINE>
    ## B
    <BLANKLINE>
    new
    <BLANKLINE>
    ## What it is not for
    <BLANKLINE>
    much
    <BLANKLINE>
    """
    first, *others = card.split("\n## ")
    told = {one.partition("\n")[0]: one.partition("\n")[2] for one in others}
    body = "\n".join(["", *lines, ""])
    if title in told:
        told[title] = body
    else:
        names = [name for name in told if name != LAST_SECTION]
        last = {LAST_SECTION: told[LAST_SECTION]} if LAST_SECTION in told else {}
        told = {**{name: told[name] for name in names}, title: body, **last}
    return "\n## ".join([first, *(f"{name}\n{text}" for name, text in told.items())])
