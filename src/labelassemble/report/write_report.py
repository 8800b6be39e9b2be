"""The report as one HTML file."""

from pathlib import Path

from labelassemble.report.content import ReportContent, check_content
from labelassemble.report.page import describe_page
from labelassemble.report.render_page import render_page, write_page


def write_report(content: ReportContent, path: Path) -> Path:
    """Write the page, as ``write_page`` does.

    Raises:
        RunError: the content cannot be shown, or the file cannot be written.
    """
    return write_page(render_report(content), path)


def render_report(content: ReportContent) -> str:
    """The page's HTML; every word from the data is escaped.

    Raises:
        RunError: the content cannot be shown.
    """
    check_content(content)
    return render_page("report.html.jinja", describe_page(content), ["report.css"])
