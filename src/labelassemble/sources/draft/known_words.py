"""Words that mean the same in most sources: nothing there, nothing said, yes, no, train, test."""

import re
import unicodedata
from collections.abc import Collection
from typing import Literal

from labelassemble.sources.encodings.finding_columns import Reading, same_value

NO_FINDING = (
    "no finding", "no findings", "nofinding", "normal", "negative", "healthy", "control",
    "controls", "no disease", "no abnormality", "no abnormalities", "clear", "unremarkable",
    "no pathology", "normal study", "no acute disease", "no active disease", "background",
    "absent", "no", "without finding", "without findings", "no lesion", "non diseased",
    "nodisease", "normals", "disease free", "uninfected", "undiseased", "unaffected",
    "non affected", "neg", "nonaffected", "nondiseased", "no abnormality detected", "nad",
    "control group", "within normal limits", "wnl", "unremarkable study", "nothing", "none found",
    "none detected", "well", "negatives", "asymptomatic",
    # Spanish, Portuguese, French, Italian, German, Dutch, Polish, Turkish
    "sano", "sana", "sanos", "sin hallazgos", "sin alteraciones", "sin hallazgos patológicos",
    "normales", "negativo", "saudável", "saudáveis", "sem achados", "sem alterações", "sain",
    "saine", "sains", "normale", "normaux", "sans anomalie", "aucune anomalie", "négatif",
    "rien à signaler", "sani", "nella norma", "nessuna anomalia", "gesund", "unauffällig",
    "kein befund", "ohne befund", "ohne pathologischen befund", "negativ", "normaal", "gezond",
    "geen afwijkingen", "zdrowy", "zdrowe", "bez zmian", "sağlıklı", "bulgu yok", "normalny",
    # Russian, Chinese, Japanese, Korean, Vietnamese
    "норма", "здоров", "здоровый", "здоровые", "без патологии", "正常", "健康", "无异常",
    "未见异常", "無異常", "阴性", "陰性", "異常なし", "所見なし", "정상", "건강", "음성",
    "bình thường",
)  # fmt: skip
"""Whole words, in lower case, that say that nothing was found."""
_NONE = frozenset(NO_FINDING)

_HEALTHY = {
    "cn", "hc", "nc", "normal", "normals", "healthy", "lung", "lungs", "chest", "fundus",
    "retina", "retinal", "eye", "eyes", "brain", "breast", "skin", "tissue", "bone", "knee",
    "kidney", "liver", "heart", "colon", "mucosa", "image", "images", "scan", "scans", "study",
    "exam", "xray", "x", "ray", "rays", "cxr", "ct", "mri", "oct", "us", "case", "cases",
    "patient", "patients", "subject", "subjects", "control", "controls", "group", "person",
    "persons", "people", "class", "sample", "samples", "individual", "individuals", "appearance",
    "finding", "findings", "limits", "within", "radiograph", "and", "volunteer", "volunteers",
}  # fmt: skip
"""Words that say no disease where they stand beside normal or healthy."""

DISEASES = (
    "finding", "findings", "disease", "tumor", "tumour", "cancer", "covid", "covid19", "tb", "dr",
    "fracture", "nodule", "nodules", "lesion", "lesions", "pneumonia", "infection", "abnormality",
    "abnormalities", "pathology", "tuberculosis", "metastasis", "glaucoma", "melanoma", "stroke",
    "hemorrhage", "haemorrhage", "polyp", "diseased", "infected", "affected", "diabetic",
    "pneumothorax", "effusion", "malignant", "cancerous", "dementia", "demented",
)  # fmt: skip
"""Findings that a word of one piece may deny: ``notumor``."""

_KINDS = ("small", "prolif", "specific", "invas", "contrast", "obstruct", "isch", "calcif", "solid",
          "neovasc", "displac", "hodgkin", "union", "st", "mass", "semin", "alcohol", "tubercul",
          "uniform", "toxic", "viable", "palpable")  # fmt: skip
"""What ``non-`` stands before where it makes a kind of a disease: non-proliferative."""

IGNORE = (
    "todo", "to do", "tbd", "unknown", "nan", "na", "n/a", "null", "none", "-", "?", "missing",
    "unlabeled", "unlabelled", "not labeled", "not labelled", "not available", "not annotated",
    "undefined", "undetermined", "not graded", "ungraded", "ungradable", "not gradable",
    "no label", "not classified", "not assessed", "not evaluated", "no data", "no image",
    "not applicable", "not specified", "unspecified", "not determined", "not known", "not done",
    "not performed", "exclude", "excluded", "unsure", "not sure", "blank", "invalid",
)  # fmt: skip
"""Whole words, in lower case, that say nothing. ``none`` may mean that there is nothing, or that
nobody said anything: saying nothing is the safe reading."""

VALUES: dict[str, Reading] = {
    **dict.fromkeys(
        ("1", "yes", "y", "true", "t", "positive", "pos", "present", "checked"), "positive"
    ),
    **dict.fromkeys(
        ("0", "no", "n", "false", "f", "negative", "neg", "absent", "unchecked"), "negative"
    ),
    **dict.fromkeys(("si", "sí", "ja", "oui", "sim", "да", "是"), "positive"),
    **dict.fromkeys(("nein", "non", "não", "nao", "нет", "否"), "negative"),
    **dict.fromkeys(
        ("-1", "u", "uncertain", "possible", "maybe", "equivocal", "ambiguous"), "uncertain"
    ),
    **dict.fromkeys(("unknown", "nan", "na", "n/a", "not mentioned", "none", "null"), "unknown"),
}
"""What the values of a column about one finding mean, in the form of ``same_value``."""

SPLIT_WORDS: dict[str, Literal["train", "validate", "test"]] = {
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
    "target", "impression", "abnormality", "abnormalities", "lesion", "outcome", "diagnostic",
    "keywords", "grade", "grades", "grading", "level", "stage", "severity", "birads", "rads",
    "kl", "rating", "result", "results", "truth", "groundtruth", "annotation", "annotations",
    "tag", "tags", "cls",
)  # fmt: skip
"""Words in the name of a column that holds labels."""

OTHER_NAMES = (
    "modality", "location", "license", "licence", "date", "doi", "url", "note", "notes", "folder",
    "hospital", "device", "manufacturer", "source", "site", "survival", "status", "temperature",
    "quality", "width", "height", "spacing", "size", "follow", "visit", "version", "history",
    "institution", "centre", "center", "scanner", "race", "ethnicity", "language", "country",
    "admitted", "icu", "offset", "day", "days", "month", "year", "time", "habitus", "count",
    "number", "id", "uid", "code", "kvp", "pixel", "rows", "columns", "bits", "age", "sex",
    "gender", "male", "female", "smoker", "smoking", "alcohol", "alive", "dead", "death",
    "deceased", "died", "train", "valid", "val", "test", "split", "fold", "frontal", "portable",
    "intubated", "ventilated", "vaccinated", "insurance", "contrast", "laterality", "side", "eye",
    "localization", "localisation", "position", "anatom", "region", "department", "reader",
    "comment", "comments", "camera", "machine", "vendor", "format", "orientation", "view",
    "projection", "plane", "sequence", "protocol", "organ", "part", "body", "model", "type",
    "confidence", "bmi", "weight",
)  # fmt: skip
"""Words in the name of a column that says something else of an image."""


def name_words(name: str) -> tuple[str, ...]:
    """Take a column's name apart: ``patientId``, ``Patient ID``, ``patient_id`` are the same.

    >>> name_words("patientId"), name_words("Image Index"), name_words("SOPInstanceUID")
    (('patient', 'id'), ('image', 'index'), ('sop', 'instance', 'uid'))
    """
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return tuple(part.lower() for part in parts)


def split_term(text: str) -> tuple[str, ...]:
    """Take any text apart, in lower case: at blanks, signs, and where CamelCase begins a word.

    >>> split_term("NoFinding"), split_term("non-COVID_19"), split_term("PNEUMONIA")
    (('no', 'finding'), ('non', 'covid', '19'), ('pneumonia',))
    """
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+", text)
    return tuple(part.lower() for part in parts)


def same_words(text: str) -> str:
    """Give one form to a word or phrase: lower case, single spaces for ``_`` and ``-``.

    >>> same_words("No_Finding"), same_words("-")
    ('no finding', '-')
    """
    return re.sub(r"[\s_-]+", " ", text.casefold()).strip() or text.strip()


def bare_word(text: str) -> str:
    """Take off what only counts: a number or letter in front, a number of files behind.

    >>> [bare_word(one) for one in ("01_NORMAL", "PNEUMONIA (1)", "COVID_3616", "Class2-Edema")]
    ['NORMAL', 'PNEUMONIA', 'COVID', 'Edema']
    >>> bare_word("COVID-19"), bare_word("Grade 3"), bare_word("c_normal")
    ('COVID-19', 'Grade 3', 'normal')
    """
    plain = re.sub(r"\s*\(\d+\)$|[\s_-]+\d{3,}$", "", text.strip())
    counted = r"(?i)^(?:(?:class|category|label)?[ _-]*\d+|[a-z])[ ._-]+(?=[^\W\d_]{2})"
    return re.sub(counted, "", plain) or text


def says_nothing_found(word: str, others: Collection[str] = ()) -> str:
    """Say why a word seems to mean that nothing was found; blank: it does not.

    Args:
        word: as a source writes it; blanks, ``_``, ``-``, case and CamelCase make no difference.
        others: words that stand where this one does: ``non-COVID`` denies what is called ``COVID``.

    >>> says_nothing_found("No_Finding"), says_nothing_found("NormalFundus")
    ('a usual word for it', 'says normal')
    >>> says_nothing_found("non-COVID", ["COVID"]), says_nothing_found("Abnormal")
    ("denies 'covid'", '')
    """
    form = split_term(bare_word(word))
    plain = unicodedata.normalize("NFC", bare_word(word))
    if {same_words(word), same_words(plain), " ".join(form)} & _NONE:
        return "a usual word for it"
    if len(form) > 1 and form[0] in ("no", "without", "not"):
        twice = form[0] == "not" and says_nothing_found(" ".join(form[1:]))
        return "" if twice else f"begins with {word.strip()[: len(form[0])]}"
    if {"normal", "normals", "healthy"} & set(form) and set(form) <= _HEALTHY:
        return f"says {'healthy' if 'healthy' in form else 'normal'}"
    if len(form) > 1 and (form[-1] in ("negative", "neg", "free", "absent") or _begins(form)):
        return f"says {form[-1] if form[-1] in ('negative', 'neg', 'free', 'absent') else form[0]}"
    denied = _denied(form)
    if denied in DISEASES:
        return f"denies {denied!r}"
    for other in others:
        plain = "".join(split_term(other))
        if other != word and denied and plain == denied and not _is_kind(form):
            return f"denies {other!r}"
    return ""


def _begins(form: tuple[str, ...]) -> bool:
    return form[0] in ("negative", "free") and len(form) > 2 and form[1] in ("for", "of")


def _denied(form: tuple[str, ...]) -> str:
    """What a word denies, without blanks: ``noncovid``, ``no tumor``; blank: it denies nothing."""
    plain = "".join(form)
    begins = re.match(r"(?:non?|un)(?=\w\w)", plain)
    return plain[begins.end() :] if begins else ""


def _is_kind(form: tuple[str, ...]) -> bool:
    """Whether it only seems to deny: a non-small cell carcinoma is one."""
    return "".join(form).removeprefix("non").startswith(_KINDS)


def says_nothing(word: str) -> bool:
    """Whether a word seems to say nothing at all.

    >>> says_nothing("todo"), says_nothing("Unknown"), says_nothing("Mass")
    (True, True, False)
    """
    return same_words(word) in IGNORE


def read_value(value: str) -> Reading | None:
    """Give what a value of a column about one finding means, blank being unknown.

    >>> read_value("YES"), read_value("-1.0"), read_value("2")
    ('positive', 'uncertain', None)
    """
    form = same_value(value)
    return "unknown" if not form else VALUES.get(form)
