"""Words that mean the same in most sources: nothing there, nothing said, yes, no, train, test."""

import re
from typing import Literal

from labelassemble.sources.encodings.finding_columns import Reading, same_value

NO_FINDING = (
    "no finding", "no findings", "nofinding", "normal", "negative", "healthy", "control",
    "controls", "no disease", "no abnormality", "no abnormalities", "clear", "unremarkable",
    "no pathology", "normal study", "no acute disease", "no active disease", "background",
    "absent", "no", "without finding", "without findings", "no lesion", "non diseased", "nodisease",
)  # fmt: skip
"""Whole words, in lower case, that say that nothing was found."""

NOT_LABELS = (
    "todo", "to do", "tbd", "unknown", "nan", "na", "n/a", "null", "none", "-", "?", "missing",
    "unlabeled", "unlabelled", "not labeled", "not labelled", "not available", "not annotated",
    "undefined", "undetermined", "exclude", "excluded", "unsure", "not sure", "blank", "invalid",
)  # fmt: skip
"""Whole words, in lower case, that say nothing. ``none`` may mean that there is nothing, or that
nobody said anything: saying nothing is the safe reading."""

VALUES: dict[str, Reading] = {
    **dict.fromkeys(("1", "yes", "y", "true", "t", "positive", "pos", "present"), "positive"),
    **dict.fromkeys(("0", "no", "n", "false", "f", "negative", "neg", "absent"), "negative"),
    **dict.fromkeys(("-1", "u", "uncertain", "possible", "maybe", "equivocal"), "uncertain"),
    **dict.fromkeys(("unknown", "nan", "na", "n/a", "not mentioned", "none", "null"), "unknown"),
}
"""What the values of a column about one finding mean, in the form of ``same_value``."""

SPLITS: dict[str, Literal["train", "validate", "test"]] = {
    **dict.fromkeys(("train", "training", "trn", "tr", "fit"), "train"),
    **dict.fromkeys(
        ("val", "valid", "validate", "validation", "dev", "development", "tune", "tuning"),
        "validate",
    ),
    **dict.fromkeys(("test", "testing", "tst", "ts", "holdout", "evaluation"), "test"),
}
"""Words for the parts of a split, in lower case."""

LABEL_NAMES = (
    "finding", "findings", "label", "labels", "class", "classes", "diagnosis", "diagnoses", "dx",
    "disease", "diseases", "category", "categories", "pathology", "pathologies", "condition",
    "target", "impression", "abnormality", "abnormalities", "lesion", "outcome",
)  # fmt: skip
"""Words in the name of a column that holds labels."""

OTHER_NAMES = (
    "modality", "location", "license", "licence", "date", "doi", "url", "note", "notes", "folder",
    "hospital", "device", "manufacturer", "source", "site", "survival", "status", "temperature",
    "quality", "width", "height", "spacing", "size", "follow", "visit", "version", "history",
    "institution", "centre", "center", "scanner", "race", "ethnicity", "language", "country",
    "admitted", "icu", "offset", "day", "days", "month", "year", "time", "habitus", "count",
    "number", "id", "uid", "code", "kvp", "pixel", "rows", "columns", "bits",
)  # fmt: skip
"""Words in the name of a column that says something else of an image."""


def name_words(name: str) -> tuple[str, ...]:
    """Take a column's name apart: ``patientId``, ``Patient ID``, ``patient_id`` are the same.

    >>> name_words("patientId"), name_words("Image Index"), name_words("SOPInstanceUID")
    (('patient', 'id'), ('image', 'index'), ('sop', 'instance', 'uid'))
    """
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return tuple(part.lower() for part in parts)


def same_words(text: str) -> str:
    """Give one form to a word or phrase: lower case, single spaces for ``_`` and ``-``.

    >>> same_words("No_Finding"), same_words("-")
    ('no finding', '-')
    """
    return re.sub(r"[\s_-]+", " ", text.casefold()).strip() or text.strip()


def says_nothing_found(word: str) -> str:
    """Say why a word seems to mean that nothing was found; blank: it does not.

    >>> says_nothing_found("Normal"), says_nothing_found("No Opacity"), says_nothing_found("Nodule")
    ('a usual word for it', 'begins with No', '')
    """
    form = same_words(word)
    if form in NO_FINDING:
        return "a usual word for it"
    if begins := re.match(r"(no|without|not) ", form):
        return f"begins with {word[: len(begins[1])]}"
    return ""


def says_nothing(word: str) -> bool:
    """Whether a word seems to say nothing at all.

    >>> says_nothing("todo"), says_nothing("Unknown"), says_nothing("Mass")
    (True, True, False)
    """
    return same_words(word) in NOT_LABELS


def read_value(value: str) -> Reading | None:
    """Give what a value of a column about one finding means, blank being unknown.

    >>> read_value("YES"), read_value("-1.0"), read_value("2")
    ('positive', 'uncertain', None)
    """
    form = same_value(value)
    return "unknown" if not form else VALUES.get(form)
