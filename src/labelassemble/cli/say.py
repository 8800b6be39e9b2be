"""Results go to standard output, everything else to standard error."""

import sys


def say(text: str) -> None:
    """Write a result, with a line end."""
    sys.stdout.write(f"{text}\n")
