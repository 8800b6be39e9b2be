"""Learning with prototypes: the stages of XProtoNet around each epoch and step."""

from typing import Any

import torch
from torch import Tensor

from labelassemble.images.scale_grey import scale_grey
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.model.network import Network
from labelassemble.model.prototype_head import PrototypeHead
from labelassemble.settings import Recipe
from labelassemble.training.data_module import ImageData
from labelassemble.training.module import TrainingModule
from labelassemble.training.prototype_stages import (
    PrototypeStage,
    check_prototypes,
    forget_other_gradients,
    replace_prototypes,
    stage_of,
)
from labelassemble.types import Feature


class PrototypeModule(TrainingModule):
    """A ``TrainingModule`` whose epochs have stages (``prototype_stages.py``).

    Epochs whose prototypes are no training images are chosen only where there is no other.

    Raises:
        RunError, SettingsError: as ``check_prototypes``.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        description: NetworkDescription,
        data: ImageData,
    ) -> None:
        super().__init__(network, recipe, description, data)
        self.store = data.store
        check_prototypes(data.labels, recipe.training.epochs, recipe.training.prototypes)

    @property
    def stage(self) -> PrototypeStage:
        """Of the epoch that runs."""
        return stage_of(self.current_epoch, self.recipe.training.prototypes)

    @property
    def choice_score(self) -> float | None:
        """The validation score, less 1 where prototypes are no training images."""
        score = self.validation_score
        return score if score is None or self.stage == "weights" else score - 1.0

    def on_train_epoch_start(self) -> None:
        """Replace the prototypes where their weights are about to learn."""
        super().on_train_epoch_start()
        settings, epoch = self.recipe.training.prototypes, self.current_epoch
        if self.stage == "weights" and stage_of(epoch - 1, settings) != "weights":
            look = self._look if self.features is None else self.read_features
            batch_size = self.recipe.evaluation.batch_size
            replace_prototypes(self.network, self.data.labels, look, batch_size)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Keep running statistics as they are while the weights alone learn."""
        super().on_train_batch_start(batch, batch_idx)
        self.network.backbone.train()
        if self.stage == "weights":
            self.network.backbone.layers.eval()

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Let only what belongs to the stage learn."""
        forget_other_gradients(self.network, self.stage)
        super().on_before_optimizer_step(optimizer)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Keep weights from becoming negative: a likeness speaks for its class."""
        head = self.network.head
        assert isinstance(head, PrototypeHead)
        with torch.no_grad():
            head.share.clamp_(min=0.0)
        super().on_train_batch_end(outputs, batch, batch_idx)

    def _look(self, row: Tensor) -> Feature:
        """Compute the features of images, by their rows in the labels."""
        places = self.store.find_rows([self.data.labels.record[one] for one in row.tolist()])
        stored = torch.from_numpy(self.store.read(places)).to(self.device)
        feature: Feature = self.network.backbone(scale_grey(stored))
        return feature
