import pytest

from labelassemble.errors import RunError
from labelassemble.report.render_page import render_page, write_page


def test_words_from_the_data_are_escaped_and_styles_are_not(simulate_content):
    from labelassemble.report.page import describe_page

    values = {**describe_page(simulate_content(drawn=False)), "title": "<b>a & b</b>"}
    page = render_page("report.html.jinja", values, ["report.css", "audit.css"])
    assert "<title>&lt;b&gt;a &amp; b&lt;/b&gt;</title>" in page
    assert "tr.between > th" in page


def test_a_page_replaces_the_former_one_whole(tmp_path):
    path = tmp_path / "new" / "page.html"
    assert write_page("one\n", path) == path
    write_page("two\n", path)
    assert path.read_bytes() == b"two\n"
    assert [one.name for one in path.parent.iterdir()] == ["page.html"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="a report to be written"):
        write_page("one", tmp_path / "file" / "page.html")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
