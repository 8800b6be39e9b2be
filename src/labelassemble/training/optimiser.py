"""AdamW, and its learning rate as a pure function of the step."""

import math

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from labelassemble.model.network import Network
from labelassemble.model.stages import find_stages, is_numbered
from labelassemble.settings import TrainingSettings

NORMS = (_NormBase, nn.GroupNorm, nn.LayerNorm)
"""Modules that scale and shift; their parameters do not decay."""

ADDED = frozenset({"lateral"})
"""Names of what is added to a backbone that was trained before."""

TOKENS = (
    *("pos_embed", "position_embeddings", "relative_position_bias_table"),
    *("cls_token", "dist_token", "reg_token", "register_tokens", "mask_token"),
)
"""What transformers call positions and tokens, which do not decay either."""


def build_optimiser(network: nn.Module, settings: TrainingSettings) -> torch.optim.AdamW:
    """Make AdamW for a network; norms, biases, class queries and poolings do not decay.

    Nor do positions and tokens of transformers; ``fine_tune.decay_all`` lets all but queries and
    poolings decay. With ``fine_tune.layer_decay`` stage l of L has the rate decay^(L - l) times
    the head's, which counts as the last stage, as do the backbone's last norms.

    Class queries and adapter have a learning rate of their own: ``adapter_rate`` times the others'.
    A step of Adam moves every weight of the adapter's last layer by the learning rate, and so a
    generated weight by that times the sum of the hidden layer: some 50 times a linear head's step.

    Decay pulls towards zero what has a meaning of its own at zero only for weights: a class query
    or a norm's scale that shrinks changes the prediction for no reason that the data gave.

    Args:
        network: what learns; parameters of modules called ``queries`` or ``pooling`` do not decay.
        settings: learning rates and weight decay.

    Raises:
        ModelError: layer decay for a backbone without numbered stages.

    Source: Loshchilov and Hutter 2019, decoupled weight decay; Clark 2020, layer-wise rates.

    >>> groups = build_optimiser(nn.Linear(3, 2), TrainingSettings()).param_groups
    >>> [(group["weight_decay"], group["share"], len(group["params"])) for group in groups]
    [(0.0001, 1.0, 1), (0.0, 1.0, 1)]
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    slower = _stage_rates(network, settings.fine_tune.layer_decay)
    # By module and name, not by shape: sharded parameters (FSDP) have lost their shape.
    for place, module in network.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            parts = place.split(".")
            own = "queries" in parts or "pooling" in parts or settings.fine_tune.new_classes_only
            spared = isinstance(module, NORMS) or name.endswith("bias") or name in TOKENS
            keeps = own or (spared and not settings.fine_tune.decay_all)
            decay = 0.0 if keeps else settings.weight_decay
            asks = "queries" in parts or "adapter" in parts
            share = settings.adapter_rate if asks else slower.get(f"{place}.{name}", 1.0)
            if parameter.requires_grad:
                groups.setdefault((decay, share), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": own, "weight_decay": decay, "share": share}
            for (decay, share), own in groups.items()
        ],
        lr=settings.learning_rate,
        betas=settings.betas,
        eps=settings.epsilon,
    )


def _stage_rates(network: nn.Module, decay: float) -> dict[str, float]:
    """Share of the head's rate that each parameter of the backbone has; none where it is whole."""
    if decay == 1.0 or not isinstance(network, Network):
        return {}
    stages = find_stages(network.backbone.layers)
    # A backbone without anything behind its last stage has the head behind it all the same.
    last = 1 + max(stage for name, stage in stages.items() if is_numbered(name))
    return {f"backbone.layers.{name}": decay ** (last - one) for name, one in stages.items()}


def learning_rate(step: int, steps: int, settings: TrainingSettings) -> float:
    """Learning rate of one step: a linear rise over ``warm_up`` of the steps, then half a cosine
    down to ``rate_floor``.

    A function of the step alone: a resumed run needs no schedule state.

    Args:
        step: 0 for the first step.
        steps: steps of the whole run.
        settings: highest rate and share of warm-up steps.

    Returns:
        A rate in (0, ``settings.learning_rate``]; that itself where the floor is higher.

    Source: Goyal 2017, warm-up; Loshchilov and Hutter 2017, cosine.

    >>> settings = TrainingSettings(learning_rate=1.0, warm_up=0.5)
    >>> [round(learning_rate(step, 4, settings), 3) for step in range(4)]
    [0.5, 1.0, 1.0, 0.5]
    """
    rising = round(settings.warm_up * steps)
    if step < rising:
        return settings.learning_rate * (step + 1) / rising
    falling = min(1.0, (step - rising) / max(1, steps - rising))
    floor = min(settings.rate_floor, settings.learning_rate)
    return floor + (settings.learning_rate - floor) * 0.5 * (1.0 + math.cos(math.pi * falling))


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


def forget_gradients(part: nn.Module, kept: frozenset[str] = ADDED) -> None:
    """Take the gradients of all but norms away, so that a step leaves those weights as they are.

    Args:
        part: of a network.
        kept: names of modules within it that keep theirs: what a system adds to a backbone (a
            pyramid) is no part of its body.
    """
    for place, module in part.named_modules():
        if isinstance(module, NORMS) or kept & set(place.split(".")):
            continue
        for parameter in module.parameters(recurse=False):
            parameter.grad = None
