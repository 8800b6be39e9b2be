"""What the name of a folder may say of every image in it: a disease, or that there is none."""

import re
from collections.abc import Sequence

from labelassemble.sources.draft.known_words import DISEASES, says_nothing_found, split_term
from labelassemble.sources.draft.labels_found import Find
from labelassemble.sources.write_toml import write_value

_ILL = re.compile(r"\w{3,}(itis|oma|omas|osis|opathy|emia|aemia|plegia|ectasis|aneurysm|infarct)")


def guess_whole(folders: Sequence[str], find: Find) -> tuple[str, ...]:
    """Write what a manifest would say if every image had what its folder is called.

    Args:
        folders: names of the folders that all images lie in, the outermost first.
        find: what the vocabulary knows.

    Returns:
        Lines of TOML; nothing where no folder is called like a disease.

    >>> guess_whole(["data", "COVID-19_cases"], lambda word: word == "covid 19" or None)[-1]
    'positive = ["covid 19"]'
    >>> guess_whole(["healthy"], lambda word: None)[-1]
    'negative = ["..."]'
    """
    for folder in reversed(folders):
        if says_nothing_found(folder):
            return ("[labels]", 'encoding = "every_image"', 'negative = ["..."]')
        if term := find_disease(folder, find):
            key = "negative" if says_nothing_found(f"{folder} ") else "positive"
            return ("[labels]", 'encoding = "every_image"', f"{key} = {write_value([term])}")
    return ()


def find_disease(folder: str, find: Find) -> str:
    """The longest run of words in a folder's name that is called like a disease; blank: none."""
    if find(folder):
        return folder
    words = split_term(folder)
    for count in range(len(words), 0, -1):
        for start in range(len(words) - count + 1):
            term = " ".join(words[start : start + count])
            if find(term) or (count == 1 and (term in DISEASES or _ILL.fullmatch(term))):
                return term
    return ""
