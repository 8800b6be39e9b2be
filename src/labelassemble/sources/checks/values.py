"""Values of finding columns without a meaning: all of them, in all columns, counted."""

from typing import NamedTuple

import polars as pl

from labelassemble.sources.encodings.finding_columns import FindingColumns, Reading, same_value
from labelassemble.sources.problems import SET_ASIDE, Problem, plural, problem, remark
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope


class ValuesChecked(NamedTuple):
    """Rows and labels that fit together.

    Attributes:
        rows: without those that contradict themselves.
        labels: every value has a meaning; those that had none are unknown.
        notes: what was set aside.
    """

    rows: Rows
    labels: FindingColumns
    notes: tuple[Problem, ...]


def check_values(rows: Rows, labels: FindingColumns, scope: Scope) -> ValuesChecked:
    """Problem every value without a meaning, and findings beside a column that says there is none.

    Args:
        rows: one row an image and reader.
        labels: the columns and what their values mean.
        scope: which columns say that there is no finding.
    """
    images = rows.facts["image"]
    meaning: dict[str, Reading] = {same_value(one): of for one, of in labels.values.items()}
    meaning.setdefault("", "unknown")
    unknown: dict[str, list[tuple[str, int, str]]] = {}
    notes: list[Problem] = []
    for name in labels.columns:
        counts = rows.cells[name].value_counts(sort=True, name="count")
        for value, count in counts.iter_rows():
            if same_value(value) not in meaning:
                first = images.filter(rows.cells[name] == value).sort()[0]
                unknown.setdefault(value, []).append((name, count, first))
        if counts.height == 1 and counts.item(0, 0) == "":
            notes.append(
                remark(
                    f"column {name!r} is blank on all {plural(len(images), 'row')}",
                    "Take it out of labels.columns",
                )
            )
    for value, where in unknown.items():
        places = ", ".join(f"{name!r} ({count:,})" for name, count, _ in where)
        notes.append(
            problem(
                f"the value {value!r} has no meaning in column {places}",
                "Mend the table, or say in labels.values what it means: positive, negative, "
                "uncertain or unknown",
                count=sum(count for _, count, _ in where),
                example=where[0][2],
            )
        )
    positive = [value for value, reading in meaning.items() if reading == "positive"]
    flags = {
        name: rows.cells[name]
        .replace_strict(
            different := rows.cells[name].unique(),
            [same_value(value) in positive for value in different],
            return_dtype=pl.Boolean,
        )
        .alias(name)
        for name in labels.columns
    }
    terms = [name for name in labels.columns if name not in scope.no_finding]
    reason = pl.Series([None] * len(images), dtype=pl.String)
    for word in scope.no_finding:
        covered = [term for term in terms if scope.rules_out(word, term)]
        if not covered or word not in flags or scope.beside_finding != "error":
            continue
        beside = pl.select(pl.any_horizontal([flags[term] for term in covered])).to_series()
        both = flags[word] & beside
        if both.any():
            here = images.filter(both).unique().sort()
            which = [term for term in covered if (flags[term] & flags[word]).any()]
            notes.append(
                problem(
                    f"column {word!r} is positive beside a finding: {plural(len(here), 'image')}, "
                    f"with {', '.join(map(repr, which[:4]))}{' ...' if len(which) > 4 else ''}",
                    f"Mend the table, leave those columns out of scope.covers of {word!r}, or let "
                    "the finding count: scope.beside_finding = 'set_aside'",
                    count=len(here),
                    example=here[0],
                )
            )
            reason = pl.select(
                pl.coalesce(reason, pl.when(both).then(pl.lit(f"{SET_ASIDE}a finding and none")))
            ).to_series()
    values = {**labels.values, **dict.fromkeys(unknown, "unknown")}
    mended = labels.model_copy(update={"values": values})
    return ValuesChecked(rows.leave_out(reason), mended, tuple(notes))
