"""AdamW, and its learning rate as a pure function of the step."""

import math

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from labelassemble.settings import TrainingSettings

NORMS = (_NormBase, nn.GroupNorm, nn.LayerNorm)
"""Modules that scale and shift; their parameters do not decay."""


def build_optimiser(network: nn.Module, settings: TrainingSettings) -> torch.optim.AdamW:
    """Make AdamW for a network; norms, biases, class queries and poolings do not decay.

    Class queries and adapter have a learning rate of their own: ``adapter_rate`` times the others'.
    A step of Adam moves every weight of the adapter's last layer by the learning rate, and so a
    generated weight by that times the sum of the hidden layer: some 50 times a linear head's step.

    Decay pulls towards zero what has a meaning of its own at zero only for weights: a class query
    or a norm's scale that shrinks changes the prediction for no reason that the data gave.

    Args:
        network: what learns; parameters of modules called ``queries`` or ``pooling`` do not decay.
        settings: learning rates and weight decay.

    Source: Loshchilov and Hutter 2019, decoupled weight decay.

    >>> groups = build_optimiser(nn.Linear(3, 2), TrainingSettings()).param_groups
    >>> [(group["weight_decay"], group["share"], len(group["params"])) for group in groups]
    [(0.0001, 1.0, 1), (0.0, 1.0, 1)]
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    # By module and name, not by shape: sharded parameters (FSDP) have lost their shape.
    for place, module in network.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            parts = place.split(".")
            own = "queries" in parts or "pooling" in parts
            keeps = isinstance(module, NORMS) or name.endswith("bias") or own
            decay = 0.0 if keeps else settings.weight_decay
            asks = "queries" in parts or "adapter" in parts
            share = settings.adapter_rate if asks else 1.0
            if parameter.requires_grad:
                groups.setdefault((decay, share), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": own, "weight_decay": decay, "share": share}
            for (decay, share), own in groups.items()
        ],
        lr=settings.learning_rate,
    )


def learning_rate(step: int, steps: int, settings: TrainingSettings) -> float:
    """Learning rate of one step: a linear rise over ``warm_up`` of the steps, then half a cosine.

    A function of the step alone: a resumed run needs no schedule state.

    Args:
        step: 0 for the first step.
        steps: steps of the whole run.
        settings: highest rate and share of warm-up steps.

    Returns:
        A rate in (0, ``settings.learning_rate``].

    Source: Goyal 2017, warm-up; Loshchilov and Hutter 2017, cosine.

    >>> settings = TrainingSettings(learning_rate=1.0, warm_up=0.5)
    >>> [round(learning_rate(step, 4, settings), 3) for step in range(4)]
    [0.5, 1.0, 1.0, 0.5]
    """
    rising = round(settings.warm_up * steps)
    if step < rising:
        return settings.learning_rate * (step + 1) / rising
    falling = min(1.0, (step - rising) / max(1, steps - rising))
    return settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * falling))


def clip_gradients(model: nn.Module, most: float) -> None:
    """Scale all gradients down so that their common norm is at most ``most``; 0: leave them.

    A sharded model (FSDP) knows only a part of each gradient and brings its own way of doing it.
    """
    if most > 0:
        own = getattr(model, "clip_grad_norm_", None)
        if own is None:
            nn.utils.clip_grad_norm_(model.parameters(), most)
        else:
            own(most)
