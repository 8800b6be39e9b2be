"""The run's checkpoints, written aside and renamed: the last epoch's, and the best one's."""

import os
import shutil
from pathlib import Path

from lightning.pytorch import Trainer

from labelassemble.training.run_folder import BEST, LAST
from labelassemble.write_aside import force_to_disk


def save_checkpoints(trainer: Trainer, folder: Path, is_best: bool) -> None:
    """Save the whole state as ``last.ckpt``, and as ``best.ckpt`` too where it is the best.

    Holds weights, optimiser, epoch and step (from which the learning rate, the order of images
    and every view follow), best score so far, and the network's description. Every process calls
    it, with the same name aside; the first one writes. ``best.ckpt`` is renamed first: were the
    machine to stop between the two, the resumed run would make the same epoch, and the same best,
    again.
    """
    aside = folder / f".{LAST}.aside"
    trainer.save_checkpoint(aside)
    if not trainer.is_global_zero:
        return
    force_to_disk(aside)
    if is_best:
        best = folder / f".{BEST}.aside"
        best.unlink(missing_ok=True)
        # A second name for the same bytes costs nothing; not every file system has them.
        try:
            os.link(aside, best)
        except OSError:
            shutil.copyfile(aside, best)
        best.replace(folder / BEST)
    aside.replace(folder / LAST)
    force_to_disk(folder)
