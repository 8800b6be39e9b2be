"""A cluster, and a table that is assembled once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.slurm_cluster import run_cluster

from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.hospitals import simulate_hospitals

SHORT = """
[cluster]
cpus = 1

[experiment]
quick = true
"""


@pytest.fixture(scope="module")
def slurm() -> Iterator[Path]:
    with run_cluster() as configuration, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(configuration))
        # Two machines of one host have names that nobody can look up.
        patch.setenv("MASTER_ADDR", "127.0.0.1")
        patch.setenv("OMP_NUM_THREADS", "1")
        yield configuration


@pytest.fixture(scope="package")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster") / "hospitals"
    simulate_hospitals(folder, 12, 12, size=32)
    text = (folder / "recipe.toml").read_text("utf-8")
    changes = {
        'methods = ["single", "masked"]': 'methods = ["masked"]',
        "[assembly]": "[evaluation]\nreplicates = 10\n\n[report]\nheat_maps = 0\n\n"
        "[assembly]\nallow_unscored_classes = true\nvalidation_fraction = 0.3",
        "epochs = 25": "epochs = 1",
        "batch_size = 64": "batch_size = 16",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "recipe.toml").write_text(text + SHORT, encoding="utf-8")
    assemble_sources(read_recipe(folder / "recipe.toml"))
    return folder


@pytest.fixture
def hospitals(assembled: Path, tmp_path: Path) -> Path:
    """A recipe's folder of its own; the table is there."""
    shutil.copytree(assembled / "results", tmp_path / "results")
    text = (assembled / "recipe.toml").read_text("utf-8")
    text = text.replace('output = "results"', f'output = "{tmp_path}/results"')
    for name in ("north", "east", "west", "reference"):
        text = text.replace(f'"{name}/manifest.toml"', f'"{assembled}/{name}/manifest.toml"')
        text = text.replace(f'folder = "{name}"', f'folder = "{assembled}/{name}"')
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    return tmp_path
