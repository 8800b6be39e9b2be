"""From settings to a network, and from one network's weights to another with other classes."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from labelassemble.errors import ModelError
from labelassemble.model.adapter import Adapter
from labelassemble.model.backbone import build_backbone
from labelassemble.model.class_queries import ClassQueries
from labelassemble.model.linear_head import LinearHead
from labelassemble.model.network import Network
from labelassemble.model.pretrained import fetch_weights, load_pretrained
from labelassemble.model.query_head import QueryHead
from labelassemble.settings import Method, ModelSettings

QUERY = "head.queries.query"
"""The parameter that has one row a class."""


def build_network(
    settings: ModelSettings, method: Method, classes: Sequence[str], seed: int | None = None
) -> Network:
    """Build a network.

    Args:
        settings: backbone, weights, sizes and pooling.
        method: ``label-assemble`` has class queries and an adapter, the others a linear head.
        classes: names, in the order of the answers.
        seed: of the random weights, leaving torch's default generator as it was; none: they come
            from that generator.

    Raises:
        ModelError: no such backbone, weights that are missing or do not fit, a class twice.
    """
    if seed is not None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return build_network(settings, method, classes)
    backbone = build_backbone(settings.backbone)
    if settings.pretrained is not None:
        cache = settings.weights_cache.expanduser()
        load_pretrained(backbone, fetch_weights(settings.pretrained, settings.sha256, cache))
    names = tuple(classes)
    if method == "label-assemble":
        queries = ClassQueries(names, settings.query_features)
        adapter = Adapter(settings.query_features, settings.adapter_hidden, backbone.features)
        head: QueryHead | LinearHead = QueryHead(queries, adapter)
    else:
        head = LinearHead(names, backbone.features)
    # Channels last in memory: convolutions are up to twice as fast on processors and on GPUs.
    network = Network(backbone, head, settings.pooling)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def add_class(network: Network, name: str, generator: torch.Generator | None = None) -> None:
    """Teach a network a further question: one new query; every old answer stays, bit by bit.

    Raises:
        ModelError: the network has no class queries, or knows the class.
    """
    if not isinstance(network.head, QueryHead):
        raise ModelError(
            "a network with class queries (label-assemble)",
            f"one with a {type(network.head).__name__}",
            "Train with the method label-assemble to add classes later",
        )
    network.head.queries.add_class(name, generator)


def load_by_class(
    network: Network, weights: Mapping[str, Tensor], classes: Sequence[str]
) -> tuple[str, ...]:
    """Load another network's weights: all that classes share, and queries class by class.

    Args:
        network: a label-assemble network; classes that the weights do not know keep their query.
        weights: state dict of a network of the same shape but for its classes.
        classes: that network's classes, in the order of its queries.

    Returns:
        The classes whose queries are new.

    Raises:
        ModelError: a network without class queries, or weights that do not fit.
    """
    own = network.state_dict()
    if QUERY not in own or QUERY not in weights:
        raise ModelError(
            "two networks with class queries (label-assemble)",
            "one without",
            "Start from a checkpoint of a label-assemble run",
        )
    query = own[QUERY].clone()
    expected = (len(classes), query.shape[1])
    if weights[QUERY].shape != expected:
        raise ModelError(
            f"{expected[0]} queries of length {expected[1]}",
            f"{QUERY} of shape {tuple(weights[QUERY].shape)}",
            "Give the classes and the model settings of the run that you start from",
        )
    place = {name: row for row, name in enumerate(classes)}
    for row, name in enumerate(network.classes):
        if name in place:
            query[row] = weights[QUERY][place[name]]
    try:
        network.load_state_dict({**weights, QUERY: query})
    except RuntimeError as error:
        raise ModelError(
            "weights of a network with the same backbone and adapter",
            str(error).splitlines()[-1].strip(),
            "Give the same model settings as the run that you start from",
        ) from error
    return tuple(name for name in network.classes if name not in place)
