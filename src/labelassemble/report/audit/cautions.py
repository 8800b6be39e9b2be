"""What a reader must know before using a table."""

from collections.abc import Iterator
from typing import NamedTuple

from labelassemble.report.audit.content import AuditContent
from labelassemble.report.audit.findings import Findings
from labelassemble.report.audit.rows_read import list_incoherent
from labelassemble.report.number_format import (
    format_count,
    format_number_of,
    format_ratio,
    format_share,
    join_words,
)

PAIR, PAIRS = "pair of source and class", "pairs of source and class"


class Caution(NamedTuple):
    """One of them, and the section (an anchor of the page) that tells more."""

    text: str
    section: str


def list_audit_cautions(content: AuditContent, found: Findings) -> Iterator[Caution]:
    """List what a reader must know: what could not be seen first, then the gravest."""
    yield from _caution_unseen(content, found)
    yield from _caution_remarks(content)
    yield from _caution_labels(content, found)
    yield from _caution_frequencies(content, found)
    yield from _caution_slips(content, found)


def _caution_labels(content: AuditContent, found: Findings) -> Iterator[Caution]:
    """Labels that are weaker than they could be, or that the source gives away."""
    title = content.title_of
    if found.weaker_winners:
        times = sum(one.times for one in found.weaker_winners)
        most = found.weaker_winners[0]
        kind = {source: words.replace("_", " ") for source, words in found.evidence.items()}
        yield Caution(
            f"In {format_number_of(times, 'contradiction')} between sources the weaker evidence "
            f"won, most of all {most.winner} ({kind[most.winner]}) over {most.loser} "
            f"({kind[most.loser]}) on {title(most.name)}, {format_count(most.times)} times. "
            'The policy conflicts = "evidence" would let the stronger one stand.',
            "conflicts",
        )
    implied = [one for one in found.one_sided if not one.looked_for]
    if implied:
        most_seen = implied[0]
        yield Caution(
            f"{_count_and_be(len(implied), PAIR, PAIRS)} known on one side only, by implication: "
            f"most of all, {most_seen.source} says only {most_seen.side} of "
            f"{title(most_seen.name)} ({format_number_of(most_seen.records, 'image')}). There "
            "the source gives the label away.",
            "annotated",
        )


def _caution_slips(content: AuditContent, found: Findings) -> Iterator[Caution]:
    """Persons, rows and cells that cannot all be right."""
    if found.groups.merged:
        told = join_words([f"{count:,} of {source}" for source, count in found.groups.merged])
        yield Caution(f"Links made one person of two names of patients: {told}.", "overlaps")
    both = {one.source: dict(one.sexes).get("both", 0) for one in found.persons}
    if any(both.values()):
        told = join_words([f"{count:,} of {source}" for source, count in both.items() if count])
        yield Caution(f"Persons whose images give two sexes: {told}.", "persons")
    incoherent = list_incoherent(content.table)
    if incoherent:
        times = sum(count for _, _, count in incoherent)
        yield Caution(
            f"{_count_and_be(times, 'image')} positive for a class and negative for the "
            "broader one that it implies.",
            "rows",
        )
    if not all(one.adds_up for one in found.rows):
        odd = join_words([one.source for one in found.rows if not one.adds_up])
        yield Caution(f"Rows read do not add up to rows used and left out: {odd}.", "rows")


def _caution_unseen(content: AuditContent, found: Findings) -> Iterator[Caution]:
    """What the table cannot know."""
    bare = content.table.records["path"].null_count()
    if bare:
        every = bare == content.table.records.height
        lacking = "No image has" if every else f"{format_number_of(bare, 'image')} without"
        yield Caution(
            f"{lacking} an image file: copies that only their bytes, pixels or fingerprints betray "
            "were "
            "not looked for there, so a leak through them would not show.",
            "overlaps",
        )
    if found.groups.unnamed:
        told = join_words([f"{n:,} of {source}" for source, n in found.groups.unnamed.items()])
        yield Caution(
            f"Images of which nothing tells the patient, each taken for a person: {told}.",
            "overlaps",
        )


def _caution_remarks(content: AuditContent) -> Iterator[Caution]:
    """What was remarked when the table was assembled."""
    remarks = content.table.manifest.get("remarks")
    for remark in remarks if isinstance(remarks, list) else ():
        yield Caution(f"{str(remark).rstrip('.')}.", "overlaps")


def _caution_frequencies(content: AuditContent, found: Findings) -> Iterator[Caution]:
    """Classes whose frequency tells the source, or that a part can hardly score."""
    title = content.title_of
    if found.apart:
        name, high, low, ratio = found.apart[0]
        yield Caution(
            f"In {format_number_of(len(found.apart), 'class', 'classes')} the intervals of two "
            f"sources lie apart, most of all {title(name)}: "
            f"{format_share(found.by_source[high][name].share)} in {high}, "
            f"{format_share(found.by_source[low][name].share)} in {low}"
            + (f" ({format_ratio(ratio)} times)." if ratio is not None else "."),
            "frequencies",
        )
    if found.imbalanced:
        names = list(dict.fromkeys(title(name) for name, _ in found.imbalanced))
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        yield Caution(
            "The share of positives in validate or test is unlike that in train: "
            f"{', '.join(names[:6])}{more}.",
            "parts",
        )
    if found.lacking:
        names = list(dict.fromkeys(title(name) for name, _, _ in found.lacking))
        yield Caution(
            f"Without a known positive, or without a known negative, in some part: "
            f"{', '.join(names)}.",
            "parts",
        )


def _count_and_be(count: int, one: str, several: str | None = None) -> str:
    return f"{format_number_of(count, one, several)} {'is' if count == 1 else 'are'}"
