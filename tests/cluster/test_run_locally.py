"""The same work without a cluster: recipes, experiments, parts that fail."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.cluster.slurm_cluster import wait_for

from labelassemble.cli import main
from labelassemble.cluster.networks import freeze_recipe, plan_networks
from labelassemble.cluster.run_locally import run_locally
from labelassemble.cluster.slurm import print_nothing
from labelassemble.cluster.work import Work, WorkPart
from labelassemble.errors import RunError, SettingsError
from labelassemble.experiments.variants import change_settings
from labelassemble.recipe import read_recipe
from labelassemble.settings import Recipe


@pytest.fixture
def recipe(hospitals: Path) -> Recipe:
    return read_recipe(hospitals / "recipe.toml")


def test_a_run_in_parts_ends_in_a_report_and_at_once_again(
    hospitals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["submit", "run", str(hospitals / "recipe.toml"), "--local"]
    assert main(words) == 0
    assert "1 of 1: masked-seed0 ended with status 0" in capsys.readouterr().out
    best = hospitals / "results/runs/masked-seed0/checkpoints/best.ckpt"
    before = best.stat().st_mtime_ns
    assert (hospitals / "results/report.html").is_file()
    assert main(words) == 0
    assert "1 network, 1 of them finished before" in capsys.readouterr().out
    assert best.stat().st_mtime_ns == before
    # Finished networks of other settings are not taken for these.
    assert main([*words, "--losses.temperature", "3"]) == 2
    assert "losses.temperature = 3.0 (there: 4.0)" in capsys.readouterr().err


def test_every_network_is_a_part_and_no_other(recipe: Recipe) -> None:
    several = recipe.model_copy(update={"methods": ("single", "masked"), "seeds": (0, 1)})
    work = plan_networks(several, None, print)
    names = [part.name for part in work.parts]
    assert len(names) == len(set(names)) == 8
    assert "single-east-seed1" in names
    for place, part in enumerate(work.parts):
        assert part.words[0] == "train"
        assert part.words[2:] == ("--cluster.tasks", "8", "--cluster.task", str(place))


def test_parts_of_an_experiment_are_its_networks(recipe: Recipe) -> None:
    asked = {"experiment.variants": ("masked", "label-assemble"), "experiment.seeds": (0, 1)}
    work = plan_networks(change_settings(recipe, asked), "partial-labels", print)
    assert [len(wave) for wave in work.waves] == [4]
    assert {part.words[:2] for part in work.parts} == {("experiment", "partial-labels")}
    several = change_settings(recipe, {"training.devices": 2})
    with pytest.raises(SettingsError, match="one device for each network"):
        plan_networks(several, "partial-labels", print)


def test_students_wait_for_their_teachers(recipe: Recipe) -> None:
    asked = {"experiment.variants": ("masked", "student"), "experiment.seeds": (0,)}
    work = plan_networks(change_settings(recipe, asked), "partial-labels", print)
    first, second = work.waves
    assert second
    assert not {part.name for part in first} & {part.name for part in second}


def test_parts_read_the_recipe_with_all_that_the_command_line_said(recipe: Recipe) -> None:
    changed = change_settings(recipe, {"training.epochs": 3, "cluster.partition": "gpu"})
    assert read_recipe(freeze_recipe(changed, None)) == changed


def test_a_part_that_fails_stops_no_other_and_is_told(tmp_path: Path) -> None:
    parts = (
        WorkPart("good", ("vocabulary",)),
        WorkPart("wrong", ("sources", "nowhere")),
        WorkPart("given", ("vocabulary",), tmp_path / "absent"),
    )
    (tmp_path / "absent").write_text("")
    said: list[str] = []
    with pytest.raises(RunError, match=r"1 not: wrong \(no manifest 'nowhere'") as caught:
        run_locally(Work(tmp_path, (parts,), print_nothing), 2, said.append)
    assert "the same command again" in str(caught.value)
    assert len(said) == 3
    assert (tmp_path / "good.status").read_text() == "0\n"


def test_not_more_at_once_than_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
    pipes = [tmp_path / "a.pipe", tmp_path / "b.pipe"]
    for pipe in pipes:
        os.mkfifo(pipe)
    parts = tuple(WorkPart(pipe.stem, ("--version",), pipe) for pipe in pipes)
    work = Work(tmp_path, (parts,), print_nothing)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_locally, work, 9, str)
        wait_for((tmp_path / "a.log").is_file, "the first part", tmp_path)
        # It waits for its pipe, and the second part for it.
        time.sleep(0.3)
        assert not (tmp_path / "b.log").exists()
        for pipe in pipes:
            pipe.write_bytes(b"")
        assert running.result() == 0


def test_several_machines_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"training\.nodes = 2"):
        run_locally(Work(tmp_path, (), print_nothing, machines=2), 1, str)


@pytest.mark.parametrize(
    ("name", "machines", "processes"), [("one_gpu", 1, 1), ("one_node", 1, 4), ("two_nodes", 2, 4)]
)
def test_recipes_of_clusters(
    name: str, machines: int, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELASSEMBLE_REAL_DATA", "/data")
    recipe = read_recipe(Path(__file__).parents[2] / f"recipes/cluster_{name}.toml")
    assert (recipe.training.nodes, recipe.training.devices) == (machines, processes)
    assert recipe.cluster.gpus == processes
    assert recipe.cluster.nodes >= machines
