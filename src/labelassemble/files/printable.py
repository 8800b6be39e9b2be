"""Names of files as every table and console can hold them."""


def printable(name: str) -> str:
    r"""Give a name that may hold bytes that are no UTF-8 in a form that every table can hold.

    >>> printable("caf\udce9.png")
    'caf\\xe9.png'
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
