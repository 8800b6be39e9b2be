import pytest

from labelassemble.errors import SourceError
from labelassemble.pipeline.list_sources import (
    describe_source,
    describe_sources,
    known_forms,
    list_sources,
)
from labelassemble.sources.manifest_file import builtin_manifests


def test_every_manifest_has_one_line_that_a_terminal_holds() -> None:
    lines = list_sources().splitlines()
    manifests = builtin_manifests()
    listed = [
        line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in manifests
    ]
    assert sorted(listed) == list(manifests)
    assert max(map(len, lines)) <= 115
    nih = next(line for line in lines if line.startswith("nih_chestxray14"))
    assert " 14 " in nih
    assert "text_mining" in nih


def test_organs_are_not_counted_and_a_licence_that_nobody_saw_is_marked() -> None:
    told = {line.split()[0]: line.split() for line in list_sources().splitlines() if line.split()}
    assert told["abdomenatlas"][2] == "-"
    assert told["deeplesion"][2] == "+9"
    assert [told[name][4] for name in ("lits", "msd03_liver")] == ["?", "CC"]


def test_they_stand_by_region() -> None:
    blocks = [block.splitlines() for block in list_sources().split("\n\n")[1:-1]]
    manifests = builtin_manifests()
    heads = [block[0].partition(":")[0] for block in blocks]
    assert {"abdomen", "breast", "chest", "eye", "skin"} <= set(heads)
    assert heads[-1] == "any region"
    for head, block in zip(heads, blocks, strict=True):
        names = [line.split()[0] for line in block[1:] if not line.startswith(" ")]
        assert {manifests[name].region or "any region" for name in names} == {head}
        assert block[0].split()[-2] == str(len(names))


def test_forms_are_those_that_the_manifests_name() -> None:
    told = " ".join(list_sources().split())
    for manifest in builtin_manifests().values():
        forms = known_forms(manifest)
        assert all(one.get("form") for one in manifest.variants), manifest.name
        assert f"forms: {'; '.join(forms)}" in told
    assert "as on Kaggle" in known_forms(builtin_manifests()["nih_chestxray14"])
    assert "forms: as in the competition; as PNG with one table" in told
    assert "second stage, as on Kaggle" in describe_source("siim_pneumothorax")


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
