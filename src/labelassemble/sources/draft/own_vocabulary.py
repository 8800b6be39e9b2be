"""A first vocabulary of the words that stand in a source, where no built-in one knows them."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from labelassemble.sources.write_toml import write_value


class OwnClass(NamedTuple):
    """A class, and the words of a source for it.

    Attributes:
        name: lower case, words joined by ``_``.
        title: as the source writes it.
        words: further words for it.
    """

    name: str
    title: str
    words: tuple[str, ...] = ()


def name_own_classes(
    words: Sequence[str], same: Callable[[str], str], about: str = ""
) -> tuple[OwnClass, ...]:
    """Make a class of each word.

    Args:
        words: in the source's own words.
        same: gives one form to words that are written differently.
        about: what stands before a word that is a number: the name of its column.

    >>> name_own_classes(["Basal-cell carcinoma", "3"], str.casefold, "Grade")[0].name
    'basal_cell_carcinoma'
    >>> name_own_classes(["3"], str.casefold, "Grade")
    (OwnClass(name='grade_3', title='Grade 3', words=('3',)),)
    """
    taken: set[str] = set()
    titles: set[str] = set()
    forms = {same(word) for word in words}
    found: dict[str, OwnClass] = {}
    for word in words:
        form = same(word)
        if form in found:
            one = found[form]
            found[form] = one._replace(words=(*one.words, word))
            continue
        number = re.fullmatch(r"[\d.\s-]+", word) is not None
        title = f"{about or 'class'} {word}" if number else word
        name = _write_name(title) or f"class_{len(found) + 1}"
        plain, count = name, 1
        # A name and a title count as words of their class: they must not be another class's.
        while name in taken or same(name) in (forms | titles) - {form}:
            count += 1
            name = f"{plain}_{count}"
        if number and same(title) in titles | {same(one) for one in taken}:
            title = name
        taken.add(name)
        titles.add(same(title))
        found[form] = OwnClass(name, title, (word,) if number else ())
    return tuple(found.values())


def write_vocabulary(name: str, classes: Sequence[OwnClass]) -> str:
    """Write a vocabulary as TOML.

    Args:
        name: of the vocabulary.
        classes: in their order.
    """
    lines = [
        f"# The classes of {name}, one for each word that was seen there: no built-in vocabulary",
        "# knows them. Take out what is no finding, join what means the same (synonyms), and say",
        '# what is a kind of what: parents = ["..."]. docs/vocabulary.md explains the keys.',
        f"name = {write_value(_write_name(name) or 'own')}",
        'version = "1.0"',
    ]
    for one in classes:
        lines += ["", "[[findings]]", f"name = {write_value(one.name)}"]
        lines.append(f"title = {write_value(one.title)}")
        if one.words:
            lines.append(f"synonyms = {write_value(one.words)}")
    return "\n".join(lines) + "\n"


def _write_name(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
