"""Results go to standard output, everything else to standard error."""

import sys

from labelassemble.storage.object_place import tell_text


def say(text: str) -> None:
    """Write a result, with a line end."""
    sys.stdout.write(f"{tell_text(text)}\n")
