"""Everything that the page's templates show, drawn and put in words."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from labelassemble.assembly.assembled_table import SPLITS
from labelassemble.assembly.corrections import describe_corrections
from labelassemble.assembly.describe import read_not_taken
from labelassemble.assembly.describe_kinship import read_kin, tell_kin
from labelassemble.report.audit.age_bars import HEIGHT as AGE_HEIGHT
from labelassemble.report.audit.age_bars import WIDTH as AGE_WIDTH
from labelassemble.report.audit.age_bars import AgeBars, draw_ages
from labelassemble.report.audit.conflict_examples import (
    ConflictExample,
    choose_conflicts,
    list_first_conflicts,
)
from labelassemble.report.audit.content import AuditContent
from labelassemble.report.audit.cooccurrence import (
    MIN_EXPECTED,
    MIN_KNOWN,
    ClassPair,
    strongest_pairs,
)
from labelassemble.report.audit.disagreements import Disagreement
from labelassemble.report.audit.dot_axis import WIDTH, Dot, DotAxis, choose_axis, draw_dot
from labelassemble.report.audit.findings import Findings
from labelassemble.report.audit.manifest_facts import read_manifest_facts
from labelassemble.report.audit.pair_gallery import draw_galleries, draw_pair
from labelassemble.report.audit.policies import list_policies
from labelassemble.report.audit.prevalence import Column
from labelassemble.report.audit.rows_read import list_incoherent, list_reasons
from labelassemble.report.audit.short_answer import answer_audit
from labelassemble.report.embed_image import Embedded
from labelassemble.report.label_counts import COUNTED_STATES
from labelassemble.report.palette import STATE_COLOURS
from labelassemble.report.settings_rows import list_settings

MAX_LEAKS, MAX_PAIRS, MAX_ROWS = 60, 40, 400
MAX_CONFLICTS = 2_000


def describe_audit(content: AuditContent, found: Findings) -> dict[str, Any]:
    """Draw every figure and gather every table; the templates add words and order."""
    table = content.table
    return {
        "title": content.title,
        "answer": answer_audit(content, found),
        "found": found,
        "overview": found.overview,
        "sources": found.shared.sources,
        "source_titles": {one.name: one.title for one in found.overview.sources},
        "class_titles": {name: content.title_of(name) for name in table.classes},
        "totals": {
            "records": table.records.height,
            "images": table.members.height,
            "between": _count_kinds(content),
        },
        "matrix": _draw_matrix(found),
        "counts": found.counts.to_dicts(),
        "state_colours": STATE_COLOURS,
        **_draw_frequencies(content, found),
        **_describe_pairs(content, found),
        "pairs_of_sources": summarise_pairs(found.disagreements),
        "kappa_note": explain_missing_kappa,
        "examples": _draw_examples(content),
        "shown_examples": content.examples,
        "all_conflicts": list_first_conflicts(content.table, MAX_CONFLICTS),
        "conflict_records": content.table.conflicts["record"].n_unique(),
        "galleries": draw_galleries(content),
        "kin": [(tell_kin(one), one) for one in read_kin(table.manifest)],
        "lacking": found.lacking,
        "foreign": content.foreign,
        "foreign_parts": _count_parts(content),
        "max_leaks": MAX_LEAKS,
        "ages": _draw_ages(found),
        "age_size": (AGE_WIDTH, AGE_HEIGHT),
        "reasons": list_reasons(table),
        "not_taken": read_not_taken(table.manifest),
        "incoherent": list_incoherent(table),
        "policies": list_policies(table),
        "corrections": describe_corrections(table.manifest.get("corrections")),
        "settings": list_settings(read_manifest_facts(table, "settings")),
        "vocabulary": read_manifest_facts(table, "vocabulary"),
        "made_with": str(table.manifest.get("version") or ""),
        "versions": dict(content.versions),
        "max_rows": MAX_ROWS,
    }


def summarise_pairs(rows: list[Disagreement]) -> list[dict[str, Any]]:
    """One row two sources, or the readers of one: classes, differences, the range of kappa."""
    groups: dict[tuple[str, str, str], list[Disagreement]] = {}
    for row in rows:
        groups.setdefault((row.between, row.left, row.right), []).append(row)
    summary = []
    for (between, left, right), own in groups.items():
        measured = sorted(
            (one for one in own if one.kappa is not None), key=lambda one: one.kappa or 0.0
        )
        pairs = [
            one.both_positive + one.left_positive + one.right_positive + one.both_negative
            for one in own
        ]
        summary.append(
            {
                "between": between,
                "left": left,
                "right": right,
                "classes": len(own),
                "measured": len(measured),
                "compared": sum(pairs),
                "differ": sum(one.differ for one in own),
                "lowest": measured[0] if measured else None,
                "highest": measured[-1] if measured else None,
                "rows": own,
            }
        )
    return summary


def explain_missing_kappa(row: Disagreement) -> str:
    """Say why there is no kappa, such as ``nih says positive of all``."""
    if row.compared is None:
        return "nobody was sure on both sides"
    if row.between != "sources":
        always = "positive" if row.both_positive else "negative"
        return f"all readers always say {always}"
    told = []
    for source, yes, no in (
        (
            row.left,
            row.both_positive + row.left_positive,
            row.right_positive + row.both_negative,
        ),
        (
            row.right,
            row.both_positive + row.right_positive,
            row.left_positive + row.both_negative,
        ),
    ):
        if not yes or not no:
            told.append(f"{source} says {'negative' if no else 'positive'} of all")
    return "; ".join(told)


def _count_parts(content: AuditContent) -> list[tuple[str, int]]:
    if content.foreign is None:
        return []
    counted = dict(content.foreign.rows["split"].value_counts().iter_rows())
    return [(part, counted.get(part, 0)) for part in SPLITS]


def _count_kinds(content: AuditContent) -> dict[str, int]:
    counted = content.table.conflicts.group_by("between").len().rows()
    return {"sources": 0, "readers": 0, "images": 0} | dict(counted)


def _draw_matrix(found: Findings) -> dict[str, list[dict[str, Any]]]:
    """Class to its row: per source the counts, and the shares of its images in percent."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for cell in found.counts.iter_rows(named=True):
        known = any(cell[state] for state in COUNTED_STATES)
        shares = {
            state: round(100 * cell[state] / cell["records"], 2) if cell["records"] else 0
            for state in STATE_COLOURS
        }
        rows.setdefault(cell["class"], []).append(
            {**cell, "shares": shares if known else {}, "known": known}
        )
    return rows


def _draw_frequencies(content: AuditContent, found: Findings) -> dict[str, Any]:
    """Strips of dots, and how many times as frequent a class is where it is most frequent."""
    every = [
        one
        for columns in (found.by_source, found.by_part, found.by_fold)
        for column in columns.values()
        for one in column.values()
    ]
    axis = choose_axis(every)
    return {
        "axis": axis,
        "strip_width": WIDTH,
        "source_dots": _draw_columns(content, found.by_source, axis),
        "part_dots": _draw_columns(content, found.by_part, axis),
        "fold_dots": _draw_columns(content, found.by_fold, axis),
        "apart": {one.name: one.ratio for one in found.apart},
        "imbalanced": set(found.imbalanced),
        "marked_classes": {one.name for one in found.one_sided if not one.looked_for},
    }


def _draw_columns(
    content: AuditContent, columns: Mapping[str, Column], axis: DotAxis
) -> list[tuple[str, list[Dot | None]]]:
    """A row a class that somebody looked for, a dot a column; None where that one did not look."""
    rows = []
    for name in content.table.classes:
        own = {title: column[name] for title, column in columns.items() if name in column}
        if not own:
            continue
        dots = [
            draw_dot(own[title], [one for other, one in own.items() if other != title], axis)
            if title in own
            else None
            for title in columns
        ]
        rows.append((name, dots))
    return rows


def _describe_pairs(content: AuditContent, found: Findings) -> dict[str, Any]:
    by_place: dict[tuple[str, str], ClassPair] = {
        (one.first_class, one.second_class): one for one in found.pairs
    }
    # Classes of which nothing is known together with any other would be a grey cross.
    met = [
        name
        for name in content.table.classes
        if any(one.known for one in found.pairs if name in one[:2])
    ]
    return {
        "pair_classes": met,
        "pair_at": by_place,
        "strongest": strongest_pairs(found.pairs, MAX_PAIRS),
        "implied_pairs": [one for one in found.pairs if one.always],
        "told_pairs": sum(one.ratio is not None for one in found.pairs),
        "least_known": MIN_KNOWN,
        "least_expected": MIN_EXPECTED,
    }


def _draw_examples(content: AuditContent) -> list[tuple[ConflictExample, list[Embedded]]]:
    """Each conflict with its one or two images; none where there is no file."""
    shown = []
    for one in choose_conflicts(content.table, max(content.examples, content.max_examples)):
        told = [f"{source} says {assessment}" for source, assessment in one.said]
        words = f"Image {one.record}, {content.title_of(one.name)}"
        if one.paths is not None:
            records = draw_pair(content, one.paths, [f"{words}: {said}" for said in told])
        else:
            alone = [] if one.path is None else [one.path]
            records = draw_pair(content, alone, [f"{words}: {'; '.join(told)}"] * len(alone))
        shown.append((one, records))
    return shown


def _draw_ages(found: Findings) -> list[AgeBars]:
    known = [one for one in found.persons if one.quartiles is not None]
    if not known:
        return []
    everyone = np.sum([one.ages for one in known], axis=0)
    highest = max(float(one.ages.max() / max(1, one.ages.sum())) for one in known)
    top = math.ceil(20 * highest) / 20 or 1.0
    shown = []
    for one in known:
        lower, median, upper = one.quartiles or (0.0, 0.0, 0.0)
        words = (
            f"Ages on the images of {one.source}: median {median:.0f} years, middle half "
            f"{lower:.0f} to {upper:.0f}"
        )
        shown.append(draw_ages(one.source, one.ages, everyone, top, words))
    return shown
