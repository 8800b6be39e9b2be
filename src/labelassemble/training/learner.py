"""What every training has in common, whether its predictions are pooled or dense."""

import time
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

from labelassemble.errors import DivergedError
from labelassemble.inference.checkpoint_file import (
    CHECKPOINT_KEY,
    PREFIX,
    NetworkDescription,
    network_weights,
)
from labelassemble.losses.total import LossParts, known_losses, total_loss
from labelassemble.losses.unknown_as_negative import unknown_as_negative
from labelassemble.model.network import Network
from labelassemble.settings import Recipe, choose_bce_views
from labelassemble.training.averaged_weights import AveragedWeights
from labelassemble.training.class_thresholds import class_thresholds
from labelassemble.training.csv_log import DenseRow, EpochRow
from labelassemble.training.epoch_data import EpochData, count_views
from labelassemble.training.optimiser import (
    build_optimiser,
    clip_gradients,
    forget_gradients,
    learning_rate,
)
from labelassemble.types import Index, Known, Label, LogitMap

LEARNING = "learning_weights"
"""Key of a checkpoint whose network has averaged weights: those that learn."""


class EpochSums(NamedTuple):
    """What an epoch's training steps come to, over all processes.

    Losses are means over images, before their weights but for the total, which comes first; counts
    are of cells, which are voxels where predictions are dense; times are a clock in seconds.
    """

    images: float
    losses: tuple[float, ...]
    known_count: float
    unknown_count: float
    seconds: float


class Learner(LightningModule):
    """A network, what it is told of its data, its learning rate and its sums.

    Nothing is logged per step and nothing is copied to the CPU: sums stay on the device until the
    epoch ends. Everything random is drawn from generators that are seeded by run, epoch, step and
    process, so a resumed run goes on as if it had not stopped.

    Args:
        network: what learns.
        recipe: all settings.
        description: of the network, for its checkpoints.
        data: labels, and the order in which they come.
        losses: columns of the log for the losses that a step tells, the total first.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        description: NetworkDescription,
        data: EpochData,
        losses: Sequence[str],
    ) -> None:
        super().__init__()
        self.network, self.recipe = network, recipe
        self.description, self.data = description, data
        self.losses = tuple(losses)
        self.validation_score: float | None = None
        self.last_learning_rate = self.began = 0.0
        self.epoch_sums: EpochSums | None = None
        self._sharded = False
        self.averaged: AveragedWeights | None = None
        self.loaded_average: dict[str, Tensor] | None = None

    @abstractmethod
    def make_row(self, epoch: int, step: int) -> EpochRow | DenseRow:
        """Tell the epoch that has just ended, after validation."""

    def configure_model(self) -> None:
        """Give each process a part of the weights, where ``training.strategy`` is ``fsdp``.

        Blocks of a transformer, where most weights are, are gathered one at a time.
        """
        if self.recipe.training.strategy != "fsdp" or self._sharded:
            return
        self._sharded = True
        assert self.device_mesh is not None
        mesh = self.device_mesh["data_parallel"]
        for weight in self.network.parameters():
            weight.data = weight.data.contiguous()  # Some are laid out by channels.
        for module in list(self.network.backbone.modules()):
            if isinstance(module, nn.ModuleList | nn.Sequential):
                for block in module:
                    if any(True for _ in block.parameters()) and len(list(block.children())) > 1:
                        fully_shard(block, mesh=mesh)
        fully_shard(self.network, mesh=mesh)
        register_fsdp_forward_method(self.network, "predict_feature")

    def on_fit_start(self) -> None:
        """Put on the device what every step needs; buffers would be overwritten by DDP."""
        self.threshold = class_thresholds(self.recipe.losses, self.data.labels).to(self.device)
        self.sums = torch.zeros(len(self.losses) + 3, device=self.device, dtype=torch.float64)
        if decay := self.recipe.training.fine_tune.average_decay:
            self.averaged = AveragedWeights(self.network, decay, self.loaded_average)

    def on_train_epoch_start(self) -> None:
        """Forget the last epoch."""
        self.data.start_epoch(self.current_epoch)
        self.sums.zero_()
        self.validation_score = None
        self.began = time.perf_counter()

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Give layers that draw (dropout) a state that resumes with the run.

        Each step anew: between steps Lightning draws too, and not the same in a run that resumes.
        """
        torch.manual_seed(self.make_seed(0, batch_idx))

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Set this step's learning rate and clip the gradients."""
        training = self.recipe.training
        steps = int(self.trainer.num_training_batches) * training.epochs
        self.last_learning_rate = learning_rate(self.trainer.global_step, steps, training)
        for group in optimizer.param_groups:
            group["lr"] = self.last_learning_rate * group["share"]
        if self.current_epoch < training.fine_tune.norms_first:
            forget_gradients(self.network.backbone)
        assert isinstance(self.trainer.model, torch.nn.Module)
        clip_gradients(self.trainer.model, training.gradient_clip)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Follow the weights; after the last batch, fetch the sums: the one wait of the epoch."""
        if self.averaged is not None:
            self.averaged.update(self.trainer.global_step)
        if batch_idx + 1 == self.trainer.num_training_batches:
            added = self.trainer.strategy.reduce(self.sums, reduce_op="sum").tolist()
            images, *losses, known, unknown = added
            means = tuple(loss / images for loss in losses)
            seconds = time.perf_counter() - self.began
            self.epoch_sums = EpochSums(images, means, known, unknown, seconds)

    def on_validation_start(self) -> None:
        """Give all processes the running statistics of the first, which are the ones saved.

        Averaged weights, where there are any, predict instead of those that learn.
        """
        if self.trainer.world_size > 1:
            for buffer in self.network.buffers():
                torch.distributed.broadcast(buffer, src=0)
        if self.averaged is not None:
            self.averaged.swap()

    def on_validation_end(self) -> None:
        """Learn on with the weights that learn."""
        if self.averaged is not None:
            self.averaged.swap()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; ``on_before_optimizer_step`` sets its rate."""
        return build_optimiser(self.network, self.recipe.training)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Say what is needed to build the network again; averaged weights are the network's."""
        checkpoint[CHECKPOINT_KEY] = self.description.model_dump(mode="json")
        if self.averaged is not None:
            checkpoint[LEARNING] = checkpoint["state_dict"]
            average = self.averaged.average.items()
            checkpoint["state_dict"] = {PREFIX + name: tensor for name, tensor in average}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the weights that learn, and their average."""
        if LEARNING in checkpoint:
            self.loaded_average = network_weights(checkpoint)
            checkpoint["state_dict"] = checkpoint[LEARNING]

    @property
    def choice_score(self) -> float | None:
        """By which the epoch that has just ended is compared with others; None: no score."""
        return self.validation_score

    def make_seed(self, *place: int) -> int:
        """A seed for this epoch, place and process, unlike any other's."""
        words = (self.description.seed, self.current_epoch, self.global_rank, *place)
        return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))

    @property
    def sees_both(self) -> bool:
        """Whether the strong view goes through the network too."""
        return count_views(self.description.method, self.recipe.losses.bce_views) == 2

    def predict_views(
        self, views: Sequence[Tensor], source: Index, dense: bool = False
    ) -> tuple[LogitMap, ...]:
        """Logits of each view, in one pass, so that BatchNorm takes its statistics from all."""
        every = torch.cat(list(views))
        logits: Tensor = self.network(every, dense=dense, source=source.repeat(len(views)))
        return logits.chunk(len(views))

    def tell_epoch(self, epoch: int, step: int) -> dict[str, Any]:
        """Columns of the log that every training has, and its losses."""
        sums = self.epoch_sums
        assert sums is not None
        return {
            "epoch": epoch,
            "step": step,
            "learning_rate": self.last_learning_rate,
            **dict(zip(self.losses, sums.losses, strict=True)),
            "known_count": int(sums.known_count),
            "unknown_count": int(sums.unknown_count),
            "images_per_second": sums.images / sums.seconds,
        }

    def warm_up(self, step: int) -> float:
        """How much of their weight L_pseudo and L_consist have at this step of the epoch."""
        epochs = self.current_epoch + step / int(self.trainer.num_training_batches)
        return warm_up_factor(epochs, self.recipe.losses.warm_up_epochs)

    def lose(
        self,
        logits: Sequence[LogitMap],
        label: Label,
        known: Known,
        batch_idx: int,
        *,
        inside: Known | None = None,
        pseudo_logit: LogitMap | None = None,
        dice_weight: float = 0.0,
    ) -> LossParts:
        """The loss of a batch, as the run's method has it.

        Args:
            logits: logits, pooled or dense, on the weak view or on both.
            label: 1 present, 0 absent; anything where not known.
            known: which cells somebody labelled.
            batch_idx: step of the epoch.
            inside: as in ``total_loss``.
            pseudo_logit: likewise.
            dice_weight: likewise.
        """
        losses = self.recipe.losses
        if self.description.method == "label-assemble":
            rise = self.warm_up(batch_idx)
            weak_logit, strong_logit = logits
            return total_loss(
                weak_logit,
                strong_logit,
                label,
                known,
                temperature=losses.temperature,
                threshold=self.threshold,
                bce_weight=losses.bce_weight,
                pseudo_weight=losses.pseudo_weight * rise,
                consist_weight=losses.consist_weight * rise,
                dice_weight=dice_weight,
                cells=losses.cells,
                detach_pseudo_label=losses.detach_pseudo_label,
                distance=losses.distance,
                bce_views=choose_bce_views(losses.bce_views, self.description.method),
                inside=inside,
                pseudo_logit=pseudo_logit,
            )
        if self.description.method == "unknown-as-negative":
            label, known = unknown_as_negative(label, known)
        if inside is not None:
            known = known & inside
        bce, dice = known_losses(logits, label, known, dice_weight)
        zero = torch.zeros_like(bce)
        total = losses.bce_weight * bce + dice_weight * dice
        return LossParts(total, bce, zero, zero, dice)

    @torch.no_grad()
    def add_step(self, images: int, losses: Sequence[Tensor], known: Tensor, cells: Tensor) -> None:
        """Add a step to the epoch's sums.

        Args:
            images: how many there were.
            losses: their means over these, the total first.
            known: number of known cells.
            cells: number of cells.
        """
        self.sums[0] += images
        self.sums[1:-2] += torch.stack(list(losses)).double() * images
        self.sums[-2] += known
        self.sums[-1] += cells - known


def warm_up_factor(epochs: float, warm_up_epochs: float) -> float:
    """How much of their weight L_pseudo and L_consist have after ``epochs``.

    >>> [warm_up_factor(epochs, 2.0) for epochs in (0.0, 0.5, 3.0)]
    [0.0, 0.25, 1.0]
    >>> warm_up_factor(0.0, 0.0)
    1.0
    """
    return min(1.0, epochs / warm_up_epochs) if warm_up_epochs else 1.0


def diverged(epoch: int, what: str, rate: float) -> DivergedError:
    """The error that says that training ran away."""
    return DivergedError(
        f"finite {what} in epoch {epoch + 1}",
        "nan or infinity: the training diverged",
        f"Lower training.learning_rate (now {rate:g}) and start again with "
        "--training.no-resume; checkpoints of earlier epochs are in the run folder",
    )
