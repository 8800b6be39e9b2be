"""Nested settings as one list of names and values, fit to be shown to others."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath


def list_settings(settings: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Flatten nested settings; absolute paths are cut to their last part.

    A report travels: the folders of the machine that made it are nobody's business.

    >>> list_settings({"losses": {"temperature": 2.0}, "sources": [{"name": "a"}]})
    [('losses.temperature', '2.0'), ('sources.0.name', 'a')]
    """
    rows: list[tuple[str, str]] = []
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            rows += list_settings({str(one): each for one, each in value.items()}, f"{name}.")
        elif isinstance(value, Sequence) and any(isinstance(one, Mapping) for one in value):
            numbered = {str(place): one for place, one in enumerate(value)}
            rows += list_settings(numbered, f"{name}.")
        else:
            rows.append((name, _write(value)))
    return rows


def _write(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | Path):
        return shorten_path(str(value))
    if isinstance(value, Sequence | Mapping):
        return ", ".join(_write(one) for one in value) or "none"
    return str(value)


def shorten_path(text: str) -> str:
    """Cut an absolute path to its last part; other texts stay as they are.

    >>> shorten_path("/home/somebody/table.csv"), shorten_path("a/b"), shorten_path("hf:/home/vit")
    ('…/table.csv', 'a/b', 'hf:…/vit')
    """
    if text.startswith("hf:"):
        return f"hf:{shorten_path(text.removeprefix('hf:'))}"
    if "\n" not in text and (
        PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()
    ):
        return f"…/{PureWindowsPath(text).name}"
    return text
