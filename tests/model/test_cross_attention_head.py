import pytest
import torch

from labelassemble.model.class_queries import ClassQueries
from labelassemble.model.cross_attention_head import CrossAttentionHead


def make_head(classes: int = 3, heads: int = 2) -> CrossAttentionHead:
    torch.manual_seed(0)
    names = tuple(f"c{number}" for number in range(classes))
    return CrossAttentionHead(ClassQueries(names, 8), 5, heads)


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_it_is_torchs_attention(heads: int) -> None:
    head, feature = make_head(heads=heads), torch.randn(2, 5, 3, 4)
    places = head.project(feature.flatten(2).transpose(1, 2))
    slow = torch.nn.MultiheadAttention(8, heads, batch_first=True)
    with torch.no_grad():
        layers = (head.ask, head.key, head.value)
        slow.in_proj_weight.copy_(torch.cat([layer.weight for layer in layers]))
        slow.in_proj_bias.copy_(torch.cat([layer.bias for layer in layers]))
        slow.out_proj.weight.copy_(head.merge.weight)
        slow.out_proj.bias.copy_(head.merge.bias)
    query = head.queries().expand(2, -1, -1)
    found = head.norm(query + slow(query, places, places)[0])
    both = torch.cat([found, places.mean(1)[:, None].expand_as(found)], dim=2)
    expected = (both * head.weight).sum(2) + head.bias
    torch.testing.assert_close(head.pool(feature), expected)


def test_the_map_is_the_prediction_to_each_place_alone() -> None:
    head, feature = make_head(), torch.randn(2, 5, 3, 4)
    made = head(feature)
    assert made.shape == (2, 3, 3, 4)
    for row in range(3):
        for column in range(4):
            alone = head.pool(feature[:, :, row : row + 1, column : column + 1])
            torch.testing.assert_close(made[:, :, row, column], alone)


def test_a_class_that_is_added_keeps_the_others_to_the_bit() -> None:
    head, feature = make_head(1), torch.randn(3, 5, 4, 4)
    for number in range(1, 18):
        pooled, dense = head.pool(feature), head(feature)
        head.add_class(f"c{number}")
        assert torch.equal(head.pool(feature)[:, :number], pooled)
        assert torch.equal(head(feature)[:, :number], dense)
    assert head.classes[-1] == "c17"
