"""JSON in which every row of a table stands on a line of its own."""

import json
from collections.abc import Mapping
from typing import Any


def render_json_rows(content: Mapping[str, Any]) -> str:
    """Write a table of tables as JSON, a row a line; NaN is never written.

    Source: our own.

    >>> print(render_json_rows({"name": "a", "training": [{"image": "1.png"}]}), end="")
    {
    "name": "a",
    "training": [
    {"image": "1.png"}
    ]
    }
    """
    dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    parts = [
        f"{dump(key)}: [\n" + ",\n".join(map(dump, value)) + "\n]"
        if isinstance(value, list)
        else f"{dump(key)}: {dump(value)}"
        for key, value in content.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"
