"""Everything that an audit counts, counted once: the page and the summary are made of it."""

from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.assembly.audit import Leak, find_leaks
from labelassemble.report.audit.cell_origins import CellOrigins, trace_cells
from labelassemble.report.audit.content import AuditContent
from labelassemble.report.audit.cooccurrence import (
    ClassPair,
    count_pairs,
    find_asked,
    list_class_pairs,
)
from labelassemble.report.audit.disagreements import (
    Disagreement,
    Overruling,
    find_weaker_winners,
    list_disagreements,
)
from labelassemble.report.audit.manifest_facts import (
    read_evidence,
    read_evidence_order,
    read_fraction,
)
from labelassemble.report.audit.patient_groups import PatientGroups, describe_patient_groups
from labelassemble.report.audit.persons import SourcePersons, describe_persons
from labelassemble.report.audit.prevalence import (
    Apart,
    Column,
    OneSided,
    find_apart,
    find_imbalanced,
    find_lacking,
    find_one_sided,
    measure_by_fold,
    measure_by_part,
    measure_by_source,
    measure_by_source_and_part,
)
from labelassemble.report.audit.rows_read import SourceRows, describe_rows
from labelassemble.report.audit.seen_images import SeenImages, count_seen, place_split
from labelassemble.report.audit.separate_splits import SeparateSplits, split_separately
from labelassemble.report.audit.shared_records import SharedRecords, count_shared
from labelassemble.report.cell_matrix import lay_out_cells, read_assessments, sources_of_cells
from labelassemble.report.label_counts import count_state_rows
from labelassemble.report.overview import Overview, overview_of_table
from labelassemble.report.placed_members import place_members

TEST_FRACTION, VALIDATION_FRACTION = 0.2, 0.15
"""What sources are split by alone where the settings do not say, or hold out nothing."""


class Findings(NamedTuple):
    """What an audit found; each is described where it is made."""

    overview: Overview
    counts: pl.DataFrame
    evidence: dict[str, str]
    origins: CellOrigins
    leaks: list[Leak]
    seen: list[SeenImages]
    foreign_seen: list[SeenImages]
    by_source: dict[str, Column]
    by_part: dict[str, Column]
    by_fold: dict[str, Column]
    by_source_and_part: dict[str, dict[str, Column]]
    imbalanced: list[tuple[str, str]]
    apart: list[Apart]
    lacking: list[tuple[str, str, str]]
    one_sided: list[OneSided]
    pairs: list[ClassPair]
    positives: dict[str, int]
    disagreements: list[Disagreement]
    weaker_winners: list[Overruling]
    shared: SharedRecords
    groups: PatientGroups
    separate: SeparateSplits
    persons: list[SourcePersons]
    rows: list[SourceRows]


def gather_findings(content: AuditContent) -> Findings:
    """Count everything; nothing is taken from the manifest that the frames can tell."""
    table = content.table
    cells, placed = lay_out_cells(table), place_members(table)
    assessments = read_assessments(table, cells, placed)
    counts = count_state_rows(table, assessments)
    evidence = read_evidence(table, sources_of_cells(table))
    by_source = measure_by_source(table, assessments)
    by_part = measure_by_part(table, cells)
    asked = find_asked(table, cells, assessments)
    pairs = count_pairs(cells.label == 1, asked)
    separate = split_separately(
        table,
        placed,
        read_fraction(table, "test_fraction", TEST_FRACTION) or TEST_FRACTION,
        read_fraction(table, "validation_fraction", VALIDATION_FRACTION),
        np.random.default_rng(content.seed),
    )
    return Findings(
        overview=overview_of_table(table, placed),
        counts=counts,
        evidence=evidence,
        origins=trace_cells(table),
        leaks=find_leaks(table),
        seen=count_seen(placed),
        foreign_seen=count_seen(place_split(placed, content.foreign.rows))
        if content.foreign
        else [],
        by_source=by_source,
        by_part=by_part,
        by_fold=measure_by_fold(table, cells),
        by_source_and_part=measure_by_source_and_part(table, assessments),
        imbalanced=find_imbalanced(by_part),
        apart=find_apart(by_source),
        lacking=find_lacking(by_part),
        one_sided=find_one_sided(counts),
        pairs=list_class_pairs(table.classes, pairs),
        positives=dict(zip(table.classes, pairs.both.diagonal().tolist(), strict=True)),
        disagreements=list_disagreements(table),
        weaker_winners=find_weaker_winners(table, evidence, read_evidence_order(table)),
        shared=count_shared(table, placed),
        groups=describe_patient_groups(table, placed),
        separate=separate,
        persons=describe_persons(table, assessments),
        rows=describe_rows(table),
    )
