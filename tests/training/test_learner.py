"""What trainings of pooled and dense predictions share."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.batch import LabelArrays, make_labels
from labelassemble.model.build import build_network
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.csv_log import EpochRow
from labelassemble.training.epoch_data import EpochData
from labelassemble.training.learner import Learner
from labelassemble.training.run import describe_run


class NoData(EpochData):
    """Labels and no images."""

    def __init__(self, labels: LabelArrays) -> None:
        super().__init__(labels)
        self.epochs = list[int]()

    def start_epoch(self, epoch: int) -> None:
        self.epochs.append(epoch)


class Plain(Learner):
    def make_row(self, epoch: int, step: int) -> EpochRow:
        raise NotImplementedError


@pytest.fixture
def learner(make_recipe: Callable[..., Recipe], toy_table: AssembledTable) -> Plain:
    recipe = make_recipe(losses={"warm_up_epochs": 4.0})
    description = describe_run(recipe, RunSettings(method="masked"), toy_table)
    network = build_network(recipe.model, "masked", toy_table.classes, 0)
    data = NoData(make_labels(toy_table, toy_table.classes))
    learner = Plain(network, recipe, description, data, ("total_loss", "bce_loss", "other_loss"))
    learner.trainer = SimpleNamespace(  # type: ignore[assignment]
        current_epoch=1,
        global_rank=0,
        num_training_batches=2,
        strategy=SimpleNamespace(reduce=lambda sums, reduce_op: sums),
    )
    return learner


def test_sums_become_means_over_images(learner: Plain) -> None:
    learner.on_fit_start()
    learner.on_train_epoch_start()
    assert learner.data.epochs == [1]
    for images, losses, known in ((3, (1.0, 2.0, 0.0), 5), (1, (5.0, 2.0, 4.0), 2)):
        count = torch.tensor(known)
        learner.add_step(images, [torch.tensor(one) for one in losses], count, count + 4)
    learner.on_train_batch_end(None, None, 0)
    assert learner.epoch_sums is None, "the epoch is not over"
    learner.on_train_batch_end(None, None, 1)
    sums = learner.epoch_sums
    assert sums is not None
    assert sums.losses == (2.0, 2.0, 1.0)
    assert (sums.images, sums.known_count, sums.unknown_count) == (4.0, 7.0, 8.0)
    told = learner.tell_epoch(1, 9)
    assert told.pop("images_per_second") > 0.0
    assert told == {
        "epoch": 1,
        "step": 9,
        "learning_rate": 0.0,
        "total_loss": 2.0,
        "bce_loss": 2.0,
        "other_loss": 1.0,
        "known_count": 7,
        "unknown_count": 8,
    }
    learner.on_train_epoch_start()
    assert learner.sums.sum() == 0.0


def test_seeds_and_warm_up_follow_the_place(learner: Plain) -> None:
    seeds = [learner.make_seed(place) for place in range(5)]
    assert len(set(seeds)) == 5
    assert seeds == [learner.make_seed(place) for place in range(5)]
    assert learner.warm_up(1) == (1 + 1 / 2) / 4
    learner.trainer.current_epoch = 2
    assert learner.make_seed(0) != seeds[0]
