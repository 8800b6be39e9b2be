"""Patches of images as tensors, and the order in which they come."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from labelassemble.detection.dense_case import DenseCase
from labelassemble.errors import SettingsError
from labelassemble.settings import DetectionSettings
from labelassemble.types import DenseImage, Index
from labelassemble.volumes.draw_patches import Patch, draw_patches


class DenseBatch(NamedTuple):
    """Patches and what is known of each of their places.

    Attributes:
        image: grey values in [0, 1].
        label: where the class is, a byte a place until it is where the network is; False where it
            is not, without meaning where not known.
        known: whether somebody looked for the class there; never outside the image.
        inside: whether the place lies in its image.
        image_label: of the whole image, in [0, 1]; without meaning where not known.
        image_known: whether the patch holds its whole image and the class is known of that.
        source: number of the image's source.
        row: the image's row in ``LabelArrays``.
    """

    image: DenseImage
    label: Bool[Tensor, "batch classes *space"]
    known: Bool[Tensor, "batch classes *space"]
    inside: Bool[Tensor, "batch 1 *space"]
    image_label: Float[Tensor, "batch classes"]
    image_known: Bool[Tensor, "batch classes"]
    source: Index
    row: Index

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "DenseBatch":
        """Copy the batch to a device."""
        return DenseBatch(*(part.to(device, non_blocking=non_blocking) for part in self))


class PatchDataset(Dataset[DenseBatch]):
    """Patches by where they lie; a batch is read in one go.

    Give it to a DataLoader with ``PatchBatches`` and ``collate_fn=pass_dense_batch``.

    Args:
        cases: the images that patches are numbered by.
        size: of the patches.
    """

    def __init__(self, cases: Sequence[DenseCase], size: Sequence[int]) -> None:
        self.cases, self.size = tuple(cases), tuple(size)

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, patch: Patch) -> DenseBatch:
        """One patch, as a batch of one."""
        return self.__getitems__([patch])

    def __getitems__(self, patches: Sequence[Patch]) -> DenseBatch:
        """Cut these patches out, as one batch."""
        cases = [self.cases[one.image] for one in patches]
        cut = [case.read(one.centre, self.size) for case, one in zip(cases, patches, strict=True)]
        whole = torch.tensor([one.whole for one in cut])[:, None]
        return DenseBatch(
            image=torch.from_numpy(np.stack([one.image for one in cut]))[:, None],
            label=torch.from_numpy(np.stack([one.label for one in cut])),
            known=torch.from_numpy(np.stack([one.known for one in cut])),
            inside=torch.from_numpy(np.stack([one.inside for one in cut]))[:, None],
            image_label=torch.from_numpy(np.stack([case.label for case in cases])).float(),
            image_known=torch.from_numpy(np.stack([case.known for case in cases])) & whole,
            source=torch.tensor([case.source for case in cases]),
            row=torch.tensor([case.row for case in cases]),
        )


class PatchBatches(Sampler[list[Patch]]):
    """The patches of one process, drawn anew every epoch.

    They depend on seed and epoch alone: every process draws the same and takes its own parts, and a
    run that resumes sees what it would have seen.

    Args:
        cases: the images.
        settings: patches and their shares.
        seed: of the run.
        rank: number of this process.
        world: how many processes there are.

    Raises:
        SettingsError: no image, or nothing known in any; see ``draw_patches``.
    """

    def __init__(
        self,
        cases: Sequence[DenseCase],
        settings: DetectionSettings,
        seed: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.settings, self.seed, self.rank, self.world = settings, seed, rank, world
        self.places = [case.places for case in cases]
        size = settings.patches.size
        # A patch that does not hold its whole image says nothing of what the image holds.
        self.unplaced = [
            number
            for number, case in enumerate(cases)
            if case.unplaced.any()
            and all(own <= side for own, side in zip(case.annotated.shape, size, strict=True))
        ]
        self.steps = math.ceil(settings.patches_per_epoch / (settings.batch_size * world))
        self.epoch = 0
        # Told now, not in the first step.
        self.draw(1)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that is drawn next."""
        self.epoch = epoch

    def draw(self, count: int) -> list[Patch]:
        """Draw patches for the epoch, as many of them as there are in all processes."""
        generator = np.random.default_rng((self.seed, self.epoch))
        settings = self.settings
        share = settings.image_level_fraction if settings.image_level_weight else 0.0
        images = round(count * share) if self.unplaced else 0
        patches = [
            hold_inside(one, self.places[one.image].shape, settings.patches.size)
            for one in draw_patches(generator, self.places, count - images, settings.patches)
        ]
        for number in generator.choice(self.unplaced, images) if images else ():
            middle = tuple(side // 2 for side in self.places[number].shape)
            patches.append(Patch(int(number), middle, -1, False))
        return [patches[place] for place in generator.permutation(len(patches))]

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[Patch]]:
        parts = self.steps * self.world
        # Every process takes as many steps: a tiny epoch has a patch for each.
        patches = self.draw(max(self.settings.patches_per_epoch, parts))
        for part in np.array_split(np.arange(len(patches)), parts)[self.rank :: self.world]:
            yield [patches[place] for place in part]


def hold_inside(patch: Patch, shape: Sequence[int], size: Sequence[int]) -> Patch:
    """Move a patch so that no more of it than must lies outside its image.

    What it held stays in it: it only moves towards the image's middle.

    >>> hold_inside(Patch(0, (1, 9), 0, True), (10, 6), (4, 8)).centre
    (2, 3)
    """
    centre = []
    for middle, own, side in zip(patch.centre, shape, size, strict=True):
        low, high = side // 2, own - side + side // 2
        centre.append(min(max(middle, low), high) if low <= high else (low + high + 1) // 2)
    return patch._replace(centre=tuple(centre))


def refuse_nothing_drawn(cases: Sequence[DenseCase]) -> None:
    """Refuse images in which no lesion is drawn: nothing would say where lesions are.

    Raises:
        SettingsError: says how many images there are.
    """
    if not any((case.drawn & case.known & (case.label > 0.0)).any() for case in cases):
        raise SettingsError(
            "a lesion that is drawn, by a mask or a box, on some training image",
            f"none on {len(cases):,}",
            "Check the masks and boxes of the sources, or set detection.task = 'diagnosis'",
        )
