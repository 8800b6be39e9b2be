"""Every network that a recipe asks for, trained in turn."""

from pathlib import Path

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.run import train_dense
from labelassemble.images.store import ImageStore
from labelassemble.pipeline.plan_runs import plan_runs
from labelassemble.pipeline.progress import PlainProgress
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.run import train


def train_networks(recipe: Recipe, table: AssembledTable, store: ImageStore) -> list[Path]:
    """Train every planned network; finished runs return at once, broken ones carry on.

    Args:
        recipe: resolved settings; ``detection.task`` says what the networks answer.
        table: the assembled table.
        store: its decoded pictures; of volumes it holds none.

    Returns:
        The run folders, in the order of ``plan_runs``.
    """
    return [
        _train(recipe, run, table, store, recipe.output / "runs" / run.folder_name)
        for run in plan_runs(recipe, table)
    ]


def _train(
    recipe: Recipe, run: RunSettings, table: AssembledTable, store: ImageStore, folder: Path
) -> Path:
    if recipe.detection.task == "diagnosis":
        return train(recipe, run, table, store, folder)
    pictures = store if recipe.detection.dimensions == 2 else None
    # Epochs are told by lines of their own, among which a bar would not stand still.
    progress = PlainProgress("Read images").update
    return train_dense(recipe, run, table, pictures, folder, progress)
