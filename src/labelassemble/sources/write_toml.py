"""Values and tables as TOML text, with a comment beside each line that needs one."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_WIDE = 92


class Line(NamedTuple):
    """One key of a TOML table.

    Attributes:
        value: text, number, truth value, or a list or table of these; none: the key stays out,
            only its comment is written.
        comment: what a reader should know of it; blank: nothing.
        each: comments of the items of a list, which is then written an item a line.
    """

    value: Any
    comment: str = ""
    each: tuple[str, ...] = ()


_Table = Mapping[str, Line]
"""Key to its line."""


def write_toml(tables: Mapping[str, _Table]) -> str:
    """Write tables as TOML; the first one, called ``""``, without a header.

    >>> print(write_toml({"": {"name": Line("mine")}, "table": {"image": Line("id", "a guess")}}))
    name = "mine"
    <BLANKLINE>
    [table]
    image = "id"  # a guess
    """
    blocks = []
    for name, table in tables.items():
        lines = [f"[{name}]"] if name else []
        for key, line in table.items():
            lines += _write_line(key, line)
        if table:
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def write_value(value: Any) -> str:
    """Write one value as TOML, in one line.

    >>> print(write_value(["a", 'say "b"']), write_value({"1": "positive"}))
    ["a", "say \\"b\\""] { "1" = "positive" }
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _write_text(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{write_key(key)} = {write_value(of)}" for key, of in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return "[" + ", ".join(write_value(one) for one in value) + "]"


def write_key(key: str) -> str:
    """Write a key, quoted where TOML wants it.

    >>> write_key("image"), write_key("No Finding")
    ('image', '"No Finding"')
    """
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key)
    return key if plain else _write_text(key, literal=False)


def _write_line(key: str, line: Line) -> list[str]:
    comment = f"  # {_one_line(line.comment)}" if line.comment else ""
    if line.value is None:
        return [f"# {_one_line(line.comment)}"] if line.comment else []
    several = isinstance(line.value, Sequence) and not isinstance(line.value, str)
    text = write_value(line.value)
    if several and (line.each or len(text) > _WIDE):
        each = line.each or ("",) * len(line.value)
        written = [
            f"  {write_value(one)},{f'  # {_one_line(said)}' if said else ''}"
            for one, said in zip(line.value, each, strict=True)
        ]
        return [f"{write_key(key)} = [{comment}", *written, "]"]
    return [f"{write_key(key)} = {text}{comment}"]


def _write_text(text: str, literal: bool = True) -> str:
    # Regular expressions are easier to read without doubled backslashes.
    if literal and "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f]", lambda sign: f"\\u{ord(sign[0]):04x}", quoted)


def _one_line(text: str) -> str:
    """Comments end with the line and hold no control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()
