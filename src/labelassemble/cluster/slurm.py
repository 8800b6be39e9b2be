"""Work as jobs of a SLURM cluster, by submitit: an array a wave, then one job for what follows."""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from labelassemble.cluster.slurm_jobs import FINISH_LOG, Finish, RunPart
from labelassemble.cluster.work import Work, WorkPart, begin_work
from labelassemble.cluster_settings import JobSettings
from labelassemble.errors import RunError, SettingsError, plural, some

JOBS = "jobs.json"
OWN_JOB = "SLURM_JOB_ID"
REQUEUES = 10_000
"""So often a part that reaches its time limit goes on; as good as always."""


def in_a_job() -> bool:
    """Tell whether this process is part of a job of SLURM."""
    return OWN_JOB in os.environ


def submit_prepare(part: WorkPart, folder: Path, settings: JobSettings) -> str:
    """Submit one command as a job of its own, and give what to say of it.

    Raises:
        SettingsError, RunError: as ``submit_work``.
    """
    refuse_where_no_job_can_be(folder)
    work = Work(folder, ((part,),), print_nothing)
    begin_work(work)
    job = _submit(folder, [RunPart(part, folder)], settings, {"job_name": part.name})
    _note_jobs(folder, [job])
    return f"Job {job}: {part.name}, which submits the others. Its log: {folder / part.name}.log"


def submit_work(work: Work, settings: JobSettings) -> str:
    """Submit work, and give what to say of it; nobody has to wait here.

    Args:
        work: what there is to do.
        settings: what each job asks for.

    Raises:
        SettingsError: no SLURM here, or it refuses the jobs.
        RunError: earlier jobs of the same work are in the queue.
    """
    refuse_where_no_job_can_be(work.folder)
    begin_work(work)
    jobs: list[str] = []
    machines = {"nodes": work.machines, "ntasks_per_node": work.processes}
    for wave in filter(None, work.waves):
        asked = {
            "job_name": "labelassemble",
            "array_parallelism": max(1, settings.nodes // work.machines),
            **machines,
            **_after(jobs),
        }
        parts = [RunPart(part, work.folder) for part in wave]
        jobs.append(_submit(work.folder, parts, settings, asked))
        _note_jobs(work.folder, jobs)
    finish = {"job_name": "labelassemble-finish", **_after(jobs)}
    jobs.append(_submit(work.folder, [Finish(work)], settings, finish))
    _note_jobs(work.folder, jobs)
    several = f"{plural(len(work.parts), 'part')}, jobs {', '.join(jobs)}"
    return f"{several}. Logs: {work.folder}; in the end {FINISH_LOG}. The queue: squeue --me"


def refuse_where_no_job_can_be(folder: Path) -> None:
    """Refuse to submit where there is no SLURM, or where earlier jobs of this work still wait.

    Raises:
        SettingsError: no `sbatch`, or no answer from SLURM.
        RunError: earlier jobs are in the queue.
    """
    if shutil.which("sbatch") is None:
        raise SettingsError(
            "a machine from which jobs can be submitted to SLURM",
            "no program sbatch here",
            "Log in to the cluster, or add --local: the same work as processes of this machine",
        )
    file = folder / JOBS
    before = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    queued = _ask_slurm("squeue", "--me", "--noheader", "--format=%F").split()
    if there := [job for job in before if job in queued and job != own_job()]:
        raise RunError(
            f"no earlier jobs of the work in {folder}",
            f"in the queue: {some(there)}",
            f"Wait for their end, or end them: scancel {' '.join(there)}",
        )


def own_job() -> str | None:
    """Give the number of the job that this process belongs to; of an array that of all its jobs."""
    return os.environ.get("SLURM_ARRAY_JOB_ID", os.environ.get(OWN_JOB))


def print_nothing(say: Callable[[str], None]) -> int:
    """Follow with nothing."""
    return 0


def _ask_slurm(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise _refused(done.stderr)
    return done.stdout


def _refused(said: str) -> SettingsError:
    lines = [line.partition("error: ")[2] for line in said.splitlines() if "error: " in line]
    return SettingsError(
        "jobs that SLURM takes",
        "; ".join(dict.fromkeys(lines)) or said.strip() or f"no answer ({words_of_slurm()})",
        "Set the recipe's [cluster], or options such as --partition, to what `sinfo` shows, and "
        "give the same command again",
    )


def words_of_slurm() -> str:
    """Name the file that says where SLURM is."""
    return f"SLURM_CONF={os.environ.get('SLURM_CONF', '/etc/slurm/slurm.conf')}"


@contextmanager
def _outside_of_a_job() -> Iterator[None]:
    """Let a job that submits others not hand its own numbers on to them."""
    first = ("SLURM_", "SLURMD_", "SUBMITIT_") if in_a_job() else ()
    names = [name for name in os.environ if name.startswith(first) and name != "SLURM_CONF"]
    own = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(own)


def _after(jobs: Sequence[str]) -> dict[str, str]:
    return {"dependency": f"afterany:{jobs[-1]}"} if jobs else {}


def _note_jobs(folder: Path, jobs: Sequence[str]) -> None:
    (folder / JOBS).write_text(json.dumps(jobs), encoding="utf-8")


def _submit(
    folder: Path, calls: Sequence[Any], settings: JobSettings, asked: dict[str, Any]
) -> str:
    """Submit calls as one array, and give its number."""
    import submitit
    from submitit.core.utils import FailedJobError, FailedSubmissionError

    executor = submitit.SlurmExecutor(folder / "jobs", max_num_timeout=REQUEUES)
    further = dict(one.partition("=")[::2] for one in settings.sbatch)
    executor.update_parameters(
        time=settings.minutes,
        cpus_per_task=settings.cpus,
        gpus_per_node=settings.gpus or None,
        mem=None if settings.memory_gb is None else f"{round(settings.memory_gb * 1024)}M",
        partition=settings.partition,
        # Before the limit, so that a part of a minute is not ended as it begins.
        signal_delay_s=min(90, 15 * settings.minutes),
        stderr_to_stdout=True,
        additional_parameters={
            "requeue": True,
            **{name: value or True for name, value in further.items()},
        },
        **asked,
    )
    try:
        with _outside_of_a_job(), redirect_stderr(io.StringIO()):
            jobs = executor.submit_array(calls)
    except (FailedSubmissionError, FailedJobError) as error:
        raise _refused(str(error)) from error
    return str(jobs[0].job_id).partition("_")[0]
