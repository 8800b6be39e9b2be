import pytest

from labelassemble.errors import SourceError
from labelassemble.pipeline.list_sources import describe_source, list_sources
from labelassemble.sources.manifest import builtin_manifests


def test_every_manifest_is_listed_with_scope_and_licence() -> None:
    words = list_sources()
    for name, manifest in builtin_manifests().items():
        assert name in words
        assert manifest.title in words
    assert "Cardiomegaly" in words
    assert "Airspace opacity" in words  # a column, not a term of the scope
    assert "licence: " in words


def test_one_source_whole() -> None:
    words = describe_source("nih_chestxray14")
    assert "Wang" in words
    assert "delimited_list" in words
    with pytest.raises(SourceError, match="nearest: nih_google"):
        describe_source("nih_gogle")
