"""Every network that a recipe asks for, trained in turn."""

from pathlib import Path

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.lesion_finding import open_task
from labelassemble.evaluation.complete_card import tell_thresholds
from labelassemble.evaluation.fit_operation import write_run_operation
from labelassemble.images.store import ImageStore
from labelassemble.pipeline.plan_runs import plan_runs
from labelassemble.pipeline.progress import PlainProgress
from labelassemble.settings import Recipe
from labelassemble.training.run import train_network
from labelassemble.training.trainer import process_rank


def train_networks(recipe: Recipe, table: AssembledTable, store: ImageStore) -> list[Path]:
    """Train the planned networks; finished runs return at once, broken ones resume.

    Args:
        recipe: resolved settings; ``detection.task`` says what the networks predict.
        table: the assembled table.
        store: its decoded images; of volumes it holds none.

    Returns:
        The run folders, in the order of ``plan_runs``; those of ``cluster.task`` alone.
    """
    # Epochs are told by lines of their own, among which a bar would not stand still.
    progress = PlainProgress("Read images").update
    folders = []
    for run in plan_runs(recipe, table)[recipe.cluster.task :: recipe.cluster.tasks]:
        folder = recipe.output / "runs" / run.folder_name
        train_network(open_task(recipe, run, table, store, progress), folder)
        if recipe.detection.task == "diagnosis" and process_rank() == 0:
            write_run_operation(recipe, table, folder)
            tell_thresholds(folder)
        folders.append(folder)
    return folders
