"""A network with its first weights, and its training with Lightning, pooled or dense."""

from pathlib import Path
from typing import Any

import torch

from labelassemble.errors import RunError
from labelassemble.inference.checkpoint_file import (
    NetworkDescription,
    describe_network,
    read_checkpoint,
)
from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.settings import Recipe
from labelassemble.storage.write_aside import write_aside, write_text
from labelassemble.training.csv_log import LOG_COLUMNS, keep_rows
from labelassemble.training.fine_tune import prepare_fine_tuning
from labelassemble.training.lineage import find_checkpoint
from labelassemble.training.mlflow_log import MlflowLog
from labelassemble.training.model_choice import CHOICE_KEY, EpochLog, ModelChoice, epochs_done
from labelassemble.training.new_classes import (
    find_new_classes,
    learn_classes_only,
    untrained_checkpoint,
)
from labelassemble.training.progress import EpochLines
from labelassemble.training.run_folder import (
    BEST,
    CHECKPOINTS,
    LAST,
    LOG,
    TENSORBOARD,
    describe_settings,
)
from labelassemble.training.same_run import flatten_settings
from labelassemble.training.start_network import start_network
from labelassemble.training.task import Task
from labelassemble.training.tensorboard_log import TensorboardLog
from labelassemble.training.trainer import build_trainer, process_rank, quiet_lightning
from labelassemble.weights_settings import InputSettings


def fit_network(
    task: Task,
    description: NetworkDescription,
    folder: Path,
    lines: EpochLines,
    checkpoint: dict[str, Any] | None,
) -> None:
    """Train a network to its last epoch; logs and checkpoints lie in the run folder.

    The caller's random state is left as it was. Where new classes alone learn and there is none,
    the network is that which it starts from.

    Args:
        task: what is learned.
        description: of the network.
        folder: the run folder.
        lines: what the user sees.
        checkpoint: the last one of a run that was broken off; None: from the beginning.
    """
    recipe = task.recipe
    new = find_new_classes(recipe, description.classes)
    if new == ():
        network = build_first(recipe, description)
        save_untrained(network, describe_scale(description, network), folder / CHECKPOINTS)
        return
    data = task.make_data(description.seed)
    done = 0 if checkpoint is None else epochs_done(checkpoint)
    logs: list[EpochLog] = []
    if process_rank() == 0:
        keep_rows(folder / LOG, done)
        logs = _open_logs(task, folder, done, lines)
        if done:
            lines.write_line(f"resuming after epoch {done}")
    choice = ModelChoice(folder, recipe.training, lines, logs)
    devices = range(torch.cuda.device_count())
    try:
        with quiet_lightning(), torch.random.fork_rng(devices):
            trainer = build_trainer(recipe.training, folder, [choice], task.validates())
            torch.manual_seed(description.seed)
            path = None if checkpoint is None else folder / CHECKPOINTS / LAST
            network = build_first(recipe, description, path)
            description = describe_scale(description, network)
            prepare_fine_tuning(network, recipe.training.fine_tune)
            if new is not None:
                learn_classes_only(network, new)
            on_gpu = trainer.strategy.root_device.type == "cuda"
            learner = task.make_learner(network, description, data, on_gpu)
            trainer.fit(learner, datamodule=data, ckpt_path=path, weights_only=True)
    finally:
        for log in logs:
            log.close()


def _open_logs(task: Task, folder: Path, done: int, lines: EpochLines) -> list[EpochLog]:
    """Open what is logged to beside ``log.csv``."""
    asked, logs = task.recipe.training, list[EpochLog]()
    if asked.tensorboard:
        logs.append(TensorboardLog(folder / TENSORBOARD, done))
    if asked.mlflow is not None:
        settings = flatten_settings(describe_settings(task.recipe, task.run))
        log = MlflowLog(asked.mlflow, folder, task.recipe.name, settings, lines.write_line)
        logs.append(log)
    return logs


def build_first(
    recipe: Recipe, description: NetworkDescription, last: Path | None = None
) -> Network:
    """Make the network with its first weights, without touching the caller's random state.

    Args:
        recipe: all settings.
        description: of the network.
        last: the checkpoint that the run resumes from, whose weights Lightning loads; None: it
            begins.

    Raises:
        ModelError: as ``build_network``.
        RunError: as ``start_network``, or ``model.input`` is not that of the network to start from.
    """
    start = recipe.training.start_from if last is None else None
    if start is not None:
        start = find_checkpoint(start)
    model = recipe.model
    if last is not None:
        model = model.model_copy(update={"query_start": "random"})
    if before := last or start:
        # Its weights take images as they did there, whatever its own first weights came from.
        own = describe_network(read_checkpoint(before), before).model.input
        if model.input not in (InputSettings(), own) and last is None:
            raise RunError(
                f"images scaled as in {before}, which training.start_from names",
                "model.input is set otherwise",
                "Leave model.input out",
            )
        forgotten = {"pretrained": None, "sha256": None, "region_pretrained": None}
        model = model.model_copy(update={**forgotten, "input": own})
    network = build_network(
        model,
        description.method,
        description.classes,
        sources=description.sources,
        detection=description.detection,
    )
    if start is not None:
        start_network(network, start, description)
    return network


def save_untrained(network: Network, description: NetworkDescription, folder: Path) -> None:
    """Save a network that has nothing to learn, where a training would have left its last and best.

    Args:
        network: as it began.
        description: of it.
        folder: of the run's checkpoints.
    """
    content = untrained_checkpoint(network, description)
    content[CHOICE_KEY] = {"best_score": None, "best_epoch": -1}
    for name in (BEST, LAST):
        with write_aside(folder / name) as aside:
            torch.save(content, aside)
    write_text(",".join(LOG_COLUMNS) + "\n", folder.with_name(LOG))


def describe_scale(description: NetworkDescription, network: Network) -> NetworkDescription:
    """Say in full how the network's images are scaled, so that no weights file is asked again."""
    told = {"input": network.backbone.to_settings()}
    return description.model_copy(update={"model": description.model.model_copy(update=told)})
