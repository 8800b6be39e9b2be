import pytest

from labelassemble.errors import SourceError
from labelassemble.pipeline.list_sources import describe_source, describe_sources, list_sources
from labelassemble.sources.manifest_file import builtin_manifests


def test_every_manifest_has_one_line_that_a_terminal_holds() -> None:
    lines = list_sources().splitlines()
    manifests = builtin_manifests()
    assert [line.split()[0] for line in lines[1 : len(manifests) + 1]] == list(manifests)
    assert max(map(len, lines)) <= 115
    nih = next(line for line in lines if line.startswith("nih_chestxray14"))
    assert " 14 " in nih
    assert "text_mining" in nih


def test_all_of_them_whole() -> None:
    words = " ".join(describe_sources().split())
    for manifest in builtin_manifests().values():
        assert manifest.title in words
        assert " ".join(manifest.citation.split()) in words or not manifest.citation
        assert manifest.url in words


def test_one_source_whole() -> None:
    words = describe_source("nih_chestxray14")
    assert "Wang" in words
    assert "delimited_list" in words
    assert "radiologist for boxes" in words
    assert "published in train_val_list.txt, test_list.txt" in words
    assert "its images are images of nih_chestxray14" in describe_source("nih_google")
    assert "column 'rad_id'" in describe_source("vindr_cxr_kaggle")
    with pytest.raises(SourceError, match="nearest: nih_google"):
        describe_source("nih_gogle")
