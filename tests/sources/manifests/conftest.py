"""A built-in manifest, read from files made by hand in the published layout."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.harmonise import harmonise
from labelassemble.vocabulary.vocabulary import load_vocabulary

SIGN = {"positive": "+", "negative": "-", "uncertain": "?"}


@dataclass
class Read:
    """One source, in its own words and in classes."""

    table: LabelTable
    classes: ClassTable

    def terms(self, image: str, reader: str = "any", evidence: str = "any") -> dict[str, str]:
        """Term to sign, of one image's readings."""
        return self._of(self.table.list_assessments(), "term", image, reader, evidence)

    def found(self, image: str, reader: str = "any", evidence: str = "any") -> dict[str, str]:
        """Class to sign, of one image's readings."""
        return self._of(self.classes.list_assessments(), "class", image, reader, evidence)

    def _of(self, said: Any, column: str, image: str, reader: str, evidence: str) -> dict[str, str]:
        said = said.filter(image=image)
        said = said if reader == "any" else said.filter(reader=reader)
        said = said if evidence == "any" else said.filter(evidence=evidence)
        return {
            term: SIGN[assessment]
            for term, assessment in said.select(column, "assessment").iter_rows()
        }

    def evidence(self, image: str) -> set[str]:
        """Where its assessments come from."""
        return set(self.table.list_assessments().filter(image=image)["evidence"])

    def column(self, name: str) -> dict[str, Any]:
        """Image to what stands in a column of the images."""
        return dict(self.table.images.select("image", name).iter_rows())


ReadBuiltin = Callable[..., Read]


@pytest.fixture
def read(tmp_path: Path) -> ReadBuiltin:
    """Write ``files`` (name to text), read them by a built-in manifest; no term may be unmapped."""

    def read(manifest: str, files: Mapping[str, str], **settings: Any) -> Read:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        settings.setdefault("missing_images", "exclude")
        source = SourceSettings(name="mine", manifest=manifest, folder=tmp_path, **settings)
        loaded = load_manifest(manifest)
        table = read_source(source, loaded)
        classes = harmonise(table, load_vocabulary(loaded.vocabulary or "chest_radiograph"))
        assert classes.unmapped.is_empty()
        return Read(table, classes)

    return read


@pytest.fixture
def kin() -> Callable[[str], set[tuple[str, str, str]]]:
    """What a manifest says that names share: source, our names, theirs."""

    def list_named(name: str) -> set[tuple[str, str, str]]:
        overlaps = [one for one in load_manifest(name).overlaps if one.how == "ids"]
        return {(one.source, one.ours, one.theirs) for one in overlaps}

    return list_named
