"""An adviser as a file: fitted on one experiment, asked about another recipe."""

from pathlib import Path

from pydantic import ValidationError

from labelassemble.errors import RunError
from labelassemble.experiments.adviser import Adviser


def load_adviser(path: Path) -> Adviser:
    """Read ``tables/adviser.json`` of an experiment similarity.

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
        f"an adviser at {path}",
        got,
        "Name tables/adviser.json of an experiment similarity, or run that again",
    )
