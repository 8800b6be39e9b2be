"""Numbers as the report writes them: ``.803 [.771, .834]``, ``+.061``, ``p < .001``, ``1,234``."""

import math

NOTHING = "–"
"""Stands where there is no number."""
MINUS = "−"


def format_score(value: float | None, digits: int = 3) -> str:
    """Write a number of about [-1, 1] without the leading zero; None and NaN are a dash.

    >>> [format_score(value) for value in (0.8034, 1.0, -0.25, float("nan"))]
    ['.803', '1.000', '−.250', '–']
    """
    if value is None or math.isnan(value):
        return NOTHING
    text = f"{abs(value):.{digits}f}"
    zero = float(text) == 0
    return ("" if zero or value > 0 else MINUS) + text.removeprefix("0")


def format_difference(value: float | None, digits: int = 3) -> str:
    """Write a difference with its sign; what rounds to zero has none.

    >>> [format_difference(value) for value in (0.0612, -0.0612, 0.0001)]
    ['+.061', '−.061', '.000']
    """
    text = format_score(value, digits)
    if value is None or math.isnan(value) or value <= 0 or float(f"{value:.{digits}f}") == 0:
        return text
    return f"+{text}"


def format_interval(
    value: float | None, low: float | None, high: float | None, signed: bool = False
) -> str:
    """Write a number and, where there is one, its interval.

    >>> format_interval(0.803, 0.771, 0.834), format_interval(0.803, None, None)
    ('.803 [.771, .834]', '.803')
    >>> format_interval(0.05, -0.01, 0.11, signed=True)
    '+.050 [−.010, +.110]'
    """
    write = format_difference if signed else format_score
    if is_missing(value) or is_missing(low) or is_missing(high):
        return write(value)
    return f"{write(value)} [{write(low)}, {write(high)}]"


def format_p(value: float | None) -> str:
    """Write a p value, three digits at the most.

    >>> [format_p(value) for value in (0.0004, 0.034, 1.0, None)]
    ['< .001', '.034', '1.000', '–']
    """
    if value is not None and value < 0.001:
        return "< .001"
    return format_score(value)


def format_count(value: int | None) -> str:
    """Write a count with a comma every three digits.

    >>> format_count(112120), format_count(None)
    ('112,120', '–')
    """
    return NOTHING if value is None else f"{int(value):,}"


def format_percent(part: float | int, whole: float | int) -> str:
    """Write a share in percent, one digit after the point; a dash where the whole is 0.

    >>> format_percent(1, 8), format_percent(1, 5000), format_percent(0, 5000)
    ('12.5 %', '< 0.1 %', '0 %')
    """
    if whole == 0:
        return NOTHING
    share = 100 * part / whole
    if share == 0:
        return "0 %"
    return "< 0.1 %" if share < 0.1 else f"{share:.1f} %"


def format_share(share: float | None) -> str:
    """Write a share in [0, 1] in percent, two digits that count; None and NaN are a dash.

    >>> [format_share(value) for value in (0.1187, 0.0196, 0.000523, 0.0, 1.0)]
    ['11.9 %', '2.0 %', '0.052 %', '0 %', '100 %']
    """
    if share is None or math.isnan(share):
        return NOTHING
    value = 100 * share
    if value in (0, 100):
        return f"{value:.0f} %"
    if value >= 99.95:
        return "> 99.9 %"
    if value < 0.00005:
        return "< 0.0001 %"
    digits = 1 if value >= 0.95 else min(4, 1 - math.floor(math.log10(value)))
    return f"{value:.{digits}f} %"


def format_compact(value: int) -> str:
    """Write a count in four characters at the most.

    >>> [format_compact(value) for value in (0, 999, 1234, 112120, 4_500_000)]
    ['0', '999', '1.2k', '112k', '4.5M']
    """
    for size, letter in ((10**6, "M"), (10**3, "k")):
        # What would round up to 1000 of the smaller letter is 1 of the larger one.
        if value >= size - size // 2000:
            scaled = value / size
            return f"{scaled:.1f}{letter}" if scaled < 9.95 else f"{scaled:.0f}{letter}"
    return str(value)


def format_ratio(value: float | None) -> str:
    """Write how many times as large something is, two digits that count.

    >>> [format_ratio(value) for value in (0.0421, 0.25, 1.04, 8.14, 32.8, 1500.0, None)]
    ['.04', '.25', '1.0', '8.1', '33', '> 99', '–']
    """
    if value is None or math.isnan(value):
        return NOTHING
    if value >= 99.5:
        return "> 99"
    if value < 0.005:
        return "< .01"
    if value < 0.995:
        return format_score(value, 2)
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def format_number_of(count: int, one: str, several: str | None = None) -> str:
    """Write a count and what is counted.

    >>> format_number_of(1, "class", "classes"), format_number_of(0, "person")
    ('1 class', 'no persons')
    """
    many = several or f"{one}s"
    return f"{format_count(count) if count else 'no'} {one if count == 1 else many}"


def join_words(words: list[str]) -> str:
    """Join words as people do.

    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def is_missing(value: float | None) -> bool:
    """True for None and NaN."""
    return value is None or math.isnan(value)
