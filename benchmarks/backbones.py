"""Size and speed of every backbone, one thread, without a GPU: ``python -m benchmarks backbones``.

Not among those that run by default: it takes a quarter of an hour. `docs/backbones.md` shows what
came out.
"""

import time

import torch

from labelassemble.model.backbone import BACKBONES, Backbone, build_backbone

SIZE, BATCH, STEPS, PLAIN = 224, 16, 3, "densenet121"


def measure() -> list[dict[str, object]]:
    """Pictures a second, forward and backward, against densenet121 in the same run.

    Every backbone takes turns with densenet121, and the quickest step of each counts. The clock is
    one thread's processor time, which other programs on the machine hardly change.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        plain = _build(PLAIN)
        return [_measure(name, plain) for name in sorted(BACKBONES)]
    finally:
        torch.set_num_threads(threads)


def _measure(name: str, plain: Backbone) -> dict[str, object]:
    backbone = _build(name)
    ours, theirs = [], []
    for _ in range(STEPS):
        ours.append(_step(backbone))
        theirs.append(_step(plain))
    with torch.no_grad():
        feature = backbone.eval()(torch.rand(1, 1, SIZE, SIZE))
    count = sum(parameter.numel() for parameter in backbone.parameters())
    return {
        "what": name,
        "ours": BATCH / min(ours),
        "plain": BATCH / min(theirs),
        "unit": "images/s",
        "ratio": min(theirs) / min(ours),
        "note": f"{count / 1e6:.1f} million parameters, {backbone.features} features, "
        f"stride {SIZE // feature.shape[2]}; plain: {PLAIN}; {SIZE} px, batch {BATCH}",
    }


def _build(name: str) -> Backbone:
    torch.manual_seed(0)
    backbone = build_backbone(name).train()
    backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return backbone


def _step(backbone: Backbone) -> float:
    """Seconds of one forward and backward pass."""
    image = torch.rand(BATCH, 1, SIZE, SIZE)
    begin = time.process_time()
    backbone.zero_grad()
    backbone(image).square().mean().backward()
    return time.process_time() - begin
