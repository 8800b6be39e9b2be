"""What a check found, as plain text for a terminal or a log."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl

from labelassemble.errors import plural, some
from labelassemble.pipeline.source_check import SourceCheck, TermCount
from labelassemble.sources.files_not_taken import count_reasons
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.problems import Problem


def describe_check(check: SourceCheck) -> str:
    """Say what was understood, what must be fixed, and what should be looked at."""
    name = check.manifest.name if check.manifest else "the manifest"
    lines = [f"{name} in {check.folder}", ""]
    if check.table is not None:
        lines += [*_understood(check, check.table), ""]
    else:
        lines += ["Nothing could be read.", ""]
    lines += _list_notes("problem", "which must be fixed", check.problems)
    lines += _list_notes("remark", "which should be looked at", check.remarks)
    lines.append(
        "The source can be read as it is."
        if not check.problems
        else f"Fix {plural(len(check.problems), 'problem')}, then check again."
    )
    return "\n".join(lines)


def _understood(check: SourceCheck, table: LabelTable) -> Iterable[str]:
    images = table.images
    lost = int(table.excluded["rows"].sum() or 0)
    rows = images.height + table.joined_rows + lost
    yield "Understood"
    yield _row(
        "rows",
        f"{rows:,} = {images.height:,} images + {table.joined_rows:,} more of the same images + "
        f"{lost:,} left out",
    )
    here = images.height - images["path"].null_count()
    yield _row(
        "files", f"{here:,} of {images.height:,} images; {plural(check.image_files, 'image file')}"
    )
    for one in count_reasons(table.not_taken, "file"):
        yield _row("", one.describe("file"))
    yield _row("patients", _patients(images))
    for key in ("view", "sex"):
        words = _count(images[key])
        if words:
            yield _row("views" if key == "view" else "sexes", words)
    ages = images["age"].drop_nulls()
    if len(ages):
        low, middle, high = np.quantile(ages.to_numpy(), [0, 0.5, 1])
        yield _row(
            "ages",
            f"{low:g} to {high:g} years, median {middle:g}; {images['age'].null_count():,} unknown",
        )
    yield _row("split", _count(images["official_split"]) or "none published")
    if table.boxes.height:
        boxed = table.boxes["image"].n_unique()
        yield _row("boxes", f"{table.boxes.height:,} on {plural(boxed, 'image')}")
    readers = table.assessments.reader.drop_nulls().n_unique()
    said = f"{table.manifest.labels.encoding}; evidence: {table.manifest.evidence}"
    yield _row("labels", said + (f"; {readers:,} readers" if readers > 1 else ""))
    yield ""
    yield from _terms(_by_class(check))
    if check.implied:
        yield f"  by implication too: {some(check.implied, 12)}"


def _by_class(check: SourceCheck) -> tuple[TermCount, ...]:
    """One row a class, its terms together; then classes that only follow from others."""
    rows: dict[str, TermCount] = {}
    for one in check.terms:
        name = one.name or ""
        key = name if name in check.cells else f"term {one.term}"
        both = f"{rows[key].term}, {one.term}" if key in rows else one.term
        rows[key] = replace(one, term=both)
    for name, counts in check.cells.items():
        rows.setdefault(name, TermCount("(implied)", name, *counts))
    return tuple(rows.values())


def _terms(terms: tuple[TermCount, ...]) -> Iterable[str]:
    if not terms:
        yield "  no terms: nobody looked for anything, or nothing could be understood"
        return
    term = max(4, *(len(one.term) for one in terms))
    name = max(5, *(len(_name(one)) for one in terms))
    yield (
        f"  {'term':<{term}}  {'class':<{name}} {'positive':>9} {'negative':>9} {'uncertain':>9} "
        f"{'unknown':>9}"
    )
    for one in terms:
        yield (
            f"  {one.term:<{term}}  {_name(one):<{name}} {one.positive:>9,} {one.negative:>9,} "
            f"{one.uncertain:>9,} {one.unknown:>9,}"
        )


def _name(term: TermCount) -> str:
    if term.name is None:
        return "(not in the vocabulary)"
    return term.name or "(set aside)"


def _patients(images: pl.DataFrame) -> str:
    named = images["patient"].drop_nulls()
    if not len(named):
        return "none named"
    counts = named.value_counts(sort=True, name="count").sort(
        ["count", "patient"], descending=[True, False]
    )
    unknown = images["patient"].null_count()
    return (
        f"{counts.height:,}, with 1 to {counts['count'][0]:,} images (most: "
        f"{counts['patient'][0]!r})" + (f"; {plural(unknown, 'image')} without" if unknown else "")
    )


def _count(words: pl.Series, most: int = 8) -> str:
    """Each word with how often it stands, the most frequent first."""
    counts = words.drop_nulls().value_counts(sort=True, name="count")
    if counts.is_empty():
        return ""
    counts = counts.sort(["count", words.name], descending=[True, False])
    told = some((f"{word} {count:,}" for word, count in counts.iter_rows()), most)
    return told + (f"; {words.null_count():,} unknown" if words.null_count() else "")


def _row(key: str, value: str) -> str:
    return f"  {key:<9} {value}"


def _list_notes(kind: str, what: str, notes: tuple[Problem, ...]) -> list[str]:
    if not notes:
        return []
    return [f"{plural(len(notes), kind)}, {what}", *(f"  - {note}" for note in notes), ""]
