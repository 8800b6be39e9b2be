"""Figures and pictures as data URIs: the same bytes for the same figure, fit for dark pages."""

import base64
import io
from typing import NamedTuple

import matplotlib
import numpy as np
from jaxtyping import UInt8
from matplotlib.figure import Figure
from PIL import Image

from labelassemble.report.palette import DARK

PIXELS_PER_INCH = 96
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


class Embedded(NamedTuple):
    """A picture for the page: its data URI, what it shows in words, its natural size in pixels."""

    uri: str
    alt: str
    width: int
    height: int


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
    return Embedded(_data_uri("image/svg+xml", svg.encode()), alt, round(width), round(height))


def embed_picture(
    picture: UInt8[np.ndarray, "height width *channels"], alt: str, side: int
) -> Embedded:
    """Make a PNG data URI of a grey or colour picture, its longer side at most ``side`` pixels."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    scale = min(1.0, side / max(image.size))
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return Embedded(_data_uri("image/png", buffer.getvalue()), alt, image.width, image.height)


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


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
