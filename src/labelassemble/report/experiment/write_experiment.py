"""The page of an experiment as one HTML file."""

from pathlib import Path

from labelassemble.report.experiment.content import ExperimentContent, check_experiment
from labelassemble.report.experiment.page import describe_experiment
from labelassemble.report.render_page import render_page, write_page


def write_experiment(content: ExperimentContent, path: Path) -> Path:
    """Write the page, as ``write_page`` does.

    Raises:
        RunError: the content cannot be shown, or the file cannot be written.
        MetricError: seeds of an arm were scored on different cells, or a seed comes twice.
    """
    return write_page(render_experiment(content), path)


def render_experiment(content: ExperimentContent) -> str:
    """The page's HTML; every word from the data is escaped.

    Raises:
        RunError: the content cannot be shown.
        MetricError: seeds of an arm were scored on different cells, or a seed comes twice.
    """
    check_experiment(content)
    styles = ["report.css", "experiment.css"]
    return render_page("experiment/page.html.jinja", describe_experiment(content), styles)
