"""The report as one HTML file."""

import os
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from labelassemble.errors import RunError
from labelassemble.report.content import ReportContent, check_content
from labelassemble.report.number_format import (
    format_count,
    format_number_of,
    format_percent,
    format_score,
)
from labelassemble.report.page import describe_page

PACKAGE = "labelassemble.report"


def write_report(content: ReportContent, path: Path) -> Path:
    """Write one page that opens anywhere: style and pictures inside it, no scripts, no network.

    The same content gives the same bytes. The file is written aside and then renamed.

    Args:
        content: what to show.
        path: the file to write; its folder is made.

    Returns:
        ``path``.

    Raises:
        RunError: the content cannot be shown, or the file cannot be written.
    """
    page = render_report(content)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(page, encoding="utf-8", newline="\n")
        aside.replace(path)
    except OSError as error:
        # The folder itself may be what is missing.
        with suppress(OSError):
            aside.unlink()
        raise RunError(
            f"a report to be written to {path}",
            error.strerror or str(error),
            "Choose another folder, or make room on the disk",
        ) from error
    return path


def render_report(content: ReportContent) -> str:
    """The page's HTML; every word from the data is escaped.

    Raises:
        RunError: the content cannot be shown.
    """
    check_content(content)
    environment = Environment(
        loader=PackageLoader(PACKAGE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(count=format_count, score=format_score)
    environment.globals.update(percent=format_percent, number_of=format_number_of)
    style = files(PACKAGE).joinpath("report.css").read_text(encoding="utf-8")
    template = environment.get_template("report.html.jinja")
    return template.render(describe_page(content), style=style)
