"""One error of whatever a decoder of volumes complained about."""

from pathlib import Path

from labelassemble.errors import ImageError


def damaged(path: Path, error: Exception) -> ImageError:
    """Make one error of whatever a decoder complained about."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return ImageError(
        f"a whole volume at {path}", first, getattr(error, "advice", "Fetch the file again")
    )
