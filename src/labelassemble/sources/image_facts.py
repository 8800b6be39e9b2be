"""Patient, view, age and sex: from text to what they mean."""

import re
from collections.abc import Callable

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.table_layout import TableLayout

_SEXES = {"f": "F", "female": "F", "m": "M", "male": "M"}
_NOT_SAID = ("", "na", "n/a", "nan", "none", "null", "unknown", "u", "?", "-")
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
_AGE = re.compile(
    r"(?:>=?|≥|over )?\s*(\d+(?:[.,]\d*)?)\s*\+?\s*"
    r"(y|yrs?|years?|y\.?o\.?|years? old|m|mos?|mths?|months?|w|wks?|weeks?|d|days?)?\.?\s*\+?"
)


def read_facts(
    facts: pl.DataFrame, layout: TableLayout | None, problems: Problems = AT_ONCE
) -> pl.DataFrame:
    """Understand what a source says of the persons on its images.

    Args:
        facts: ``FACTS`` as text.
        layout: names the columns in errors, and knows further words for the sex; none: the facts
            come from file names.
        problems: takes ages and sexes that cannot be read; they are null then.

    Returns:
        image, patient, view (text), age (years) and sex (``F``, ``M``); null where blank or said
        to be unknown.

    Raises:
        SourceError: an age that is no number, or a sex that is no known word.
    """
    words = dict(_SEXES)
    if layout is not None:
        words.update({word.strip().casefold(): sex for word, sex in layout.sex_values.items()})
    age_place = f"column {layout.age!r}" if layout and layout.age else "file names"
    sex_place = f"column {layout.sex!r}" if layout and layout.sex else "file names"
    ages = _translate(
        facts.select("image", text="age"),
        read_age,
        f"ages in {age_place}: years, 90+, >89, 6 months, or DICOM's 058Y and 006M",
        "Fix those cells, or leave table.age out of the manifest",
        f"in {age_place}",
        problems,
    )
    sexes = _translate(
        facts.select("image", text="sex"),
        lambda text: words.get(text.casefold()),
        f"words for the sex in {sex_place}: {', '.join(words)}",
        "Say in table.sex_values what the word means: F, M or nothing",
        f"in {sex_place}",
        problems,
    )
    return facts.select(
        "image",
        pl.col("patient").replace("", None),
        pl.col("view").replace("", None),
        pl.col("age").replace_strict(ages, return_dtype=pl.Float64).cast(pl.Float64),
        pl.col("sex").replace_strict(sexes, return_dtype=pl.String).replace("", None),
    )


def _translate(
    facts: pl.DataFrame,
    translate: Callable[[str], float | str | None],
    expected: str,
    do: str,
    place: str,
    problems: Problems,
) -> dict[str, float | str | None]:
    """Translate each different text once; what has no translation is reported, and null."""
    meaning = {text: translate(text) for text in facts["text"].unique().sort()}
    strange = [
        text
        for text, meant in meaning.items()
        if meant is None and text.casefold() not in _NOT_SAID
    ]
    if strange:
        images = facts.filter(pl.col("text").is_in(strange))["image"].sort()
        problems.note(
            expected,
            f"{plural(len(strange), 'word')} {place} cannot be read: {some(map(repr, strange), 8)} "
            f"on {plural(len(images), 'image')}",
            do,
            count=len(images),
            example=images[0],
        )
    return meaning


def read_age(text: str) -> float | None:
    """Read an age in years, or with a word or DICOM's letter for years, months, weeks or days.

    Where all that is known is that somebody is that old or older (``90+``, ``>89``), it is that.

    >>> read_age("058Y"), read_age("006M"), read_age("65.0"), read_age("90+"), read_age(">89")
    (58.0, 0.5, 65.0, 90.0, 89.0)
    >>> read_age("12 months"), read_age("45 years old"), read_age("-1"), read_age("40-49")
    (1.0, 45.0, None, None)
    """
    match = _AGE.fullmatch(text.strip().lower())
    return float(match[1].replace(",", ".")) * _YEARS[(match[2] or "y")[0]] if match else None


def read_sex(text: str) -> str | None:
    """Give ``F`` or ``M`` for a word that every source may use.

    >>> read_sex("female"), read_sex("O")
    ('F', None)
    """
    return _SEXES.get(text.strip().casefold())
