"""The short answer of an audit: is there a leak, how much is there, what to know about it."""

from collections.abc import Sequence
from typing import NamedTuple

from labelassemble.assembly.audit import Leak
from labelassemble.assembly.describe import read_doubtful_ids
from labelassemble.report.audit.cautions import Caution, list_audit_cautions
from labelassemble.report.audit.content import AuditContent
from labelassemble.report.audit.findings import Findings
from labelassemble.report.audit.seen_images import SeenImages
from labelassemble.report.number_format import (
    format_number_of,
    format_percent,
    format_share,
    join_words,
)

TWO = "train, validate and test"


class _ShortAnswer(NamedTuple):
    """The top of the page.

    Attributes:
        assessment: ``leak``: the table's own split leaks, or the one held against it; ``unsure``:
            no leak is known, but some could not be seen; ``fine``.
        sentence: the same in words.
        detail: how much there is, and what the joint split is good for.
        cautions: what could not be seen first, then the gravest.
    """

    assessment: str
    sentence: str
    detail: str
    cautions: tuple[Caution, ...]


def answer_audit(content: AuditContent, found: Findings) -> _ShortAnswer:
    """Say in words what was counted, no more than that."""
    foreign = content.foreign
    own = "The table's own split" if foreign is not None else "The split"
    splits: list[tuple[str, Sequence[Leak], list[SeenImages]]] = []
    if foreign is not None:
        splits.append((f"The split in {foreign.name}", foreign.leaks, found.foreign_seen))
    splits.append((own, found.leaks, found.seen))
    unseen = _name_unseen(content, found)
    sentences = []
    for name, leaks, seen in splits:
        if leaks:
            sentences.append(f"{name} leaks: {describe_leaks(leaks)}{_describe_seen(seen)}.")
        else:
            clear = f"No leak is known in {_lower(name)}" if unseen else f"{name} does not leak"
            sentences.append(f"{clear}: no image, patient or group stands in two of {TWO}.")
    leaky = any(leaks for _, leaks, _ in splits)
    if unseen and not leaky:
        sentences.append(f"But the table cannot see everything: {unseen}.")
    return _ShortAnswer(
        "leak" if leaky else "unsure" if unseen else "fine",
        " ".join(sentences),
        _describe(content, found),
        tuple(list_audit_cautions(content, found)),
    )


def _describe_seen(seen: list[SeenImages]) -> str:
    """How much of test is concerned."""
    told = [
        f"; of {format_number_of(one.images, 'test image')}, "
        f"{format_percent(one.record, one.images)} show an image and "
        f"{format_percent(one.person, one.images)} a person that an earlier part shows too"
        for one in seen
        if one.part == "test" and one.person
    ]
    return "".join(told)


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _name_unseen(content: AuditContent, found: Findings) -> str:
    """What keeps a leak out of sight, in words; empty where nothing does."""
    bare = content.table.records["path"].null_count()
    nameless = sum(found.groups.unnamed.values())
    told = []
    if bare:
        have = "has" if bare == 1 else "have"
        told.append(f"{format_number_of(bare, 'image')} {have} no image file to compare")
    if nameless:
        told.append(f"nothing tells the patient of {format_number_of(nameless, 'image')}")
    told += read_doubtful_ids(content.table.manifest)
    return join_words(told)


def describe_leaks(leaks: Sequence[Leak]) -> str:
    """Count leaks by kind, in words."""
    kinds = [one.kind for one in leaks]
    counts = [
        format_number_of(kinds.count(kind), kind)
        for kind in ("image", "patient", "group")
        if kind in kinds
    ]
    return f"{join_words(counts)} in two or three of {TWO}"


def _describe(content: AuditContent, found: Findings) -> str:
    table = content.table
    text = (
        f"{format_number_of(table.members.height, 'image')} of "
        f"{format_number_of(len(found.shared.sources), 'source')} show "
        f"{format_number_of(table.records.height, 'distinct image')} of "
        f"{format_number_of(found.groups.groups, 'person')}, as far as is known; "
        f"{format_number_of(len(table.classes), 'class', 'classes')}."
    )
    across = [one for one in found.separate.leaks if one.tested != one.trained]
    if across:
        worst = max(across, key=lambda one: one.record * one.test_images)
        text += (
            f" Had every source been split by itself, {format_share(worst.record)} of the test "
            f"images of {worst.tested} would stand as the same image in the training or "
            f"validation part of {worst.trained}."
        )
    return text
