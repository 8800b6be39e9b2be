"""A template and its values in, one self-contained HTML page out."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from labelassemble.errors import RunError
from labelassemble.report.number_format import (
    format_compact,
    format_count,
    format_number_of,
    format_percent,
    format_ratio,
    format_score,
    format_share,
)
from labelassemble.report.palette import DARK
from labelassemble.storage.write_aside import write_text

PACKAGE = "labelassemble.report"


def render_page(template: str, values: Mapping[str, Any], styles: Sequence[str]) -> str:
    """Fill a template; every word from the data is escaped.

    Args:
        template: its name below ``templates``.
        values: what it shows.
        styles: names of the style sheets beside this file; they stand in the page.
    """
    sheets = [files(PACKAGE).joinpath(name).read_text(encoding="utf-8") for name in styles]
    return _make_environment().get_template(template).render(values, style="\n".join(sheets))


@cache
def _make_environment() -> Environment:
    """Made once: to compile the templates takes longer than to fill them."""
    environment = Environment(
        loader=PackageLoader(PACKAGE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=format_count,
        score=format_score,
        share=format_share,
        compact=format_compact,
        ratio=format_ratio,
    )
    environment.globals.update(percent=format_percent, number_of=format_number_of, dark=DARK)
    return environment


def write_page(page: str, path: Path) -> Path:
    """Write a page aside, then rename it.

    Pages open anywhere: style and images inside them, no scripts, no network. The same content
    gives the same bytes.

    Args:
        page: the HTML.
        path: the file to write; its folder is made.

    Returns:
        ``path``.

    Raises:
        RunError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(page, path)
    except OSError as error:
        raise RunError(
            f"a report to be written to {path}",
            error.strerror or str(error),
            "Choose another folder, or make room on the disk",
        ) from error
    return path
