"""The run's checkpoints, written aside and renamed: the last epoch's, and the best one's."""

import os
import shutil
from pathlib import Path

from lightning.pytorch import Trainer

from labelassemble.storage.write_aside import name_aside, put_in_place, write_aside
from labelassemble.training.run_folder import BEST, LAST


def save_checkpoints(trainer: Trainer, folder: Path, is_best: bool) -> None:
    """Save the whole state as ``last.ckpt``, and as ``best.ckpt`` too where it is the best.

    Holds weights, optimiser, epoch and step (from which the learning rate, the order of images
    and every view follow), best score so far, and the network's description. Every process calls
    it, with the same name aside; the first one writes. ``best.ckpt`` is renamed first: were the
    machine to stop between the two, the resumed run would make the same epoch, and the same best,
    again.
    """
    aside = name_aside(folder / LAST, locked=True)
    trainer.save_checkpoint(aside)
    if not trainer.is_global_zero:
        return
    if is_best:
        with write_aside(folder / BEST, locked=True) as best:
            best.unlink(missing_ok=True)
            # A second name for the same bytes costs nothing; not every file system has them.
            try:
                os.link(aside, best)
            except OSError:
                shutil.copyfile(aside, best)
    put_in_place(aside, folder / LAST)
