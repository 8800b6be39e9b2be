from pathlib import Path

import pytest

from labelassemble.pipeline.list_sources import describe_source
from labelassemble.sources.describe_references import describe_references, rewrite_references
from labelassemble.sources.manifest_file import builtin_manifests

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
MANIFESTS = builtin_manifests()


def test_the_page_is_what_the_manifests_say():
    assert rewrite_references(PAGE) == PAGE
    assert describe_references().count("\n| `") == len(MANIFESTS) - 1


@pytest.mark.parametrize("name", sorted(set(MANIFESTS) - {"unlabelled_folder"}))
def test_every_licence_has_an_address_and_no_number_is_unsaid(name):
    manifest = MANIFESTS[name]
    assert "licence" in manifest.references
    assert all(
        address.startswith(("https://", "http://")) for address in manifest.references.values()
    )
    # What was counted by somebody is named in [published], with who did.
    assert manifest.published is None or "counts" not in manifest.unverified


def test_what_stands_from_memory_is_told():
    told = describe_source("deeplesion")
    assert "from memory licence" in told
    assert "licence: https://nihcc.app.box.com/v/DeepLesion" in told
    assert "from memory" not in describe_source("panorama")
