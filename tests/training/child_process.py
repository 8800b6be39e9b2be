"""A training in a process of its own, which a test may kill: FOLDER [EPOCH, to be killed in]."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from labelassemble.assembly.table_folder import read_assembled
from labelassemble.images.build_store import build_store
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training import fit, model_choice
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.run import train_network


def main(folder: Path, store_folder: Path, killed_in: int | None) -> None:
    torch.set_num_threads(1)
    recipe = Recipe.model_validate_json((folder / "recipe.json").read_text())
    table = read_assembled(folder / "assembled")
    files = {name: Path(path) for name, path in table.records.select("record", "path").rows()}
    store = build_store(files, recipe.images, store_folder)
    if killed_in is not None:

        class Killed(model_choice.ModelChoice):
            def on_train_batch_end(self, trainer: Any, *arguments: Any) -> None:
                if trainer.current_epoch == killed_in:
                    os.kill(os.getpid(), signal.SIGKILL)

        fit.ModelChoice = Killed  # type: ignore[misc]
    train_network(Diagnosis(recipe, RunSettings(), table, store), folder / "run")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
