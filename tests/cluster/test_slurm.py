"""On a real cluster: what is submitted, what is refused, what goes on where machines are lost."""

import json
import os
import re
import threading
from pathlib import Path

import polars as pl
import pytest
from tests.cluster.slurm_cluster import ask, wait_for

from labelassemble.cli import main
from labelassemble.cluster.slurm import JOBS, print_nothing, submit_work
from labelassemble.cluster.slurm_jobs import FINISH_LOG
from labelassemble.cluster.work import Work, WorkPart
from labelassemble.cluster_settings import JobSettings
from labelassemble.errors import RunError

SMALL = JobSettings(nodes=2, cpus=1, minutes=5)


def queue() -> list[str]:
    return ask("squeue", "--me", "--noheader", "--format=%i").split()


def wait_for_end(folder: Path) -> str:
    """Wait until no job is left; what the last one said."""
    wait_for(lambda: not queue(), "an empty queue", folder)
    log = folder / FINISH_LOG
    return log.read_text("utf-8") if log.is_file() else ""


def waiting_work(folder: Path) -> tuple[Work, Path]:
    """Two parts, one of which waits until somebody writes into a pipe."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    parts = WorkPart("quick", ("vocabulary",)), WorkPart("waits", ("vocabulary",), pipe)
    return Work(folder / "work", (parts,), print_nothing), pipe


def open_pipe(pipe: Path) -> None:
    threading.Thread(target=lambda: pipe.write_bytes(b""), daemon=True).start()


def running(job: str) -> bool:
    return ask("squeue", "--jobs", job, "--noheader", "--format=%T").strip() == "RUNNING"


def last_jobs(work: Work) -> list[str]:
    return json.loads((work.folder / JOBS).read_text("utf-8"))


@pytest.mark.usefixtures("slurm")
def test_a_cancelled_part_is_told_and_the_same_work_goes_on(tmp_path: Path) -> None:
    work, pipe = waiting_work(tmp_path)
    said = submit_work(work, SMALL)
    assert "2 parts" in said
    (array, _) = last_jobs(work)
    wait_for((work.folder / "quick.status").is_file, "the quick part", work.folder)
    with pytest.raises(RunError, match=rf"Got      in the queue: {array}"):
        submit_work(work, SMALL)
    ask("scancel", "--full", "--signal=KILL", f"{array}_1")
    told = wait_for_end(work.folder)
    assert "all 2 parts of the work done" in told
    assert "1 not: waits (it never ended" in told
    assert "the same command again" in told
    submit_work(work, SMALL)
    open_pipe(pipe)
    assert wait_for_end(work.folder) == ""
    assert (work.folder / "waits.status").read_text() == "0\n"


@pytest.mark.usefixtures("slurm")
def test_a_part_near_its_time_limit_goes_back_to_the_queue(tmp_path: Path) -> None:
    work, pipe = waiting_work(tmp_path)
    submit_work(work, SMALL)
    job = f"{last_jobs(work)[0]}_1"
    wait_for((work.folder / "quick.status").is_file, "the quick part", work.folder)
    ask("scancel", "--signal=USR2", job)
    wait_for(lambda: "Restarts=1" in ask("scontrol", "show", "job", job), "a requeue", work.folder)
    wait_for(lambda: running(job), "a second start", work.folder)
    open_pipe(pipe)
    assert wait_for_end(work.folder) == ""


@pytest.mark.usefixtures("slurm")
def test_a_network_on_a_lost_machine_goes_on_elsewhere(hospitals: Path) -> None:
    epochs = 12
    words = [str(hospitals / "recipe.toml"), "--training.epochs", str(epochs), "--nodes", "2"]
    assert main(["submit", "run", *words]) == 0
    run, folder = hospitals / "results/runs/masked-seed0", hospitals / "results/cluster/run"
    wait_for((run / "checkpoints/last.ckpt").is_file, "an epoch", folder)
    array, finish = json.loads((folder / JOBS).read_text("utf-8"))
    ask("scancel", finish)
    node = ask("squeue", "--jobs", array, "--noheader", "--format=%N").strip()
    ask("scontrol", "update", f"nodename={node}", "state=down", "reason=lost")
    try:
        wait_for_end(folder)
    finally:
        ask("scontrol", "update", f"nodename={node}", "state=resume")
    assert (folder / "masked-seed0.status").read_text() == "0\n"
    assert re.search(r"resum\w+ after epoch \d", (folder / "masked-seed0.log").read_text("utf-8"))
    assert pl.read_csv(run / "log.csv")["epoch"].to_list() == list(range(epochs))


@pytest.mark.usefixtures("slurm")
def test_a_job_assembles_and_submits_the_others(
    hospitals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["submit", "run", str(hospitals / "recipe.toml"), "--output", str(hospitals / "new")]
    assert main(words) == 0
    assert "prepare, which submits the others" in capsys.readouterr().out
    folder = hospitals / "new/cluster/run"
    (prepare,) = json.loads((folder / JOBS).read_text("utf-8"))
    wait_for(lambda: prepare not in queue(), "the table", folder)
    jobs = json.loads((folder / JOBS).read_text("utf-8"))
    assert len(jobs) == 2, (folder / "prepare.log").read_text("utf-8")
    assert (hospitals / "new/assembled/assembled.json").is_file()
    ask("scancel", *jobs)
    wait_for(lambda: not queue(), "an empty queue", folder)


@pytest.mark.usefixtures("slurm")
def test_one_network_on_two_machines(hospitals: Path) -> None:
    words = [str(hospitals / "recipe.toml"), "--training.nodes", "2", "--nodes", "2"]
    assert main(["submit", "run", *words, "--training.accelerator", "cpu"]) == 0
    folder = hospitals / "results/cluster/run"
    array, finish = json.loads((folder / JOBS).read_text("utf-8"))
    ask("scancel", finish)
    assert "NumNodes=2" in ask("scontrol", "show", "job", array)
    wait_for_end(folder)
    assert (folder / "masked-seed0.status").read_text() == "0\n"
    assert (folder / "masked-seed0.1.log").is_file()
    assert (hospitals / "results/runs/masked-seed0/done.json").is_file()


@pytest.mark.usefixtures("slurm")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--partition", "nowhere"], "invalid partition specified: nowhere"),
        (["--cluster.memory-gb", "1000000"], "Memory specification can not be satisfied"),
        (["--cluster.sbatch", "dependency=nonsense"], "Job dependency problem"),
    ],
)
def test_what_slurm_refuses_is_told_in_three_lines(
    hospitals: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["submit", "run", str(hospitals / "recipe.toml"), *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert [line.split()[0] for line in error.splitlines()] == ["Expected", "Got", "Do"]
    assert queue() == []
    assert not (hospitals / "results/cluster/run" / JOBS).exists()


def test_no_cluster_here(
    hospitals: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(hospitals))
    assert main(["submit", "run", str(hospitals / "recipe.toml")]) == 2
    assert "no program sbatch here" in capsys.readouterr().err
    assert not (hospitals / "results/cluster").exists()
