"""How computers, browsers and drives call the copy of a file that is there already."""

import re

_AFTER = re.compile(
    r"(?i)(?: \(\d+\)| - (?:copy|kopie)(?: \(\d+\))?|[ _-]copy(?: \d+)?)(?=\.\w+(?:\.gz|\.zip)?$)"
)
_BEFORE = re.compile(r"(?i)(?:copy of|kopie von) ")


def original_name(path: str) -> str:
    """Give a file the name that it was copied from; another name stays as it is.

    Whether that file is there, and is the same, is for the caller to ask: ``benign (2).png`` is a
    name of its own.

    Args:
        path: with ``/``.

    >>> original_name("a/x (1).jpeg"), original_name("a/Copy of x.nii.gz")
    ('a/x.jpeg', 'a/x.nii.gz')
    """
    folder, slash, name = path.rpartition("/")
    begun = _BEFORE.match(name)
    return f"{folder}{slash}{_AFTER.sub('', name[begun.end() if begun else 0 :])}"
