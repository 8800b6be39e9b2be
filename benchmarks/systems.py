"""A step of every published system against a bare step of DenseNet-121 at the same size.

``python -m benchmarks systems``, by name only: it takes a quarter of an hour on a CPU. On a GPU it
measures there, with batches of 32, and tells the most memory; each row then says how long the
paper's recipe would take on that device, on the 75,312 training images of ChestX-ray14.
"""

import resource
import time
from collections.abc import Callable, Iterator

import torch

from benchmarks.row import Row
from benchmarks.take_turns import take_turns
from labelassemble.experiments.system_variants import SYSTEM_VARIANTS
from labelassemble.losses.bce import bce_loss
from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.model.saliency_head import SaliencyHead
from labelassemble.settings import LossSettings, Method, ModelSettings
from labelassemble.training.class_counts import ClassCounts
from labelassemble.training.head_terms import HEAD_TERMS, Asked
from labelassemble.training.region_module import region_terms
from labelassemble.training.system_losses import system_loss

SIZE, CLASSES, IMAGES = 224, 14, 75_312
"""Side in pixels, classes, and training images of the published list."""
LARGE = ("swinchex-l", "rpsal-regions-recipe")
"""Of which a CPU takes two images at once."""
SHARE = torch.full((CLASSES,), 0.05)
COUNTS = ClassCounts(SHARE, SHARE, 1.0 - SHARE)


def measure() -> Iterator[Row]:
    """Images a second, forward, loss and backward, one view, in turn with the bare network."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        plain = _build("masked", "densenet121", device)
        for name, variant in SYSTEM_VARIANTS.items():
            regions = variant.changes.get("model.region_backbone")
            if name.endswith("-recipe") and regions is None:
                continue
            backbone = variant.changes["model.backbone"]
            system = _build(variant.method, backbone, device, regions)
            yield _race(name, variant.method, system, plain, device)
            del system
    finally:
        torch.set_num_threads(threads)


def _race(name: str, method: Method, system: Network, plain: Network, device: torch.device) -> Row:
    batch = 32 if device.type == "cuda" else 2 if name in LARGE else 4
    ours, bare = _stepper(system, method, batch, device), _bare_stepper(plain, batch, device)
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    note = f"{SIZE} px, batch {batch}"
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        ours()
        note += f", {torch.cuda.max_memory_allocated(device) / 2**30:.1f} GiB"
    else:
        ours()
        # Of the whole process so far: the most that any system took.
        note += f", {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB"
    taken = take_turns({"ours": ours, "plain": bare}, clock=clock)
    speed = [batch / seconds for seconds in taken["ours"]]
    recipe = SYSTEM_VARIANTS.get(f"{name.removesuffix('-recipe')}-recipe")
    if recipe is not None:
        epochs, side = recipe.changes["training.epochs"], recipe.changes["model.input.side"]
        # Convolutions cost as much as there are pixels; of attention in windows that holds too.
        images = epochs * IMAGES * (side / SIZE) ** 2
        hours = images / sorted(speed)[len(speed) // 2] / 3600
        note += f"; its paper's recipe: {epochs} epochs at {side} px, {hours:,.0f} hours here"
    count = sum(one.numel() for one in system.parameters())
    note = f"plain: bare densenet121; {count / 1e6:.1f} million parameters, {note}"
    return Row(f"step of {name}", note, "images/s", speed, [batch / one for one in taken["plain"]])


def _build(
    method: Method, backbone: str, device: torch.device, regions: str | None = None
) -> Network:
    classes = tuple(f"class_{number}" for number in range(CLASSES))
    settings = ModelSettings(backbone=backbone, region_backbone=regions)
    return build_network(settings, method, classes, 0).to(device).train()


def _bare_stepper(network: Network, batch: int, device: torch.device) -> Callable[[], None]:
    image = torch.rand(batch, 1, SIZE, SIZE, device=device)

    def step() -> None:
        network.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            network(image).float().square().mean().backward()
        _wait(device)

    return step


def _stepper(
    network: Network, method: Method, batch: int, device: torch.device
) -> Callable[[], None]:
    image = torch.rand(batch, 1, SIZE, SIZE, device=device)
    label = (torch.rand(batch, CLASSES, device=device) < 0.1).float()
    known = torch.ones_like(label, dtype=torch.bool)
    losses, counts = LossSettings(), COUNTS.to(device)
    generator = torch.Generator().manual_seed(0)

    def step() -> None:
        network.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            beside = torch.zeros((), device=device)
            regions = isinstance(network.head, SaliencyHead) and network.head.regions is not None
            terms = region_terms if regions else HEAD_TERMS.get(method)
            if terms is None:
                logits = (network(image),)
            else:
                asked = Asked((image,), label, known, counts, generator)
                logits, beside = terms(network, asked, losses)
            own = system_loss(method, logits, label, known, counts=counts, losses=losses)
            lost = bce_loss(logits[0], label, known) if own is None else own
            (lost + beside).backward()
        _wait(device)

    return step


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
