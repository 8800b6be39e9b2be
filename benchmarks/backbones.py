"""Size and speed of every backbone, one thread, without a GPU: ``python -m benchmarks backbones``.

Not among those that run by default: it takes a quarter of an hour. `docs/backbones.md` shows what
came out.
"""

import time
from collections.abc import Iterator

import torch

from benchmarks.row import Row
from benchmarks.take_turns import take_turns
from labelassemble.model.backbone import BACKBONES, Backbone, build_backbone

SIZE, BATCH, PLAIN = 224, 16, "densenet121"


def measure() -> Iterator[Row]:
    """Images a second, forward and backward, against densenet121 in the same run.

    Every backbone takes turns with densenet121. The clock is one thread's processor time, which
    other programs on the machine hardly change.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        plain = _build(PLAIN)
        for name in sorted(BACKBONES):
            yield _measure(name, plain)
    finally:
        torch.set_num_threads(threads)


def _measure(name: str, plain: Backbone) -> Row:
    backbone = _build(name)
    taken = take_turns(
        {"ours": lambda: _step(backbone), "plain": lambda: _step(plain)}, clock=time.process_time
    )
    with torch.no_grad():
        feature = backbone.eval()(torch.rand(1, 1, SIZE, SIZE))
    count = sum(parameter.numel() for parameter in backbone.parameters())
    return Row(
        name,
        f"{count / 1e6:.1f} million parameters, {backbone.features} features, "
        f"stride {SIZE // feature.shape[2]}; plain: {PLAIN}; {SIZE} px, batch {BATCH}",
        "images/s",
        [BATCH / seconds for seconds in taken["ours"]],
        [BATCH / seconds for seconds in taken["plain"]],
    )


def _build(name: str) -> Backbone:
    torch.manual_seed(0)
    backbone = build_backbone(name).train()
    backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return backbone


def _step(backbone: Backbone) -> None:
    """One forward and backward pass."""
    image = torch.rand(BATCH, 1, SIZE, SIZE)
    backbone.zero_grad()
    backbone(image).square().mean().backward()
