"""Training images in, a vision transformer's weights out, without a label."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from jaxtyping import Int

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, SettingsError, unknown_name
from labelassemble.images.augment_radiograph import move_image
from labelassemble.images.sampling import ImageBatches
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.model.masked_autoencoder import draw_hidden
from labelassemble.settings import PretrainSettings, Recipe, TrainingSettings
from labelassemble.storage.hold_folder import hold_folder
from labelassemble.training.build_autoencoder import build_autoencoder, own_scales
from labelassemble.training.optimiser import build_optimiser, learning_rate
from labelassemble.training.pretrain_folder import (
    ENCODER,
    PretrainRow,
    describe_pretraining,
    empty_folder,
    is_finished,
    read_state,
    write_encoder,
    write_state,
)
from labelassemble.training.pretrain_views import draw_crops
from labelassemble.training.progress import EpochLines, format_seconds
from labelassemble.weights_settings import FineTuneSettings

BETAS = (0.9, 0.95)
"""Of AdamW. Source: He et al. 2022."""


def pretrain(recipe: Recipe, table: AssembledTable, store: ImageStore, folder: Path) -> Path:
    """Pre-train a vision transformer as a masked autoencoder.

    It sees the images of the train split alone, labelled or not; none of validation or test.
    A finished pre-training returns at once, an interrupted one resumes, on a CPU to the bit.

    Args:
        recipe: all settings; ``pretrain`` first of all.
        table: the assembled table.
        store: its decoded images.
        folder: where to write; made if it is not there.

    Returns:
        The path of ``encoder.safetensors``, which ``model.pretrained`` takes; beside it lie
        ``encoder.json`` and ``log.csv``.

    Raises:
        ModelError: a backbone that is no vision transformer, or images no larger than a patch.
        RunError: the folder was made with other settings or images, there is nothing to learn
            from, an image is not in the store, or the training diverged.
        SettingsError: a GPU is asked for and there is none, or several devices are.

    Source: He et al. 2022; Xiao et al. 2023.
    """
    device = choose_device(recipe.training)
    learned = table.records.filter(pl.col("split") == "train")
    records, sources = learned["record"].to_list(), learned["source"].to_list()
    refuse_strange_sources(recipe.pretrain, table)
    if not records:
        raise RunError(
            "images in the train split to learn from",
            "none",
            "Check the split of the assembled table: labelassemble assemble",
        )
    rows = store.find_rows(records)
    description = describe_pretraining(recipe, records, store)
    if recipe.pretrain.resume and is_finished(folder, description):
        return folder / ENCODER
    with hold_folder(folder, when_busy=recipe.when_busy):
        if not recipe.pretrain.resume:
            empty_folder(folder)
        if is_finished(folder, description):
            return folder / ENCODER
        state = read_state(folder, description)
        training = _Pretraining(
            recipe, store, rows, sources, device=device, description=description, folder=folder
        )
        return training.run(state)


def choose_device(training: TrainingSettings) -> torch.device:
    """Choose where to compute: a GPU where there is one and it is not declined.

    Raises:
        SettingsError: a GPU is asked for and there is none, or several devices are.
    """
    if training.devices * training.nodes > 1:
        raise SettingsError(
            "one device to pre-train on",
            f"training.devices x training.nodes = {training.devices * training.nodes}",
            "Add --training.devices 1 --training.nodes 1; training itself may use them all",
        )
    found = torch.cuda.is_available()
    if training.accelerator == "gpu" and not found:
        raise SettingsError(
            "a GPU for training.accelerator = 'gpu'",
            "none found",
            "Set training.accelerator = 'auto' or 'cpu'",
        )
    return torch.device("cuda" if found and training.accelerator != "cpu" else "cpu")


class _Pretraining:
    """Network, optimiser and order of images; everything drawn follows from epoch and step."""

    def __init__(
        self,
        recipe: Recipe,
        store: ImageStore,
        rows: Int[np.ndarray, " rows"],
        sources: Sequence[str],
        *,
        device: torch.device,
        description: dict[str, Any],
        folder: Path,
    ) -> None:
        self.settings, self.flip = recipe.pretrain, recipe.augment.flip
        if recipe.pretrain.flip is not None:
            self.flip = recipe.pretrain.flip
        self.store, self.rows, self.device = store, rows, device
        self.description, self.folder = description, folder
        self.network = build_autoencoder(self.settings).to(device)
        self.own_scale = own_scales(self.settings, sources, self.network.backbone.scale)
        self.training = TrainingSettings(
            epochs=self.settings.epochs,
            learning_rate=self.settings.learning_rate,
            weight_decay=self.settings.weight_decay,
            warm_up=self.settings.warm_up,
            fine_tune=FineTuneSettings(),
        )
        self.optimiser = build_optimiser(self.network, self.training)
        for group in self.optimiser.param_groups:
            group["betas"] = BETAS
        even = np.full(len(rows), 1.0 / len(rows))
        self.batches = ImageBatches(
            even, self.settings.batch_size, self.settings.seed, self.settings.images_per_epoch
        )
        # Mixed precision where the device has bfloat16, which needs no scaling of the loss.
        self.mixed = (
            device.type == "cuda"
            and recipe.training.precision != "32"
            and torch.cuda.is_bf16_supported()
        )
        self.log: list[PretrainRow] = []

    def run(self, state: dict[str, Any] | None) -> Path:
        lines = EpochLines("pretrain", self.settings.epochs)
        if state is not None:
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.log = [PretrainRow(*row) for row in state["log"]]
            lines.write_line(f"resuming after epoch {len(self.log)}")
        for epoch in range(len(self.log), self.settings.epochs):
            row = self._run_epoch(epoch, lines)
            self.log.append(row)
            state = {
                "description": self.description,
                "network": self.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
            }
            write_state(self.folder, state, self.log)
            self._say(lines, row)
        path = write_encoder(
            self.folder,
            self.network.backbone.layers.state_dict(),
            self.network.backbone.scale.to_settings(),
            self.description,
            self.log,
            self.settings.epochs * self.batches.count,
        )
        lines.write_line(f"done: {path}")
        return path

    def _run_epoch(self, epoch: int, lines: EpochLines) -> PretrainRow:
        self.batches.set_epoch(epoch)
        began, steps = time.perf_counter(), len(self.batches)
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        images, rate = 0, 0.0
        for step, places in enumerate(self.batches):
            rate = learning_rate(epoch * steps + step, self.settings.epochs * steps, self.training)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            loss = self._step(np.asarray(places), _seed(self.settings.seed, epoch, step))
            total += loss.double() * len(places)
            images += len(places)
            lines.draw_step(epoch, step + 1, steps)
        mean = float(total) / images
        if not np.isfinite(mean):
            raise RunError(
                f"a finite loss in epoch {epoch + 1} of pre-training",
                "nan or infinity: it diverged",
                f"Lower pretrain.learning_rate (now {self.settings.learning_rate:g}) and start "
                "again with --pretrain.no-resume",
            )
        speed = images / (time.perf_counter() - began)
        return PretrainRow(epoch, (epoch + 1) * steps, rate, mean, speed)

    def _step(self, places: Int[np.ndarray, " batch"], seed: int) -> torch.Tensor:
        stored = torch.from_numpy(self.store.read(self.rows[places]))
        image = scale_grey(stored.to(self.device))
        generator = torch.Generator().manual_seed(seed)
        crops = draw_crops(
            generator,
            len(image),
            self.settings.smallest_crop,
            self.flip,
            self.settings.crop_aspect,
        )
        side = self.settings.input.side or self.store.size
        patches = (-(-side // self.network.encoder.patch)) ** 2
        hidden = draw_hidden(generator, len(image), patches, self.settings.mask_ratio)
        seen = move_image(image, crops, side)
        if self.own_scale is not None:
            own = torch.from_numpy(self.own_scale[places]).float().to(self.device)
            seen = own[:, 0, None, None, None] + own[:, 1, None, None, None] * seen
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            loss: torch.Tensor = self.network(seen, hidden.to(self.device))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return loss.detach()

    def _say(self, lines: EpochLines, row: PretrainRow) -> None:
        left = (self.settings.epochs - row.epoch - 1) * self.batches.count / row.images_per_second
        if lines.stream.isatty():
            lines.stream.write("\r\x1b[2K")
        lines.write_line(
            f"epoch {row.epoch + 1}/{self.settings.epochs}  loss {row.masked_patch_loss:.4f}  "
            f"{row.images_per_second:.0f} images/s  {format_seconds(left)} left"
        )


def refuse_strange_sources(settings: PretrainSettings, table: AssembledTable) -> None:
    """Refuse a scale of a source that the table does not have.

    Raises:
        SettingsError: names it.
    """
    for name in settings.input_by_source:
        if name not in table.scopes:
            raise SettingsError(
                "sources of the table in pretrain.input_by_source",
                unknown_name("source", name, table.scopes),
                "Fix the name, or take it out",
            )


def _seed(*words: int) -> int:
    """A seed for this run, epoch and step, unlike any other's."""
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))
