"""The four stages of XProtoNet as a function of the epoch, and what each of them changes."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import polars as pl
import torch
from torch import Tensor

from labelassemble.errors import RunError, SettingsError, some
from labelassemble.images.batch import LabelArrays
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.model.network import Network
from labelassemble.model.prototype_head import PrototypeHead
from labelassemble.settings import PrototypeSettings
from labelassemble.types import Feature

PROTOTYPE_COLUMNS: dict[str, type[pl.DataType]] = {
    "class": pl.String,
    "prototype": pl.Int64,
    "weight": pl.Float64,
    "record": pl.String,
    "row": pl.Float64,
    "column": pl.Float64,
}
"""Columns of ``prototypes.csv``: which training image each prototype is, and where it shows most,
in parts of the height and width."""

PrototypeStage = Literal["extractor", "joint", "weights"]
"""extractor: all but prototypes and their weights learn; joint: all but the weights; weights: they
alone, after every prototype has become what shows on a training image."""


def stage_of(epoch: int, settings: PrototypeSettings) -> PrototypeStage:
    """Give the stage of an epoch.

    The paper ends the joint stage where validation no longer rises; here it has a fixed length, so
    that a run that resumes goes on as if it had not stopped.

    Source: Kim 2021, as a reader's note tells its stages; how often they are repeated is not known.

    >>> settings = PrototypeSettings(extractor_epochs=1, joint_epochs=2, weight_epochs=1)
    >>> [stage_of(epoch, settings)[:1] for epoch in range(8)]
    ['e', 'j', 'j', 'w', 'j', 'j', 'w', 'j']
    """
    if epoch < settings.extractor_epochs:
        return "extractor"
    cycle = settings.joint_epochs + settings.weight_epochs
    place = (epoch - settings.extractor_epochs) % cycle
    return "joint" if place < settings.joint_epochs else "weights"


def check_prototypes(labels: LabelArrays, epochs: int, settings: PrototypeSettings) -> None:
    """Refuse a training that could not make every prototype a training image.

    Raises:
        RunError: a class without a known positive training image.
        SettingsError: a training that ends before the first replacement.
    """
    rows = labels.rows("train")
    positive = (labels.known[rows] & (labels.label[rows] > 0.5)).any(axis=0)
    if not positive.all():
        lacking = [name for name, own in zip(labels.classes, positive, strict=True) if not own]
        raise RunError(
            "a known positive training image of every class, for the prototypes of xprotonet",
            f"none of {some(lacking)}",
            "Leave these out of `classes`, or add a source that has them",
        )
    needed = settings.extractor_epochs + settings.joint_epochs + 1
    if epochs < needed:
        raise SettingsError(
            f"training.epochs of {needed} or more, after which prototypes are training images",
            f"{epochs}",
            "Raise it, or lower training.prototypes.extractor_epochs or joint_epochs",
        )


def forget_other_gradients(network: Network, stage: PrototypeStage) -> None:
    """Take the gradients away of what does not learn in a stage."""
    head = network.head
    assert isinstance(head, PrototypeHead)
    if stage == "weights":
        for parameter in network.parameters():
            if parameter is not head.share:
                parameter.grad = None
        return
    head.share.grad = None
    if stage == "extractor":
        head.prototype.grad = None


@torch.no_grad()
def replace_prototypes(
    network: Network, labels: LabelArrays, look: Callable[[Tensor], Feature], batch_size: int
) -> None:
    """Make every prototype what shows on the training image that is most like it.

    p_ck <- v_ck(x*), x* = argmax of s_ck(x) over the training images that are known positives of c.

    Args:
        network: with a ``PrototypeHead``; its mode is kept.
        labels: what is known.
        look: gives f(x) of images by their rows in the labels, seen as they are in evaluation.
        batch_size: images a forward pass.

    Paper: Kim 2021, replacement.
    """
    head = network.head
    assert isinstance(head, PrototypeHead)
    device, training = head.prototype.device, network.training
    network.eval()
    rows = labels.rows("train")
    positive = labels.known[rows] & (labels.label[rows] > 0.5)
    rows, positive = rows[positive.any(axis=1)], positive[positive.any(axis=1)]
    best = torch.full(head.origin.shape, -torch.inf, device=device)
    origin, vectors = head.origin.clone(), head.prototype.detach().clone()
    for start in range(0, len(rows), batch_size):
        part = slice(start, start + batch_size)
        found = head.describe(look(torch.from_numpy(rows[part])))
        own = torch.from_numpy(positive[part]).to(device)[:, :, None]
        alike, image = torch.where(own, found.similarity, -torch.inf).max(dim=0)
        better = alike > best
        best = torch.where(better, alike, best)
        number = torch.from_numpy(rows[part]).to(device)[image]
        origin = torch.where(better, number, origin)
        shown = found.vector.gather(0, image[None, ..., None].expand(1, *vectors.shape))[0]
        vectors = torch.where(better[..., None], shown, vectors)
    head.prototype.copy_(vectors)
    head.origin.copy_(origin)
    network.train(training)


@torch.no_grad()
def describe_prototypes(
    network: Network, labels: LabelArrays, store: ImageStore
) -> list[dict[str, Any]]:
    """Tell which training image each prototype is.

    Returns:
        A row a prototype: ``PROTOTYPE_COLUMNS``; none before the first replacement.
    """
    head = network.head
    assert isinstance(head, PrototypeHead)
    device = head.prototype.device
    rows = []
    for place, name in enumerate(head.classes):
        for number in range(head.prototypes):
            origin = int(head.origin[place, number])
            if origin < 0:
                continue
            record = labels.record[origin]
            stored = torch.from_numpy(store.read(store.find_rows([record]))).to(device)
            feature = network.backbone(scale_grey(stored), whole=True)
            height, width = feature.shape[2:]
            most = int(head.find_occurrence(feature)[0, place, number].argmax())
            row, column = np.divmod(most, width)
            rows.append(
                {
                    "class": name,
                    "prototype": number + 1,
                    "weight": float(head.share[place, number]),
                    "record": record,
                    "row": (int(row) + 0.5) / height,
                    "column": (int(column) + 0.5) / width,
                }
            )
    return rows
