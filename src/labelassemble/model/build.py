"""From settings to a network, and from one network's weights to another with other classes."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from labelassemble.errors import ModelError
from labelassemble.model.adapt_backbone import add_pyramid, add_twin
from labelassemble.model.adapter import Adapter
from labelassemble.model.backbone import Backbone, build_backbone
from labelassemble.model.class_queries import ClassQueries
from labelassemble.model.controller_head import ControllerHead
from labelassemble.model.cross_attention_head import CrossAttentionHead
from labelassemble.model.dense_backbones import build_dense_backbone
from labelassemble.model.drop_last_norm import drop_last_norm
from labelassemble.model.linear_head import LinearHead
from labelassemble.model.looking_head import LookingHead
from labelassemble.model.mean_norm_head import MeanNormHead
from labelassemble.model.network import Head, Network
from labelassemble.model.open_weights import open_weights
from labelassemble.model.pretrained import load_pretrained
from labelassemble.model.private_heads import PrivateHeads
from labelassemble.model.product_head import ProductHead
from labelassemble.model.prototype_head import PrototypeHead
from labelassemble.model.query_head import QueryHead
from labelassemble.model.region_head import RegionHead
from labelassemble.model.saliency_head import SALIENCY_WIDTH, SaliencyHead
from labelassemble.model.source_heads import SourceHeads
from labelassemble.settings import (
    SYSTEMS,
    DetectionSettings,
    Method,
    ModelSettings,
    Pooling,
    choose_pooling,
)
from labelassemble.weights_settings import InputSettings

QUERY = "head.queries.query"
"""The parameter that holds the class queries."""

OWN_POOLING: Mapping[Method, Pooling] = {"rpsal": "logsumexp", "ma-reconstructed": "average"}
"""Methods that pool their prediction map always alike."""

ADAPTED: Mapping[Method, Callable[[Backbone], None]] = {
    "medical-mae": drop_last_norm,
    "rpsal": add_pyramid,
}
"""Methods that change the backbone, once its weights are loaded, and how."""

ROW = "head.linear.weight"
"""The parameter that holds the weights of a linear head, a row a class."""

BY_CLASS = (
    *(QUERY, "head.weight", "head.bias", "pooling.share", "pooling.log_sharpness"),
    *(ROW, "head.linear.bias"),
)
"""The parameters that have one row a class, in networks with class queries or a linear head."""


def build_network(
    settings: ModelSettings,
    method: Method,
    classes: Sequence[str],
    seed: int | None = None,
    sources: Sequence[str] = (),
    detection: DetectionSettings | None = None,
) -> Network:
    """Build a network.

    Args:
        settings: backbone, weights, sizes and pooling.
        method: ``label-assemble`` has class queries and an adapter, unless the settings take them
            away; ``med3d`` a head a source; ``dodnet`` a controller; the published systems
            (``SYSTEMS``) their own; the others a linear head.
        classes: names, in the order of the predictions.
        seed: of the random weights, leaving torch's default generator as it was; none: they come
            from that generator.
        sources: names, in the order of their numbers; ``med3d`` and ``dodnet`` need them.
        detection: of a network that predicts densely, which has an encoder-decoder instead of
            ``settings.backbone``; pooling is then the largest prediction. None: one that diagnoses.

    Raises:
        ModelError: no such backbone, weights that are missing or do not fit, a class or a source
            twice, no source where the method needs them, no such start of class queries.
    """
    if seed is not None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return build_network(settings, method, classes, sources=sources, detection=detection)
    if detection is not None:
        return _build_dense(settings, method, tuple(classes), tuple(sources), detection)
    backbone = _start_backbone(settings.backbone, settings.pretrained, settings.input, settings)
    if method in ADAPTED and (settings.pyramid or method != "rpsal"):
        ADAPTED[method](backbone)
    if method == "ma-reconstructed":
        other = _start_backbone(settings.backbone, settings.pretrained, settings.input, settings)
        add_twin(backbone, other)
    head = _build_head(settings, method, tuple(classes), tuple(sources), backbone.features)
    if isinstance(head, SaliencyHead) and settings.region_backbone is not None:
        # A crop is seen as it is, whatever part and side the first stage sees.
        scale = backbone.to_settings().model_copy(update={"side": None, "centre": 1.0})
        name, source = settings.region_backbone, settings.region_pretrained
        body = _start_backbone(name, source, scale, settings)
        head.regions = RegionHead(len(head.classes), SALIENCY_WIDTH, body, body.features)
    # Channels last in memory: convolutions are up to twice as fast on processors and on GPUs.
    pooling = OWN_POOLING.get(method, choose_pooling(settings.pooling, method))
    network = Network(backbone, head, pooling)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def _start_backbone(
    name: str, source: str | None, asked: InputSettings, settings: ModelSettings
) -> Backbone:
    """Build a backbone, and load the weights that it starts from, where there are any."""
    weights = None
    if source is not None:
        # The checksum is that of the first stage's weights.
        checksum = settings.sha256 if source == settings.pretrained else None
        weights = open_weights(source, checksum, settings.weights_cache.expanduser())
    backbone = build_backbone(name, asked, weights)
    if weights is not None:
        load_pretrained(backbone, weights.file)
    return backbone


def _build_dense(
    settings: ModelSettings,
    method: Method,
    classes: tuple[str, ...],
    sources: tuple[str, ...],
    detection: DetectionSettings,
) -> Network:
    if method in SYSTEMS:
        raise ModelError(
            "a method whose predictions can be dense, for detection.task = 'detection'",
            f"{method}, which diagnoses whole images",
            "Choose another of methods, or set detection.task = 'diagnosis'",
        )
    if settings.pretrained is not None:
        raise ModelError(
            "an encoder-decoder that starts from random weights",
            f"model.pretrained = {settings.pretrained!r}",
            "Leave model.pretrained out; training.start_from takes another detection run's network",
        )
    backbone = build_dense_backbone(
        detection.network, detection.dimensions, detection.width, detection.levels
    )
    head = _build_head(settings, method, classes, sources, backbone.features)
    return Network(backbone, head, "max")


def add_class(
    network: Network,
    name: str,
    generator: torch.Generator | None = None,
    start: str | None = None,
) -> None:
    """Teach a network a further question: one new query; every old prediction stays, bit by bit.

    Args:
        network: with class queries, or with a linear head, to which a row is added.
        name: of the new class.
        generator: draws the query; none: torch's own.
        start: what the query starts from (`start_queries`); none: as the network's others did.

    Raises:
        ModelError: the network's head has no row a class, or knows the class, or the start is not
            there.
    """
    require_class_rows(network)
    if isinstance(network.head, LinearHead):
        network.head.add_class(name, generator)
    elif isinstance(network.head, CrossAttentionHead):
        network.head.add_class(name, generator, start)
    elif isinstance(network.head, QueryHead):
        network.head.queries.add_class(name, generator, start)
    if network.pooling is not None:
        network.pooling.add_class()


def require_class_rows(network: Network) -> None:
    """Refuse a network whose classes have no parameters of their own, one row each.

    Raises:
        ModelError: a head a source, or a controller that makes the head.
    """
    if not isinstance(network.head, QueryHead | CrossAttentionHead | LinearHead):
        raise ModelError(
            "a network with class queries (label-assemble) or one linear head (masked and others)",
            f"one with a {type(network.head).__name__}",
            "Train with the method label-assemble or masked to add classes later",
        )


def load_by_class(
    network: Network, weights: Mapping[str, Tensor], classes: Sequence[str]
) -> tuple[str, ...]:
    """Load another network's weights: all that classes share, and what is theirs class by class.

    Args:
        network: a network with class queries or a linear head; classes that the weights do not know
            keep their query or row.
        weights: state dict of a network of the same shape but for its classes.
        classes: that network's classes, in the order of its queries or rows.

    Returns:
        The classes whose queries or rows are new.

    Raises:
        ModelError: networks with heads of two kinds, or with a head a source, or weights that do
            not fit.
    """
    require_class_rows(network)
    own = network.state_dict()
    key, what = (QUERY, "queries") if QUERY in own else (ROW, "rows")
    if key not in weights:
        raise ModelError(
            f"two networks with {'class queries' if key == QUERY else 'a linear head'}",
            "one without",
            "Start from a checkpoint of a run of the same method",
        )
    expected = (len(classes), own[key].shape[1])
    if weights[key].shape != expected:
        raise ModelError(
            f"{expected[0]} {what} of length {expected[1]}",
            f"{key} of shape {tuple(weights[key].shape)}",
            "Give the classes and the model settings of the run that you start from",
        )
    place = {name: row for row, name in enumerate(classes)}
    taken = dict(weights)
    for key in BY_CLASS:
        if key in own and key in weights:
            rows = own[key].clone()
            for row, name in enumerate(network.classes):
                if name in place:
                    rows[row] = weights[key][place[name]]
            taken[key] = rows
    try:
        network.load_state_dict(taken)
    except RuntimeError as error:
        raise ModelError(
            "weights of a network with the same backbone and adapter",
            str(error).splitlines()[-1].strip(),
            "Give the same model settings as the run that you start from",
        ) from error
    return tuple(name for name in network.classes if name not in place)


def _build_head(
    settings: ModelSettings,
    method: Method,
    classes: tuple[str, ...],
    sources: tuple[str, ...],
    features: int,
) -> Head:
    if method == "med3d":
        return SourceHeads(classes, sources, features)
    if method == "dodnet":
        return ControllerHead(classes, sources, features, settings.dynamic_features)
    if method == "medical-mae":
        return MeanNormHead(classes, features)
    if method == "rpsal":
        return SaliencyHead(classes, features)
    if method == "xprotonet":
        return PrototypeHead(classes, features, settings.prototypes, settings.prototype_features)
    if method == "ma-reconstructed":
        return ProductHead(classes, features, settings.product_features)
    if method == "swinchex":
        return PrivateHeads(classes, features, settings.head_layers)
    if has_queries(settings, method):
        queries = ClassQueries(classes, settings.query_features, start=settings.query_start)
        if settings.query_attention == "cross":
            return CrossAttentionHead(queries, features, settings.attention_heads)
        attends = settings.query_attention == "generated"
        adapter = Adapter(settings.query_features, settings.adapter_hidden, features, attends)
        return LookingHead(queries, adapter) if attends else QueryHead(queries, adapter)
    return LinearHead(classes, features)


def has_queries(settings: ModelSettings, method: Method) -> bool:
    """Whether a network of this method and these settings has class queries.

    >>> has_queries(ModelSettings(), "label-assemble"), has_queries(ModelSettings(), "masked")
    (True, False)
    """
    return method == "label-assemble" and settings.class_queries
