"""A page's text between two marks, written anew."""


def rewrite_between(page: str, begin: str, end: str, text: str) -> str:
    """Put a text between two marks of a page.

    Args:
        page: text with the lines ``begin`` and ``end``.
        begin: the first mark.
        end: the second.
        text: what stands between them.

    >>> rewrite_between("a <b> old <e> c", "<b>", "<e>", "new").splitlines()
    ['a <b>', '', 'new', '<e> c']
    """
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{text}\n{end}{after}"
