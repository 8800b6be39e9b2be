"""An adviser as a file: fitted on one experiment, asked about another recipe."""

from pathlib import Path

from pydantic import ValidationError

from labelassemble.errors import RunError
from labelassemble.experiments.adviser import Adviser
from labelassemble.storage.write_aside import write_text


def save_adviser(adviser: Adviser, path: Path) -> None:
    """Write an adviser as JSON, aside, then renamed; the same adviser gives the same bytes."""
    write_text(adviser.model_dump_json(indent=2) + "\n", path)


def load_adviser(path: Path) -> Adviser:
    """Read what ``save_adviser`` wrote.

    Raises:
        RunError: no such file, or one that does not hold an adviser of this version.
    """
    try:
        return Adviser.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        got = getattr(error, "strerror", None) or "a file that is not text"
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        got = f"{place}: {first['msg']}" if place else first["msg"]
    raise RunError(
        f"an adviser at {path}", got, "Name a file that save_adviser wrote, or fit one again"
    )
