"""The page of ``explain`` as one HTML file."""

from pathlib import Path

from labelassemble.report.explanation.content import ExplanationContent
from labelassemble.report.explanation.page import describe_explanation
from labelassemble.report.render_page import render_page, write_page


def write_explanation(content: ExplanationContent, path: Path) -> Path:
    """Write one page that opens anywhere: style and images inside it, no network.

    Its one script sets the opacity of a map. The same content gives the same bytes. The file is
    written aside and then renamed.

    Args:
        content: what to show.
        path: the file to write; its folder is made.

    Returns:
        ``path``.

    Raises:
        RunError: the file cannot be written.
    """
    values = describe_explanation(content)
    styles = ["report.css", "explanation.css"]
    return write_page(render_page("explanation/page.html.jinja", values, styles), path)
