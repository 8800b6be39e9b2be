"""Regular expressions that a manifest holds."""

import re
from typing import Annotated

from pydantic import AfterValidator

NAMED = ("patient", "view", "age", "sex", "split", "reader")
"""Facts that a named group of a pattern may hold."""


def check_pattern(pattern: str) -> str:
    """Refuse what is no regular expression."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


RegularExpression = Annotated[str, AfterValidator(check_pattern)]
"""As Python's ``re`` writes it."""
