"""What was assembled, as lines for a terminal."""

from collections.abc import Iterator

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.corrections import describe_corrections
from labelassemble.assembly.describe import read_doubtful_ids, read_not_taken
from labelassemble.assembly.describe_kinship import read_kin, tell_kin
from labelassemble.assembly.keep_split import describe_places
from labelassemble.errors import plural, some
from labelassemble.pipeline.keep_permitted import LEFT_OUT, describe_left_out
from labelassemble.sources.files_not_taken import count_reasons


def write_description(table: AssembledTable) -> str:
    """The table in a few lines: images and splits, labels a class, what was settled and lost."""
    splits = dict(table.records["split"].value_counts().iter_rows())
    parts = ", ".join(
        f"{splits.get(name, 0):,} {name}" for name in ("train", "validate", "test", "unused")
    )
    counted = pl.concat(
        part.group_by("class", "state").len() for part in table.in_parts("cells").parts()
    )
    totals = counted.group_by("class", "state").agg(pl.col("len").sum())
    states = {(name, state): count for name, state, count in totals.iter_rows()}
    width = max(len(name) for name in ("class", *table.classes))
    lines = [
        f"{plural(table.records.height, 'image')} of "
        f"{plural(table.records['patient'].n_unique(), 'patient')} "
        f"from {plural(len(table.scopes), 'source')}: {parts}",
        *(
            f"{count:,} unused, as they would leak: {reason}"
            for reason, count in table.records.filter(split="unused")
            .group_by("split_reason")
            .len()
            .sort("split_reason")
            .iter_rows()
        ),
        f"{plural(table.members.height - table.records.height, 'image')} joined as "
        f"the same image, {plural(table.conflicts.height, 'conflict')} settled",
        *_list_excluded(table),
        *(f"{source}: {one.describe('file')}" for source, one in read_not_taken(table.manifest)),
        *describe_left_out(table.manifest.get(LEFT_OUT)),
        *describe_corrections(table.manifest.get("corrections")),
        *describe_places(table.manifest.get("kept")),
        *(f"Kin: {tell_kin(one)}" for one in read_kin(table.manifest)),
        *(f"Who is one person? {one}" for one in read_doubtful_ids(table.manifest)),
        f"{'class':<{width}} {'positive':>9} {'negative':>9} {'uncertain':>9} {'unknown':>9}",
    ]
    for name in table.classes:
        counts = [states.get((name, state), 0) for state in ("positive", "negative", "uncertain")]
        numbers = [*counts, table.records.height - sum(counts)]
        lines.append(f"{name:<{width}} " + " ".join(f"{number:>9,}" for number in numbers))
    remarks = table.manifest.get("remarks")
    if isinstance(remarks, list) and remarks:
        lines += ["To look into:", *(f"- {remark}" for remark in remarks)]
    return "\n".join(lines)


def _list_excluded(table: AssembledTable) -> Iterator[str]:
    """One line a source and reason, however many names the reason speaks of."""
    for (source,), rows in table.excluded.sort("source").group_by("source", maintain_order=True):
        for one in count_reasons(rows, "image", "rows"):
            names = some(one.examples)
            yield f"{plural(one.count, 'row')} of {source} left out: {one.reason} ({names})"
