from pathlib import Path

from labelassemble.sources.describe_kinship import describe_kinship, rewrite_kinship
from labelassemble.sources.manifest_file import builtin_manifests

PAGE = (Path(__file__).parents[2] / "docs" / "overlaps.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_manifests_say():
    assert rewrite_kinship(PAGE) == PAGE


def test_every_pair_has_a_row():
    rows = describe_kinship().splitlines()
    pairs = {(n, one.source) for n, m in builtin_manifests().items() for one in m.overlaps}
    for name, other in pairs:
        assert sum(row.startswith(f"| `{name}` | `{other}` |") for row in rows) == 1
    assert "| `siim_pneumothorax` | `nih_chestxray14` | fingerprint |" in "\n".join(rows)
    assert "pneumonia-challenge-dataset-mappings_2018.json" in "\n".join(rows)


def test_what_nobody_looked_up_says_so():
    rows = [row for row in describe_kinship().splitlines() if "From memory." in row]
    assert any(row.startswith("| `covid_qu_ex` | `padchest` |") for row in rows)
    assert not any(row.startswith("| `isic2016_part3` |") for row in rows)
    for name, manifest in builtin_manifests().items():
        for other in {one.source for one in manifest.overlaps if one.unverified}:
            assert any(row.startswith(f"| `{name}` | `{other}` |") for row in rows)
