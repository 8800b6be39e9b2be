"""What a decoder complained about, in a line, and what to do."""

from PIL import UnidentifiedImageError

ADVICE = "Fetch the file again, or take the image out of its table"


def describe_error(error: Exception) -> str:
    """One line of what a decoder complained about."""
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, UnidentifiedImageError):
        return "bytes that are no image of a known kind"
    return first
