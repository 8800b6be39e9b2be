"""An audit in a few lines of text."""

from labelassemble.assembly.describe_kinship import read_kin, tell_kin
from labelassemble.report.audit.content import AuditContent
from labelassemble.report.audit.findings import Findings
from labelassemble.report.audit.short_answer import answer_audit
from labelassemble.report.number_format import format_number_of, format_percent

MAX_LEAKS = 10


def summarise_audit(content: AuditContent, found: Findings) -> str:
    """Write what a reader of a terminal needs: leaks first, then how much, then what to know."""
    answer = answer_audit(content, found)
    splits = ", ".join(f"{count:,} {part}" for part, count in found.overview.splits.items())
    between = found.overview.total_conflicts
    joined = content.table.members.height - content.table.records.height
    lines = [
        answer.sentence,
        *_name_leaks(content, found),
        answer.detail,
        f"Parts: {splits}",
        f"Joined: {format_number_of(joined, 'image')} that another source shows too; "
        f"{format_number_of(content.table.links.height, 'link')} in all",
        *(f"Kin: {tell_kin(one)}" for one in read_kin(content.table.manifest)),
        f"Conflicts: {format_number_of(between, 'pair')} of assessments differ",
        "Unknown: "
        f"{format_percent(found.origins.total - found.origins.known, found.origins.total)} of "
        f"{format_number_of(found.origins.total, 'cell')}",
    ]
    if answer.cautions:
        lines += ["Before you build on it:", *(f"- {one.text}" for one in answer.cautions)]
    return "\n".join(lines)


def _name_leaks(content: AuditContent, found: Findings) -> list[str]:
    leaks = [*(content.foreign.leaks if content.foreign else ()), *found.leaks]
    lines = [
        f"  {leak.kind} {leak.name}: {', '.join(leak.images[:4])}"
        + (f" and {len(leak.images) - 4} more" if len(leak.images) > 4 else "")
        for leak in leaks[:MAX_LEAKS]
    ]
    more = len(leaks) - MAX_LEAKS
    return [*lines, f"  and {more:,} more, listed in the page"] if more > 0 else lines
