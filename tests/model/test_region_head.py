"""The second stage of region proposals: against a loop, its size, and who learns from what."""

import pytest
import torch
from pydantic import ValidationError
from torch.nn.functional import conv2d

from labelassemble.errors import ModelError
from labelassemble.model.backbone import build_backbone
from labelassemble.model.build import build_network
from labelassemble.model.region_boxes import make_anchors
from labelassemble.model.region_head import RegionHead, RegionProposals
from labelassemble.model.region_samples import read_regions
from labelassemble.settings import ModelSettings

SMALL = ModelSettings(backbone="small", pyramid=False, region_backbone="small")


def test_proposals_are_those_of_a_loop() -> None:
    torch.manual_seed(0)
    proposals = RegionProposals(4)
    torch.nn.init.normal_(proposals.shift.weight)
    inner, saliency = torch.randn(2, 2, 4, 6, 6), torch.randn(2, 2, 6, 6)
    with torch.no_grad():
        found = proposals(inner, saliency)
    assert found.score.shape == (2, 2, 395)
    for image, name, number in ((0, 0, 3), (1, 1, 394), (0, 1, 200)):
        box = make_anchors()[number : number + 1]
        seen = read_regions(saliency[image, name][None, None], box)[0, 0].sigmoid()
        shown = read_regions(inner[image, name][None], box)[0, 0] * seen
        hidden = conv2d(shown[None], proposals.look.weight, proposals.look.bias, padding=1)[0]
        hidden = torch.stack([max(one.flatten()) for one in hidden.clamp(min=0.0)])
        weight = proposals.score.weight[0].tolist()
        score = sum(u * h for u, h in zip(weight, hidden.tolist(), strict=True))
        torch.testing.assert_close(
            float(found.score[image, name, number]), score, rtol=1e-4, atol=1e-5
        )


def test_regions_begin_as_the_anchors() -> None:
    proposals = RegionProposals(4)
    found = proposals(torch.randn(1, 1, 4, 5, 5), torch.randn(1, 1, 5, 5))
    assert torch.equal(found.box[0, 0], make_anchors())


def test_both_stages_have_the_published_number_of_parameters() -> None:
    settings = ModelSettings(
        backbone="densenet121", region_backbone="resnet34", input={"channels": 3}
    )
    with torch.device("meta"):
        proposals = RegionProposals(128)
        body = build_backbone("resnet34", settings.input)
        regions = RegionHead(14, 128, body, body.features)
    both = sum(one.numel() for one in regions.parameters())
    assert sum(one.numel() for one in proposals.parameters()) == 128 * 64 * 9 + 64 + 64 + 64 * 4 + 4
    # 8.15 million of the first stage, as its own test counts them.
    assert round((both + 8_151_296) / 1e6, 1) == 36.9


def test_only_a_classs_own_crop_and_head_learn_from_it() -> None:
    torch.manual_seed(0)
    body = build_backbone("small")
    # Batch statistics of the body are of all classes' crops together.
    regions = RegionHead(3, 4, body.eval(), body.features)
    inner = torch.randn(2, 3, 4, 6, 6, requires_grad=True)
    saliency = torch.randn(2, 3, 6, 6, requires_grad=True)
    noise = torch.randn(2, 3, 395)
    logit = regions(torch.rand(2, 1, 64, 64), inner, saliency, noise)
    logit[:, 2].square().sum().backward()
    heads = [any(one.grad.any() for one in head.parameters()) for head in regions.heads]
    assert heads == [False, False, True]
    assert [bool(inner.grad[:, name].any()) for name in range(3)] == [False, False, True]
    # Saliency enters without a gradient; scores and shifts both learn by way of the crop.
    assert saliency.grad is None
    assert regions.proposals.score.weight.grad.any()
    assert regions.proposals.shift.weight.grad.any()


def test_predictions_are_those_of_the_first_stage() -> None:
    both = build_network(SMALL, "rpsal", ("a", "b"), seed=0).eval()
    first = build_network(
        SMALL.model_copy(update={"region_backbone": None}), "rpsal", ("a", "b"), seed=0
    )
    image = torch.rand(2, 1, 64, 64)
    assert torch.equal(both(image), first.eval()(image))
    inner, saliency = both.head.show(both.backbone(image))
    torch.testing.assert_close(saliency, both(image, dense=True))
    assert inner.shape[:3] == (2, 2, 128)
    again = [both.head.regions(image, inner, saliency) for _ in range(2)]
    assert torch.equal(*again)


def test_what_cannot_look_at_regions_is_refused() -> None:
    with pytest.raises(ValidationError, match="fetch a URL"):
        ModelSettings(region_pretrained="https://example.org/resnet34.pth")
    unknown = SMALL.model_copy(update={"region_backbone": "resnet35"})
    with pytest.raises(ModelError, match="resnet35"):
        build_network(unknown, "rpsal", ("a",))
