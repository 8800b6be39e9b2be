"""Whether a file is what a name or pattern of a manifest means."""

import re
from functools import lru_cache

from labelassemble.sources.copied_names import original_name
from labelassemble.sources.glob_pattern import match_glob

_TABLE = re.compile(r"\.(csv|tsv)$")
_OTHER = re.compile(r"\.(csv|tsv|tab|parquet|xlsx?)$")
_VERSION = re.compile(r"\d+(\.\d+)+")


def match_file(name: str, pattern: str) -> bool:
    """Whether a file, plain or packed, is what a name or pattern of a manifest means.

    >>> match_file("labels/Labels_NEG.tsv.gz", "labels/[Ll]abels_*.tsv")
    True
    """
    parts = re.split(r"(\[[^\]]+\])", pattern)
    if len(parts) == 1:
        return match_glob(name, pattern)
    return _packed_classes(pattern).fullmatch(name) is not None


@lru_cache(maxsize=256)
def _packed_classes(pattern: str) -> re.Pattern[str]:
    signs = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*|\?|\[[^\]]+\])", pattern)
    written = [signs.get(one, one if one.startswith("[") else re.escape(one)) for one in parts]
    return re.compile("".join(written) + r"(\.gz|\.zip)?")


def match_alike(name: str, pattern: str) -> bool:
    """The same for names that differ in case only, or as browsers call a second download.

    A table may be of another kind (Parquet, a workbook) and of another version.

    >>> match_alike("TRAIN (1).CSV", "train.csv"), match_alike("train.parquet", "train.csv")
    (True, True)
    >>> match_alike("set-2.1.0-labels.csv", "set-2.0.0-labels.csv")
    True
    """
    here, asked = original_name(name).casefold(), pattern.casefold()
    here, asked = (_VERSION.sub("0.0", one) for one in (here, asked))
    table = _TABLE.search(asked)
    return match_file(_OTHER.sub(table[0], here) if table else here, asked)
