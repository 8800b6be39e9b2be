"""Version of the way from bytes to grey values."""

READING = 2
"""Version of the way from bytes to grey values; a change makes every store decode again."""
