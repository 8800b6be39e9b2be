"""How far reading has come."""

from collections.abc import Callable

ReadProgress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""
