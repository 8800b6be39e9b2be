"""Settings as JSON that can be shown to others."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from labelassemble.report.settings_rows import shorten_path


def write_settings(settings: Mapping[str, object]) -> str:
    """Write settings as indented JSON; absolute paths are cut to their last part, nan is null.

    >>> write_settings({"sources": ["/home/somebody/nih.toml"], "weight": float("nan")})
    '{\\n  "sources": [\\n    "…/nih.toml"\\n  ],\\n  "weight": null\\n}'
    """
    return json.dumps(_plain(settings), indent=2, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, str | Path):
        return shorten_path(str(value))
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, int) else str(value)
