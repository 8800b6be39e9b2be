"""What a training asks of its data: batches drawn anew each epoch, each process its share."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol, runtime_checkable

from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader, Dataset

from labelassemble.images.batch import LabelArrays
from labelassemble.images.dataset import pass_batch
from labelassemble.images.sampling import own_share
from labelassemble.settings import BceViews, Method, choose_bce_views


@runtime_checkable
class DrawnBatches(Protocol):
    """Places of a data set, batch by batch."""

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that is drawn next."""

    def __iter__(self) -> Iterator[list[Any]]: ...
    def __len__(self) -> int: ...


class EpochData(LightningDataModule):
    """Batches of images or of patches.

    Batches are read in the training process: a whole one is copied at once, which takes less time
    than handing it over from a worker would.

    Args:
        labels: what the table knows of images.
    """

    def __init__(self, labels: LabelArrays) -> None:
        super().__init__()
        self.labels = labels
        self.batches: DrawnBatches | None = None

    @abstractmethod
    def make_batches(self, rank: int, world: int) -> tuple[Dataset[Any], DrawnBatches]:
        """Give what is learned from, and the batches in which one of the processes sees it.

        Args:
            rank: number of the process.
            world: how many there are.
        """

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of one epoch for this process."""
        trainer = self.attached()
        read, self.batches = self.make_batches(trainer.global_rank, trainer.world_size)
        return self.load(read, self.batches)

    def start_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are drawn when its first one is asked for."""
        assert self.batches is not None
        self.batches.set_epoch(epoch)

    def own_places(self, count: int) -> list[int]:
        """Which of so many things this process validates, as ``own_share`` has it."""
        trainer = self.attached()
        return own_share(count, trainer.global_rank, trainer.world_size)

    def load(self, read: Dataset[Any], batches: Iterable[list[Any]]) -> DataLoader[Any]:
        """Load whole batches, as the data set gives them."""
        pin = self.attached().strategy.root_device.type == "cuda"
        return DataLoader(
            read, batch_sampler=batches, collate_fn=pass_batch, num_workers=0, pin_memory=pin
        )

    def attached(self) -> Any:
        """The trainer that asks for batches."""
        assert self.trainer is not None
        return self.trainer


def count_views(method: Method, bce_views: BceViews | Literal["method"]) -> int:
    """How many views of every image go through the network in one pass.

    >>> count_views("label-assemble", "weak"), count_views("masked", "weak")
    (2, 1)
    >>> count_views("masked", "both"), count_views("masked", "method")
    (2, 2)
    """
    both = choose_bce_views(bce_views, method) == "both"
    return 2 if method == "label-assemble" or both else 1
