import base64
import xml.etree.ElementTree as ET

from matplotlib.figure import Figure

from labelassemble.report.embed_figure import embed_figure
from labelassemble.report.palette import INK


def draw():
    figure = Figure(figsize=(2, 1))
    figure.text(0.5, 0.5, "<script> & more", color=INK)
    figure.add_axes((0, 0, 1, 1)).plot([0, 1], [1, 0], color=INK)
    return figure


def decode(uri):
    kind, _, content = uri.partition(";base64,")
    return kind, base64.b64decode(content)


def test_a_figure_is_a_well_formed_image_that_asks_for_nothing():
    one = embed_figure(draw(), "a line")
    kind, content = decode(one.uri)
    assert kind == "data:image/svg+xml"
    assert (one.alt, one.width, one.height) == ("a line", 192, 96)
    root = ET.fromstring(content)
    assert root.tag.endswith("svg")
    text = content.decode()
    assert "<script" not in text
    assert "DOCTYPE" not in text
    assert "dc:date" not in text
    loaded = [
        value
        for element in root.iter()
        for name, value in element.attrib.items()
        if name.endswith("href")
    ]
    assert all(value.startswith("#") for value in loaded)


def test_a_figure_changes_its_colours_on_dark_pages():
    text = decode(embed_figure(draw(), "").uri)[1].decode()
    assert "prefers-color-scheme: dark" in text
    assert f"stroke: {INK}" in text.split("</style>")[-1]
    assert f'[style*="stroke: {INK}"]' in text


def test_the_same_figure_gives_the_same_bytes():
    assert embed_figure(draw(), "") == embed_figure(draw(), "")
