"""A source made by hand: a manifest in TOML, a table as text, empty image files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source

ReadHandmade = Callable[..., LabelTable]

MANIFEST = """
name = "mine"
[table]
file = "labels.csv"
image = "image"
patient = "person"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass", "Edema"]
no_finding = ["No Finding"]
"""


@pytest.fixture
def read_handmade(tmp_path: Path) -> ReadHandmade:
    """Write ``table`` (text or bytes) and empty ``images``; read them as ``manifest`` says."""

    def read(
        table: str | bytes | None,
        manifest: str = MANIFEST,
        images: Sequence[str] = (),
        file: str = "labels.csv",
        **settings: Any,
    ) -> LabelTable:
        if table is not None:
            content = table.encode() if isinstance(table, str) else table
            (tmp_path / file).write_bytes(content)
        for name in images:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        (tmp_path / "manifest.toml").write_text(manifest, encoding="utf-8")
        settings.setdefault("missing_images", "exclude")
        source = SourceSettings(name="mine", manifest="manifest.toml", folder=tmp_path, **settings)
        return read_source(source, load_manifest("manifest.toml", tmp_path))

    return read
