"""What jobs of SLURM do; submitit carries these objects to them."""

import os
import signal
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelassemble.cluster.work import GOOD, Work, WorkPart, finish_work, run_part
from labelassemble.errors import LabelAssembleError, RunError

FINISH_LOG = "finish.log"


class Requeued(ABC):
    """A call that goes on where SLURM takes its machine away: the same call, from the queue."""

    @abstractmethod
    def __call__(self) -> int:
        """Do the work."""

    def checkpoint(self) -> Any:
        """Give submitit what goes into the queue again when the time limit is near."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


@dataclass(frozen=True)
class RunPart(Requeued):
    """One part of the work, as a job; every process of the job calls it."""

    part: WorkPart
    folder: Path

    def __call__(self) -> int:
        """Carry the part out.

        Raises:
            RunError: it did not end well; so the job is a failed one for SLURM too.
        """
        rank = int(os.environ.get("SLURM_PROCID", "0"))
        status = run_part(self.part, self.folder, rank=rank, before=_ignore_warning)
        if status not in GOOD:
            raise RunError(f"{self.part.name} done", f"status {status}", f"See {self.folder}")
        return status


@dataclass(frozen=True)
class Finish(Requeued):
    """What follows all parts, as a job; what it says goes to ``finish.log``."""

    work: Work

    def __call__(self) -> int:
        """Look at how the parts ended, and finish."""
        with (self.work.folder / FINISH_LOG).open("w", encoding="utf-8") as log:

            def say(words: str) -> None:
                log.write(f"{words}\n")
                log.flush()

            try:
                return finish_work(self.work, say)
            except LabelAssembleError as error:
                say(str(error))
                raise


def _ignore_warning() -> None:
    """Let the command work on where SLURM warns all processes of a job that its time ends.

    The warning is for submitit, which then puts the job into the queue again; it would end others.
    """
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
