"""Mean, norm, linear layer: against a loop, its gradients, and the published size."""

import pytest
import torch
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import Backbone
from labelassemble.model.build import build_network
from labelassemble.model.drop_last_norm import drop_last_norm
from labelassemble.model.mean_norm_head import MeanNormHead
from labelassemble.model.vision_transformer import Block, VisionTransformer
from labelassemble.settings import DetectionSettings, ModelSettings


def predict_slowly(head: MeanNormHead, feature: torch.Tensor) -> torch.Tensor:
    rows = []
    for image in feature:
        mean = image.flatten(1).sum(dim=1) / image[0].numel()
        centred = mean - mean.sum() / len(mean)
        normal = centred / (centred.square().sum() / len(mean) + 1e-6).sqrt()
        normal = normal * head.norm.weight + head.norm.bias
        rows.append(
            torch.stack(
                [
                    (weight * normal).sum() + bias
                    for weight, bias in zip(head.linear.weight, head.linear.bias, strict=True)
                ]
            )
        )
    return torch.stack(rows)


def test_the_mean_is_normalised_and_then_asked() -> None:
    torch.manual_seed(0)
    head = MeanNormHead(("a", "b", "c"), 8)
    assert head.linear.weight.std() < 5e-5
    torch.nn.init.normal_(head.linear.weight)
    torch.nn.init.normal_(head.norm.bias)
    feature = torch.randn(4, 8, 3, 2)
    torch.testing.assert_close(head.pool(feature), predict_slowly(head, feature))
    # A place by itself is an image of one place; features may be pooled already.
    dense = head(feature)
    torch.testing.assert_close(dense[:, :, 2, 1], head.pool(feature[:, :, 2, 1]))
    torch.testing.assert_close(head(feature[:, :, 0, 0]), dense[:, :, 0, 0])


def test_gradients_of_the_head() -> None:
    torch.manual_seed(0)
    head = MeanNormHead(("a", "b"), 4).double()
    feature = torch.randn(2, 4, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(head.pool, feature)


def test_the_encoders_own_last_norm_is_dropped() -> None:
    network = build_network(ModelSettings(backbone="vit_ti16"), "medical-mae", ("a",), seed=0)
    assert isinstance(network.backbone.layers, VisionTransformer)
    last = network.backbone.layers.blocks[-1]
    assert isinstance(last, Block)
    seen: list[torch.Tensor] = []
    last.register_forward_hook(lambda *told: seen.append(told[2]))
    image = torch.rand(1, 1, 32, 32)
    feature = network.backbone(image)
    torch.testing.assert_close(feature.flatten(2).transpose(1, 2), seen[0][:, 1:])
    torch.testing.assert_close(network(image), network.head.pool(feature))
    assert network(image, dense=True).shape == (1, 1, 2, 2)
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_it_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        layers = VisionTransformer(384, 12, 6, channels=3)
        head = MeanNormHead(tuple("abcdefghijklmn"), 384)
    own = sum(one.numel() for one in layers.parameters())
    # Norms are counted once: the encoder's is dropped, the head has its own.
    total = own - 2 * 384 + sum(one.numel() for one in head.parameters())
    assert round(total / 1e6, 1) == 21.7
    assert total == 21_671_054


def test_other_transformers_and_dense_predictions_are_refused() -> None:
    with pytest.raises(ModelError, match="a vision transformer"):
        drop_last_norm(Backbone(nn.Sequential(nn.Conv2d(1, 3, 1), nn.LayerNorm(3)), 3))
    detection = DetectionSettings(task="detection")
    with pytest.raises(ModelError, match="medical-mae, which diagnoses whole images"):
        build_network(ModelSettings(), "medical-mae", ("a",), detection=detection)


def test_a_convolutional_network_has_no_such_norm_and_stays_as_it_is() -> None:
    network = build_network(ModelSettings(backbone="small"), "medical-mae", ("a",), seed=0).eval()
    plain = build_network(ModelSettings(backbone="small"), "masked", ("a",), seed=0).eval()
    image = torch.rand(1, 1, 32, 32)
    assert torch.equal(network.backbone(image), plain.backbone(image))
    mean = network.backbone(image).mean(dim=(2, 3))
    torch.testing.assert_close(network(image), network.head.pool(mean[..., None, None]))
