"""A network made ready to be fine-tuned: what is frozen, and what is left out at random."""

from labelassemble.model.network import Network
from labelassemble.model.stochastic_depth import set_stochastic_depth
from labelassemble.weights_settings import FineTuneSettings


def prepare_fine_tuning(network: Network, settings: FineTuneSettings) -> None:
    """Freeze stages and set chances, as far as the settings ask for it; weights stay as they are.

    Raises:
        ModelError: a backbone without the stages, or without branches to leave out.
    """
    backbone = network.backbone
    if settings.stochastic_depth is not None:
        set_stochastic_depth(backbone.layers, settings.stochastic_depth)
    if settings.frozen_stages:
        backbone.freeze(None if settings.frozen_stages == "all" else settings.frozen_stages)
