"""The audit as one HTML file."""

from pathlib import Path

from labelassemble.report.audit.content import AuditContent
from labelassemble.report.audit.findings import Findings, gather_findings
from labelassemble.report.audit.page import describe_audit
from labelassemble.report.render_page import render_page, write_page


def write_audit(content: AuditContent, path: Path, found: Findings | None = None) -> Path:
    """Write the page, as ``write_page`` does.

    Args:
        content: the table and what it is held against.
        path: the file to write.
        found: what ``gather_findings`` gave, where it is there already.

    Raises:
        RunError: the file cannot be written.
    """
    return write_page(render_audit(content, found), path)


def render_audit(content: AuditContent, found: Findings | None = None) -> str:
    """The page's HTML; every word from the data is escaped."""
    values = describe_audit(content, found or gather_findings(content))
    return render_page("audit/page.html.jinja", values, ["report.css", "audit.css"])
