"""The page of ``explain`` as one HTML file."""

from pathlib import Path

from labelassemble.report.explanation.content import ExplanationContent
from labelassemble.report.explanation.page import describe_explanation
from labelassemble.report.render_page import render_page, write_page


def write_explanation(content: ExplanationContent, path: Path) -> Path:
    """Write the page, as ``write_page`` does; its one script sets the opacity of a map.

    Raises:
        RunError: the file cannot be written.
    """
    values = describe_explanation(content)
    styles = ["report.css", "explanation.css"]
    return write_page(render_page("explanation/page.html.jinja", values, styles), path)
