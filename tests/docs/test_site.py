"""The site builds, asks nobody outside, and has no dead link; nor has the README."""

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

ROOT = Path(__file__).parents[2]
LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src"}
NOT_LOADED = ("canonical", "prev", "next", "alternate")
"""Kinds of <link> that no browser follows by itself."""


class Page(HTMLParser):
    """What a page loads, links to, and can be linked at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.places.add(said["id"])
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if tag in LOADED and said.get("rel") not in NOT_LOADED and LOADED[tag] in said:
            self.loaded.append(said[LOADED[tag]])


def is_outside(address: str) -> bool:
    return bool(re.match(r"^(?:[a-z][a-z0-9+.-]*:)?//", address))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "html"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NO_MKDOCS_2_WARNING", "1")
        patched.setenv("COLUMNS", "90")
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_page_of_docs_is_there(pages: dict[Path, Page], site: Path) -> None:
    names = {path.relative_to(site).with_suffix("").as_posix() for path in pages}
    docs = ROOT / "docs"
    written = [*docs.rglob("*.md"), *docs.rglob("*.ipynb")]
    assert {path.relative_to(docs).with_suffix("").as_posix() for path in written} <= names
    assert {"PAPER", "CHANGELOG", "CONTRIBUTING", "SECURITY", "reference/settings"} <= names


def test_no_page_asks_another_place_for_anything(pages: dict[Path, Page], site: Path) -> None:
    asked = {one for page in pages.values() for one in page.loaded if is_outside(one)}
    for path in site.rglob("*.css"):
        asked |= set(
            re.findall(r"(?:@import|url\()\s*['\"]?((?:https?:)?//[^'\")]+)", path.read_text())
        )
    assert asked == set()


def dead_links(pages: dict[Path, Page]) -> Iterator[str]:
    for path, page in pages.items():
        for link in [*page.links, *page.loaded]:
            if is_outside(link) or re.match(r"^(?:mailto|data|javascript):", link):
                continue
            target, place = urldefrag(link)
            there = path if not target else (path.parent / unquote(target)).resolve()
            if path.name == "404.html" and target.startswith("/"):
                continue
            if not there.exists():
                yield f"{path.name}: {link}"
            elif place and there in pages and unquote(place) not in pages[there].places:
                yield f"{path.name}: {link} has no such place"


def test_no_link_of_the_site_is_dead(pages: dict[Path, Page]) -> None:
    assert sum(len(page.links) for page in pages.values()) > 500
    assert sorted(set(dead_links(pages))) == []


def test_a_dead_link_is_found(pages: dict[Path, Page], site: Path) -> None:
    page = Page('<a href="nowhere.html">a</a><a href="index.html#no-such-place">b</a>')
    assert len(list(dead_links({**pages, site / "made_up.html": page}))) == 2


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "PAPER.md"])
def test_no_link_of_the_root_pages_is_dead(name: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", (ROOT / name).read_text("utf-8")):
        target, place = urldefrag(link)
        if is_outside(link) or not target:
            continue
        path = ROOT / target
        assert path.exists(), link
        if place:
            titles = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
            slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert place in slugs, link


def test_a_link_to_a_page_that_is_not_there_breaks_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# A\n\n[b](nowhere.md), [c](#no-such-place)\n")
    config = tmp_path / "mkdocs.yml"
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    config.write_text(re.sub(r"(?s)\nnav:.*|\nhooks:[^\n]*", "", text))
    shutil.copy(ROOT / "docs" / "site.css", docs)
    with pytest.raises(Abort, match="2 warnings"):
        build(load_config(str(config), site_dir=str(tmp_path / "html"), strict=True))
