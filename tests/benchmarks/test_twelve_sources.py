import pytest
from benchmarks.twelve_sources import SOURCES, write_sources

from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.recipe import read_recipe
from labelassemble.sources.manifest_file import load_manifest

ROWS = 1_500


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    assert write_sources(folder, ROWS) == pytest.approx(ROWS, rel=0.1)
    return folder


def test_the_same_seed_draws_the_same_tables(folder, tmp_path):
    write_sources(tmp_path, ROWS)
    write_sources(tmp_path / "other", ROWS, seed=1)
    for name in SOURCES:
        table = (folder / name / "table.csv").read_bytes()
        assert (tmp_path / name / "table.csv").read_bytes() == table
    other = (tmp_path / "other/north/table.csv").read_bytes()
    assert other != (folder / "north/table.csv").read_bytes()


def test_twelve_sources_written_in_eight_ways_are_assembled(folder):
    manifests = [load_manifest(str(folder / name / "manifest.toml")) for name in SOURCES]
    assert len(manifests) == 12
    assert len({one.labels.encoding for one in manifests}) == 8
    table = assemble_sources(read_recipe(folder / "recipe.toml"))
    assert set(table.members["source"]) == set(SOURCES)
    joined = table.members["evidence"].unique().to_list()
    assert {"table", "crosswalk", "shared name"} <= set(joined)
    assert set(table.conflicts["between"]) >= {"sources", "readers"}
    assert {"train", "validate", "test"} <= set(table.records["split"])
