"""Settings of work that is shared out, to machines of a cluster or to processes of this one."""

from typing import Annotated

from pydantic import Field, model_validator

from labelassemble.setting_types import Count, Positive, Settings


class JobSettings(Settings):
    """What each part of the work asks SLURM for."""

    nodes: Count = 1
    """Machines at once; with `local` processes at once, not more than there are cores. A network is
    a part of the work; of `submit predict` so many parts are made of the files."""
    local: bool = False
    """Without SLURM: the same parts as processes of this machine."""
    partition: str | None = None
    """Where jobs go; none: the cluster's default (`sinfo` marks it with a star)."""
    minutes: Count = 1440
    """Longest time of a job; a part that reaches it is put into the queue again and goes on."""
    gpus: Annotated[int, Field(ge=0)] = 0
    """GPUs on each machine; 0: none is asked for."""
    cpus: Count = 4
    """Processor cores of each process."""
    memory_gb: Positive | None = None
    """Memory on each machine; none: the cluster's default."""
    sbatch: tuple[str, ...] = ()
    """Further options of sbatch, such as account=chest constraint=a100."""


class ClusterSettings(JobSettings):
    """How `labelassemble submit` shares a recipe's networks out."""

    tasks: Count = 1
    """Of all networks `train` and `experiment` train every so many-th one, beginning with `task`;
    an experiment makes no page before all are there. `submit` gives each part its own."""
    task: Annotated[int, Field(ge=0)] = 0
    """Which of the `tasks`, from 0."""

    @model_validator(mode="after")
    def _task_is_one_of_them(self) -> "ClusterSettings":
        if self.task >= self.tasks:
            raise ValueError(f"task: 0 to {self.tasks - 1}, as tasks = {self.tasks}")
        return self
