"""Columns of words: a class a row, a path, a list with a separator, a written-out list."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from labelassemble.errors import plural
from labelassemble.sources.draft.cell_words import (
    LONG,
    find_path,
    find_separator,
    find_sure_sign,
    read_list,
)
from labelassemble.sources.draft.known_words import (
    LABEL_NAMES,
    OTHER_NAMES,
    name_words,
    read_value,
    says_nothing,
    says_nothing_found,
)
from labelassemble.sources.draft.labels_found import (
    Find,
    LabelsFound,
    plain_lines,
    share_known,
    sort_words,
)

_MAX = 400
_FEW_WORDS = 12
_VAGUE = {"type", "status", "model", "code", "part", "note", "notes", "source"}
"""Words in names of columns that may hold anything."""
_INDEXED = {"class", "classes", "cls", "label", "labels", "target", "category", "id", "index"}
"""Words in names of columns whose numbers count classes, of which 0 is the first, not none."""


def guess_word_columns(
    table: pl.DataFrame, image: str, reader: str | None, taken: set[str], find: Find
) -> Iterator[LabelsFound]:
    """Guess which columns hold labels in words.

    Args:
        table: all text.
        image: the column that names the image.
        reader: the column that names who read it, if any.
        taken: columns that hold something else.
        find: what the vocabulary knows.
    """
    for name in table.columns:
        if name in taken:
            continue
        counts = Counter(dict(table[name].value_counts(name="count").iter_rows()))
        filled = {cell: count for cell, count in counts.items() if cell}
        if not filled or len(filled) > 20_000:
            continue
        bonus = _judge_name(name)
        if bonus < 0 and _say_findings(name, filled, find):
            bonus = 0.0
        found = (
            _guess_literal(name, counts, bonus, find)
            or _guess_list(name, counts, bonus, find)
            or _guess_class(
                table, name, image, reader=reader, counts=counts, bonus=bonus, find=find
            )
        )
        if found:
            yield found


def _say_findings(name: str, cells: Mapping[str, int], find: Find) -> bool:
    """Whether a column's words are findings, and one says that there is none, whatever its name."""
    if not set(name_words(name)) & _VAGUE:
        return False
    words = Counter(
        part
        for cell in cells
        for part in dict.fromkeys(one.strip(" []'\"") for one in re.split(r"[|;,]", cell))
        if part
    )
    none = [word for word in words if says_nothing_found(word, words)]
    known = [word for word in words if word not in none and find(word)]
    return bool(none) and (bool(known) or len(words) <= _FEW_WORDS)


def _judge_name(name: str) -> float:
    words = set(name_words(name))
    if words & set(LABEL_NAMES):
        # class_id beside class_name: the words rather than their numbers; and dx beside dx_type.
        beside = {
            "id",
            "uid",
            "code",
            "cui",
            "cuis",
            "type",
            "confidence",
            "date",
            "source",
            "method",
        }
        return 12.0 if words & beside else 25.0
    return -40.0 if words & set(OTHER_NAMES) else 0.0


def _guess_literal(
    name: str, counts: Mapping[str, int], bonus: float, find: Find
) -> LabelsFound | None:
    filled = {cell: count for cell, count in counts.items() if cell}
    written = {cell: read_list(cell) for cell in filled if re.fullmatch(r"[\[(].*[\])]", cell)}
    if len(written) < 0.9 * len(filled) or not any(written.values()):
        return None
    words: Counter[str] = Counter()
    for cell, count in filled.items():
        found = written.get(cell) or ["nan"]
        words.update({word.strip() or "nan": count for word in dict.fromkeys(found)})
    blank = sum(counts.values()) - sum(filled.values())
    blank += sum(filled[cell] for cell, found in written.items() if not found)
    every = {**words, **({"": blank} if blank else {})}
    every.pop("nan", None)
    terms, none, silent = sort_words(every)
    return LabelsFound(
        what=f"column {name!r} holds written-out lists of {plural(len(terms), 'word')}",
        score=50 + bonus + 20 * share_known(terms, find),
        labels=plain_lines(
            {"encoding": "list_literal", "column": name}, "guessed from its brackets: check"
        ),
        words=terms,
        none=none,
        silent=silent,
    )


def _guess_list(
    name: str, counts: Mapping[str, int], bonus: float, find: Find
) -> LabelsFound | None:
    filled = {cell: count for cell, count in counts.items() if cell}
    sign = find_separator(filled) or (find_sure_sign(filled) if bonus > 0 else None)
    if sign is None or find_path(list(filled)) == sign:
        return None
    words: Counter[str] = Counter()
    for cell, count in filled.items():
        parts = dict.fromkeys(part.strip() for part in cell.split(sign))
        words.update({part: count for part in parts if part})
    if len(words) > _MAX or any(len(word) > LONG for word in words):
        return None
    blank = sum(counts.values()) - sum(filled.values())
    terms, none, silent = sort_words({**words, **({"": blank} if blank else {})})
    return LabelsFound(
        what=f"column {name!r} holds lists of {plural(len(terms), 'word')}, {sign!r} between them",
        score=45 + bonus + 20 * share_known(terms, find),
        labels=plain_lines(
            {"encoding": "delimited_list", "column": name, "separator": sign},
            f"guessed: words come again in other cells around {sign!r}; check",
        ),
        words=terms,
        none=none,
        silent=silent,
    )


def _guess_class(
    table: pl.DataFrame,
    name: str,
    image: str,
    *,
    reader: str | None,
    counts: Mapping[str, int],
    bonus: float,
    find: Find,
) -> LabelsFound | None:
    filled = {cell: count for cell, count in counts.items() if cell}
    rows = sum(filled.values())
    if all(read_value(cell) is not None for cell in filled):
        return None  # yes and no: a column about one finding
    numbers = all(re.fullmatch(r"-?\d+(\.\d+)?", cell) for cell in filled)
    long = max(len(cell) for cell in filled)
    few = len(filled) <= 100 and (len(filled) <= 20 or len(filled) <= rows / 3)
    if not few or long > LONG or (len(filled) < 2 and not bonus > 0):
        return None
    if numbers and (len(filled) > 20 or (bonus <= 0 and (bonus < 0 or not _like_grades(filled)))):
        return None
    sign = find_path(list(filled))
    terms, none, silent = sort_words(counts)
    if sign is not None:
        terms = _with_prefixes(filled, sign)
    if numbers and "0" in terms and not set(name_words(name)) <= _INDEXED:
        none["0"] = f"{terms.pop('0')}; guessed: 0 is often normal"
    if not terms:
        return None
    key = [image, *([reader] if reader else [])]
    several = table.group_by(key).agg(pl.col(name).n_unique().alias("count"))["count"] > 1
    encoding = "finding_rows" if several.any() and sign is None else "class_column"
    values = {"encoding": encoding, "column": name}
    said = "a word a row" + ("; guessed: images have rows with different words" * several.any())
    known = share_known([*terms, *none], find)
    usual = any(says_nothing_found(word) or says_nothing(word) for word in filled)
    each = len(filled) == rows and rows > 2
    spaces = sum(cell.count(" ") for cell in filled) / len(filled)
    if each and not known and not usual and (bonus <= 0 or spaces >= 3):
        return None  # another word on every row: a name
    return LabelsFound(
        what=f"column {name!r} holds one of {plural(len(terms) + len(none), 'word')} a row",
        score=(30 if numbers and bonus else 41) + bonus + 20 * known + 10 * usual,
        labels=plain_lines(
            {**values, **({"path_separator": sign} if sign else {})},
            f"guessed from its name and words: {said}; check" if bonus > 0 else f"guessed: {said}",
        ),
        words=terms,
        none=none,
        silent=silent,
        asides=("Its words are numbers: say in [terms] what each means.",) if numbers else (),
    )


def _like_grades(cells: Iterable[str]) -> bool:
    """Whether numbers may be grades: 0, 1, 2, ... without a gap.

    >>> _like_grades(["2", "0", "1"]), _like_grades(["0", "15"])
    (True, False)
    """
    numbers = sorted(float(cell) for cell in cells)
    return len(numbers) <= 6 and numbers == [float(place) for place in range(len(numbers))]


def _with_prefixes(counts: Mapping[str, int], sign: str) -> dict[str, str]:
    """Paths and all of their beginnings, with how many rows each is on."""
    words: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for cell, count in counts.items():
        if says_nothing(cell) or says_nothing_found(cell):
            continue
        steps = [step.strip() for step in cell.split(sign)]
        alone[sign.join(steps)] += count
        for depth in range(len(steps)):
            words[sign.join(steps[: depth + 1])] += count
    return {
        word: plural(count, "row")
        + (f", {count - alone[word]:,} of them deeper" * (count > alone[word]))
        for word, count in sorted(words.items())
    }
