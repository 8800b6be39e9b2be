"""What the site shows beside docs/*.md: notebooks, pages of the root, commands and settings.

MkDocs calls these functions by their names. No page is written into the repository; a link to a
file that is there and no page, such as a table of results, becomes the file's name.
"""

import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
ROOT_PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "PAPER.md", "SECURITY.md")
RECORDS = (".png", ".jpg")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
PLAIN_URL = re.compile(r"^[a-z]+:")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    made = {name: (ROOT / name).read_text("utf-8") for name in ROOT_PAGES}
    made["reference/commands.md"] = describe_commands()
    made["reference/settings.md"] = describe_settings()
    for path in sorted((ROOT / "docs").rglob("*.ipynb")):
        name = path.relative_to(ROOT / "docs").as_posix()
        files.remove(files.get_file_from_path(name))
        made[name.replace(".ipynb", ".md")] = show_notebook(json.loads(path.read_text("utf-8")))
    for name, content in made.items():
        files.append(File.generated(config, name, content=content))
    for path in sorted(_linked_records(files)):
        place = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, place, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links between docs/ and the root to pages of the site."""
    own = page.file.src_uri
    start = Path(own).parent if own in ROOT_PAGES or "/" in own else Path()
    base = ROOT if own in ROOT_PAGES else ROOT / "docs" / start

    def lead(found: re.Match[str]) -> str:
        mark, text, target, anchor = found[1], found[2], found[3], found[4] or ""
        if PLAIN_URL.match(target):
            return found[0]
        path = Path(os.path.normpath(base / target))
        place = _page_of(path)
        if files.get_file_from_path(place) is None:
            # A file of the repository, or none at all, which MkDocs tells of the link as it is.
            there = path.exists() and path.is_relative_to(ROOT)
            return _name_file(text, path.relative_to(ROOT).as_posix()) if there else found[0]
        return f"{mark}[{text}]({os.path.relpath(place, start)}{anchor})"

    return LINK.sub(lead, markdown)


def _name_file(text: str, place: str) -> str:
    """Say what a link says, and which file of the repository it is.

    >>> _name_file("what came out", "benchmarks/results/README.md")
    'what came out (`benchmarks/results/README.md`)'
    >>> _name_file("requirements.txt", "benchmarks/peers/requirements.txt")
    '`benchmarks/peers/requirements.txt`'
    """
    return f"`{place}`" if text.strip("`") in place else f"{text} (`{place}`)"


def _page_of(path: Path) -> str:
    """Give the name within the site of a file of the repository."""
    docs = ROOT / "docs"
    place = path.relative_to(docs if path.is_relative_to(docs) else ROOT).as_posix()
    return place.replace(".ipynb", ".md")


def _linked_records(files: Files) -> Iterator[Path]:
    """Images elsewhere in the repository that pages show."""
    for file in files.documentation_pages():
        base = ROOT if file.src_uri in ROOT_PAGES else (ROOT / "docs" / file.src_uri).parent
        for _, _, target, _ in LINK.findall(file.content_string):
            path = Path(os.path.normpath(base / target))
            outside = path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "docs")
            if path.suffix in RECORDS and outside and path.is_file():
                yield path


def show_notebook(notebook: dict[str, Any]) -> str:
    """Write a notebook with its saved outputs as a page."""
    return "\n\n".join(part for cell in notebook["cells"] for part in _show_cell(cell)) + "\n"


def _show_cell(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    yield f"```python\n{source}\n```"
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "text/html" in data:
            yield f'<div class="output">{"".join(data["text/html"])}</div>'
        elif "image/png" in data:
            record = "".join(data["image/png"]).strip()
            yield f"![what the cell above draws](data:image/png;base64,{record})"
        else:
            text = "".join(output.get("text") or data.get("text/plain", ""))
            yield f"```text\n{text.rstrip()}\n```"


def describe_commands() -> str:
    """Give the help of every command."""
    from labelassemble.cli.dispatch import OVERVIEW

    parts = ["# Commands", "What `labelassemble COMMAND --help` says."]
    for title, names in OVERVIEW.items():
        parts.append(f"## {title.capitalize()}")
        for name in names:
            parts += [f"### {name}", f"```text\n{_help(name)}\n```"]
    return "\n\n".join(parts) + "\n"


def _help(name: str) -> str:
    from labelassemble.cli import main

    os.environ["COLUMNS"] = "90"
    with redirect_stdout(io.StringIO()) as said, suppress(SystemExit):
        main([*name.split(), "--help"])
    return re.sub(r"\x1b\[[0-9;]*m", "", said.getvalue()).strip()


def describe_settings() -> str:
    """Give every setting of a recipe with its type, default and explanation."""
    from labelassemble.cli.command_help import example_recipe, explain_settings
    from labelassemble.cli.command_settings import every_setting

    parts = [
        "# Settings",
        "Tables of a recipe, a TOML file; on the command line `--table.name value`.",
    ]
    table = None
    for one in every_setting(example_recipe()):
        above = one.name.rpartition(".")[0]
        if above != table:
            table = above
            title = f"`[{above}]`" if above else "Top of the file"
            parts.append(f"\n## {title.replace('sources.N', '[sources]')}\n")
            parts.append("| setting | default | what |\n|---|---|---|")
        field = one.model.model_fields[one.field]
        default = "required" if field.is_required() else f"`{_plain(one.value)}`"
        text = explain_settings(one.model)[one.field].replace("|", "\\|")
        parts.append(f"| `{one.field}` | {default} | {text} |")
    return "\n".join(parts[:1]) + "\n\n" + parts[1] + "\n" + "\n".join(parts[2:]) + "\n"


def _plain(value: Any) -> str:
    return str(value).replace("|", "\\|") if value not in ((), {}, "") else "none"
