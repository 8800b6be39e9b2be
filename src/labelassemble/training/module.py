"""One step of learning, and the answers on validation: what Lightning calls."""

import time
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from lightning.pytorch import LightningModule
from torch import Tensor

from labelassemble.errors import RunError
from labelassemble.images.augment_radiograph import draw_views, move_image, weak_and_strong
from labelassemble.images.batch import Batch
from labelassemble.inference.checkpoint_file import KEY, NetworkDescription
from labelassemble.losses.bce import bce_loss
from labelassemble.losses.total import LossParts, total_loss
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.class_mean import class_mean
from labelassemble.model.network import Network
from labelassemble.settings import LossSettings, Recipe
from labelassemble.training.data_module import PictureData
from labelassemble.training.optimiser import build_optimiser, clip_gradients, learning_rate
from labelassemble.types import Image, StoredImage


class EpochSums(NamedTuple):
    """What an epoch's training steps come to, over all processes.

    Losses are means over pictures, before their weights but for the total; counts are of cells;
    times are a clock in seconds.
    """

    images: float
    total_loss: float
    bce_loss: float
    pseudo_loss: float
    consist_loss: float
    known_count: float
    unknown_count: float
    seconds: float


class AnswerModule(LightningModule):
    """A network, the views that it sees, and the loss that it lowers.

    The weak and the strong view of a batch go through the network in one pass, so BatchNorm takes
    its statistics from both. ``masked`` and ``single`` see the weak view alone. Nothing is logged
    per step and nothing is copied to the CPU: sums stay on the device until the epoch ends.

    Everything random is drawn from generators that are seeded by run, epoch, step and process, so
    a resumed run goes on as if it had not stopped.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        description: NetworkDescription,
        data: PictureData,
    ) -> None:
        super().__init__()
        self.network, self.recipe = network, recipe
        self.description, self.data = description, data
        self.answers: list[tuple[Tensor, Tensor]] = []
        self.validation_score: float | None = None
        self.last_learning_rate = self.began = 0.0
        self.epoch_sums: EpochSums | None = None

    def on_fit_start(self) -> None:
        """Put on the device what every step needs; buffers would be overwritten by DDP."""
        self.threshold = class_thresholds(self.recipe.losses, self.description.classes).to(
            self.device
        )
        self.sums = torch.zeros(len(EpochSums._fields) - 1, device=self.device, dtype=torch.float64)

    def on_train_epoch_start(self) -> None:
        """Forget the last epoch; layers that draw (dropout) get a state that resumes with it."""
        self.data.start_epoch(self.current_epoch)
        torch.manual_seed(self._seed(0))
        self.sums.zero_()
        self.validation_score = None
        self.began = time.perf_counter()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Draw the views of a batch and give its loss."""
        image = scale_grey(batch.image)
        generator = torch.Generator().manual_seed(self._seed(batch_idx + 1))
        views = draw_views(generator, len(image), image.shape[-1], self.recipe.augment)
        if self.description.method == "label-assemble":
            both = torch.cat(weak_and_strong(image, views))
            weak_logit, strong_logit = self.network(both).chunk(2)
            parts = self._compare_views(weak_logit, strong_logit, batch, batch_idx)
        else:
            logit = self.network(move_image(image, views.weak))
            bce = bce_loss(logit, batch.label, batch.known)
            zero = torch.zeros_like(bce)
            parts = LossParts(self.recipe.losses.bce_weight * bce, bce, zero, zero)
        self._add(parts, batch)
        return parts.total

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Set this step's learning rate and clip the gradients."""
        training = self.recipe.training
        steps = int(self.trainer.num_training_batches) * training.epochs
        self.last_learning_rate = learning_rate(self.trainer.global_step, steps, training)
        for group in optimizer.param_groups:
            group["lr"] = self.last_learning_rate
        assert isinstance(self.trainer.model, torch.nn.Module)
        clip_gradients(self.trainer.model, training.gradient_clip)

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_idx: int) -> None:
        """After the last batch, fetch the sums: the one wait of the epoch."""
        if batch_idx + 1 == self.trainer.num_training_batches:
            added = self.trainer.strategy.reduce(self.sums, reduce_op="sum").tolist()
            images, *losses, known, unknown = added
            total, bce, pseudo, consist = (loss / images for loss in losses)
            seconds = time.perf_counter() - self.began
            self.epoch_sums = EpochSums(
                images, total, bce, pseudo, consist, known, unknown, seconds
            )

    def on_validation_start(self) -> None:
        """Give all processes the running statistics of the first, which are the ones saved."""
        if self.trainer.world_size > 1:
            for buffer in self.network.buffers():
                torch.distributed.broadcast(buffer, src=0)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Answer for a batch of validation pictures."""
        self.answers.append((batch.row, self.network(scale_grey(batch.image)).float()))

    def on_validation_epoch_end(self) -> None:
        """Score what all processes answered: the mean AUROC over classes that can be scored."""
        row, logit = (torch.cat(parts) for parts in zip(*self.answers, strict=True))
        self.answers.clear()
        if self.trainer.world_size > 1:
            row, logit = self._gather(row), self._gather(logit)
        self.validation_score = self._score(row.cpu().numpy(), logit.sigmoid().cpu().numpy())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; ``on_before_optimizer_step`` sets its rate."""
        return build_optimiser(self.network, self.recipe.training)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Say what is needed to build the network again."""
        checkpoint[KEY] = self.description.model_dump(mode="json")

    def _seed(self, *place: int) -> int:
        """A seed for this epoch, place and process, unlike any other's."""
        words = (self.description.seed, self.current_epoch, self.global_rank, *place)
        return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))

    def _compare_views(
        self, weak_logit: Tensor, strong_logit: Tensor, batch: Batch, batch_idx: int
    ) -> LossParts:
        losses = self.recipe.losses
        epochs = self.current_epoch + batch_idx / int(self.trainer.num_training_batches)
        rise = warm_up_factor(epochs, losses.warm_up_epochs)
        return total_loss(
            weak_logit,
            strong_logit,
            batch.label,
            batch.known,
            temperature=losses.temperature,
            threshold=self.threshold,
            bce_weight=losses.bce_weight,
            pseudo_weight=losses.pseudo_weight * rise,
            consist_weight=losses.consist_weight * rise,
            cells=losses.cells,
            detach_pseudo_label=losses.detach_pseudo_label,
            distance=losses.distance,
            bce_views=losses.bce_views,
        )

    @torch.no_grad()
    def _add(self, parts: LossParts, batch: Batch) -> None:
        images = len(batch.row)
        known = batch.known.sum()
        self.sums[1:5] += torch.stack(parts).double() * images
        self.sums[5] += known
        self.sums[6] += batch.known.numel() - known
        self.sums[0] += images

    def _gather(self, own: Tensor) -> Tensor:
        gathered = self.all_gather(own)
        assert isinstance(gathered, Tensor)
        return gathered.flatten(0, 1)

    def _score(self, row: np.ndarray, answer: np.ndarray) -> float | None:
        if not np.isfinite(answer).all():
            raise diverged(self.current_epoch, "answers", self.recipe.training.learning_rate)
        # Pictures that two processes answered, to make their shares equal, count once.
        rows, first = np.unique(row, return_index=True)
        labels = self.data.labels
        by_class = class_auroc(answer[first], labels.label[rows], labels.known[rows])
        mean = class_mean(by_class)
        return mean.score if mean.covered else None


def scale_grey(image: StoredImage) -> Image:
    """Make grey values in [0, 1] of stored ones, on their device."""
    return image[:, None].float() / 255.0


def warm_up_factor(epochs: float, warm_up_epochs: float) -> float:
    """How much of their weight L_pseudo and L_consist have after ``epochs``.

    >>> [warm_up_factor(epochs, 2.0) for epochs in (0.0, 0.5, 3.0)]
    [0.0, 0.25, 1.0]
    >>> warm_up_factor(0.0, 0.0)
    1.0
    """
    return min(1.0, epochs / warm_up_epochs) if warm_up_epochs else 1.0


def class_thresholds(losses: LossSettings, classes: tuple[str, ...]) -> Float[Tensor, " classes"]:
    """Give tau of every class."""
    return torch.tensor([losses.threshold_by_class.get(name, losses.threshold) for name in classes])


def diverged(epoch: int, what: str, rate: float) -> RunError:
    """The error that says that training ran away."""
    return RunError(
        f"finite {what} in epoch {epoch + 1}",
        "nan or infinity: the training diverged",
        f"Lower training.learning_rate (now {rate:g}) and start again with --training.resume "
        "false; checkpoints of earlier epochs are in the run folder",
    )
