"""Features of images and of their views, computed once for all trainings of a frozen backbone."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import torch
from filelock import FileLock
from jaxtyping import Int
from torch import Tensor

from labelassemble.errors import MachineError
from labelassemble.images.make_views import draw_batch_views, make_views
from labelassemble.images.record_file import RecordFile
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.model.backbone import Backbone
from labelassemble.settings import AugmentSettings
from labelassemble.types import Feature, Index

_SAVE_BYTES = 256 * 2**20
"""Features that may be lost when the machine stops."""


class FeatureCache:
    """Feature maps of stored images: as they are, and of a number of views drawn once for each.

    The file lies beside the images' and only grows; what it holds is named by the backbone's
    weights and scale, the image and view settings, the number of views and the seed: with any
    other of these it is another file. Maps are kept in 16 bits. Processes that need it at once
    wait for the first.

    Args:
        backbone: frozen; computes on its own device, in evaluation mode.
        store: the decoded images.
        settings: ranges of the views.
        views: weak and strong views of an image, above 0.
        seed: of the views.
        batch_size: images a forward pass.
    """

    def __init__(
        self,
        backbone: Backbone,
        store: ImageStore,
        settings: AugmentSettings,
        *,
        views: int,
        seed: int,
        batch_size: int,
    ) -> None:
        self.backbone, self.store, self.settings = backbone, store, settings
        self.views, self.seed, self.batch_size = views, seed, batch_size
        self.shape = (1 + 2 * views, *self._map_shape())
        key = self._key()
        self.place = store.own_folder / f"features-{key}.f16"
        self.records = RecordFile(
            self.place, self.place.with_suffix(".parquet"), 2 * int(np.prod(self.shape))
        )
        self.row: dict[str, int] = {}

    def fill(self, records: Sequence[str]) -> int:
        """Compute the features of images that it does not hold yet.

        Returns:
            How many those were.

        Raises:
            ImageError: an image is not in the store, or the index of the file is damaged.
            MachineError: no room for them.
        """
        digests = {self.store.content[name]: name for name in records}
        try:
            with FileLock(self.place.with_suffix(".lock")):
                self.records.load()
                new = [
                    name
                    for digest, name in digests.items()
                    if bytes.fromhex(digest) not in self.records.rows
                ]
                self._append(new)
        except OSError as error:
            raise MachineError(
                f"room for the features of {len(digests):,} images at {self.place}, "
                f"{self.records.size / 2**10:,.0f} KiB each",
                error.strerror or str(error),
                "Free some room there, or set training.fine_tune.cached_views lower, or to 0",
            ) from error
        rows = self.records.rows
        self.row = {name: rows[bytes.fromhex(self.store.content[name])] for name in records}
        self._maps = np.memmap(self.place, np.float16, "r", shape=(len(rows), *self.shape))
        return len(new)

    def find_rows(self, records: Sequence[str]) -> Int[np.ndarray, " images"]:
        """Give the rows of images that ``fill`` was asked for, in their order."""
        return np.array([self.row[name] for name in records], dtype=np.int64)

    def read(self, rows: Int[np.ndarray, " batch"], view: int | Index, strong: bool) -> Feature:
        """Copy feature maps out, float32, on the CPU.

        Args:
            rows: of the images.
            view: number of each image's view, from 0; -1: the image as it is.
            strong: whether of its strong views.
        """
        numbers = np.asarray(view)
        place = 1 + numbers + (self.views if strong else 0)
        place = np.where(numbers < 0, 0, place)
        return torch.from_numpy(self._maps[rows, place].astype(np.float32))

    def _append(self, names: Sequence[str]) -> None:
        together = max(1, self.batch_size // self.shape[0])
        unsaved = 0
        with self.records.open() as file:
            for start in range(0, len(names), together):
                chosen = names[start : start + together]
                maps = self._compute(chosen)
                for name, own in zip(chosen, maps, strict=True):
                    file.append(bytes.fromhex(self.store.content[name]), own.tobytes())
                    unsaved += own.nbytes
                if unsaved > _SAVE_BYTES:
                    file.save()
                    unsaved = 0
            file.save()

    @torch.inference_mode()
    def _compute(self, names: Sequence[str]) -> np.ndarray:
        """Maps of some images: ``images views features height width``, float16."""
        device = self.backbone.mean.device
        stored = torch.from_numpy(self.store.read(self.store.find_rows(names)))
        grey = scale_grey(stored.to(device))
        seen = []
        for image, name in zip(grey, names, strict=True):
            # An image's views do not depend on what else is computed.
            digest = int(self.store.content[name][:12], 16)
            generator = torch.Generator().manual_seed(self.seed * 2**48 + digest)
            several = image[None].repeat(self.views, 1, 1, 1)
            drawn = draw_batch_views(generator, self.views, image.shape[-1], self.settings)
            seen.append(torch.cat([image[None], *make_views(several, drawn, 2)]))
        maps = self._map(torch.cat(seen))
        kept: np.ndarray = maps.cpu().numpy().astype(np.float16).reshape(len(names), *self.shape)
        return kept

    def _map(self, image: Tensor) -> Feature:
        training = self.backbone.training
        feature: Feature = self.backbone.eval()(image)
        self.backbone.train(training)
        return feature

    @torch.inference_mode()
    def _map_shape(self) -> tuple[int, ...]:
        side = self.store.size
        blank = torch.zeros(1, 1, side, side, device=self.backbone.mean.device)
        return tuple(self._map(blank).shape[1:])

    def _key(self) -> str:
        told = hashlib.sha256()
        for name, tensor in self.backbone.layers.state_dict().items():
            told.update(name.encode())
            told.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
        said = [self.backbone.scale, self.settings.model_dump(mode="json"), self.views, self.seed]
        told.update(json.dumps([*said, self.store.size]).encode())
        return told.hexdigest()[:16]
