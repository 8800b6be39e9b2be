"""Learning with region proposals: the two stages of Hermoza 2020 around each epoch and step."""

from collections.abc import Sequence

import torch

from labelassemble.errors import SettingsError
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.losses.region_loss import region_loss
from labelassemble.model.network import Network
from labelassemble.model.region_boxes import draw_gumbel
from labelassemble.model.region_head import RegionHead
from labelassemble.model.saliency_head import SaliencyHead
from labelassemble.settings import LossSettings, Recipe
from labelassemble.training.data_module import ImageData
from labelassemble.training.head_terms import Asked, HeadTerms
from labelassemble.training.module import TrainingModule
from labelassemble.training.optimiser import forget_gradients
from labelassemble.types import Logit, Scalar


def region_terms(
    network: Network, asked: Asked, losses: LossSettings
) -> tuple[tuple[Logit, ...], Scalar]:
    """Predict with the first stage, and give the loss of what crops of chosen regions add to it.

    The gradient of a choice is that of a Gumbel-softmax; the noise is drawn from the step's own
    generator.
    """
    head = network.head
    assert isinstance(head, SaliencyHead)
    assert isinstance(head.regions, RegionHead)
    assert network.pooling is not None
    image = torch.cat(list(asked.views))
    inner, saliency = head.show(network.backbone(image))
    logit: Logit = network.pooling(saliency)
    many = len(head.regions.proposals.anchor)
    noise = draw_gumbel((*logit.shape, many), asked.generator).to(logit)
    crop_logit = head.regions(image, inner, saliency, noise)
    several = len(asked.views)
    label, known = asked.label.repeat(several, 1), asked.known.repeat(several, 1)
    lost = region_loss(crop_logit, logit, label, known, asked.counts.share)
    logits: Sequence[Logit] = logit.chunk(several)
    return tuple(logits), lost


def idle_terms(
    network: Network, asked: Asked, losses: LossSettings
) -> tuple[tuple[Logit, ...], Scalar]:
    """Predict with the first stage; of regions nothing but gradients of 0.

    Several processes that train together wait for a gradient of every parameter.
    """
    head = network.head
    assert isinstance(head, SaliencyHead)
    assert isinstance(head.regions, RegionHead)
    feature = network.backbone(torch.cat(list(asked.views)))
    logits: Sequence[Logit] = network.predict_feature(feature).chunk(len(asked.views))
    nothing = torch.stack([one.sum() for one in head.regions.parameters()]).sum() * 0.0
    return tuple(logits), nothing


class RegionModule(TrainingModule):
    """A ``TrainingModule`` whose last ``training.region_epochs`` learn regions too.

    Before these the first stage learns alone. With them L = L_RPN(z') + L_CLS(z), both without the
    factor of the first stage; in the first ``fine_tune.norms_first`` of them the norms alone learn
    of the first stage and of what looks at crops. An epoch without regions is chosen only where
    there is no other.

    Raises:
        SettingsError: the first stage would have no epoch.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        description: NetworkDescription,
        data: ImageData,
    ) -> None:
        super().__init__(network, recipe, description, data)
        training = recipe.training
        self.first_epoch = training.epochs - training.region_epochs
        if self.first_epoch < 1:
            raise SettingsError(
                "training.epochs above training.region_epochs, before which the first stage learns",
                f"{training.epochs} and {training.region_epochs}",
                "Raise the one, lower the other, or leave model.region_backbone out",
            )

    @property
    def proposes(self) -> bool:
        """Whether the epoch that runs is one of the second stage."""
        return self.current_epoch >= self.first_epoch

    @property
    def head_terms(self) -> HeadTerms | None:
        """Of the second stage; of the first, none but for several processes."""
        if self.proposes:
            return region_terms
        return idle_terms if self.trainer.world_size > 1 else None

    @property
    def losses_of_step(self) -> LossSettings:
        """Without the factor of the first stage in the second."""
        losses = self.recipe.losses
        return losses.model_copy(update={"weighted_factor": 1.0}) if self.proposes else losses

    @property
    def choice_score(self) -> float | None:
        """The validation score, less 1 where regions have not learned."""
        score = self.validation_score
        return score if score is None or self.proposes else score - 1.0

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Let only what belongs to the stage learn."""
        head = self.network.head
        assert isinstance(head, SaliencyHead)
        assert isinstance(head.regions, RegionHead)
        begun = self.current_epoch - self.first_epoch
        if not self.proposes:
            head.regions.zero_grad()
        elif begun < self.recipe.training.fine_tune.norms_first:
            assert self.network.pooling is not None
            first = (self.network.backbone, head.first, head.second, self.network.pooling)
            for part in (*first, head.regions.body):
                forget_gradients(part, frozenset())
        super().on_before_optimizer_step(optimizer)
