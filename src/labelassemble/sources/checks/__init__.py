"""What is wrong with a source, all of it at once: a lenient sibling of `read`.

Each file checks one thing and gives notes; what it notes, it takes out or sets aside, so that the
next check sees the rest.
"""
