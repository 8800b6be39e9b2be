"""Figures as data URIs: the same bytes for the same figure, fit for dark pages."""

import io

import matplotlib
from matplotlib.figure import Figure

from labelassemble.report.embed_image import Embedded, make_data_uri
from labelassemble.report.palette import DARK

PIXELS_PER_INCH = 96
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def embed_figure(figure: Figure, alt: str) -> Embedded:
    """Draw a figure as an SVG data URI; ``alt`` says what it shows.

    Colours of ``palette`` become their dark partners where the reader prefers dark pages; text is
    drawn as outlines, so it looks the same without the font.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "labelassemble", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata=NO_METADATA)
    svg = _without_preamble(buffer.getvalue())
    width, height = figure.get_size_inches() * PIXELS_PER_INCH
    return Embedded(make_data_uri("image/svg+xml", svg.encode()), alt, round(width), round(height))


def _without_preamble(svg: str) -> str:
    """Drop the XML declaration and DOCTYPE, which name an address; add the colours of the dark."""
    body = svg[svg.index("<svg") :]
    end_of_tag = body.index(">") + 1
    rules = "".join(
        f'[style*="{kind}: {light}"]{{{kind}:{dark}}}'
        for light, dark in DARK.items()
        for kind in ("fill", "stroke")
    )
    # Presentation in a style attribute yields only to an important rule.
    rules = rules.replace("}", " !important}")
    style = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"
    return body[:end_of_tag] + style + body[end_of_tag:]
