"""Averages of weights, by hand and in a run that is broken off."""

import pytest
import torch
from torch import nn

from labelassemble.training.averaged_weights import AveragedWeights


def test_an_average_is_what_a_loop_gives() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    averaged = AveragedWeights(network, 0.5)
    expected = {name: value.clone() for name, value in network.state_dict().items()}
    for step in range(1, 30):
        network(torch.rand(4, 2))
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter))
        averaged.update(step)
        stays = min(0.5, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                expected[name] = stays * expected[name] + (1 - stays) * value
    for name, value in averaged.average.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)
    assert averaged.average["1.num_batches_tracked"] == 29


@pytest.mark.parametrize("times", [1, 2])
def test_a_swap_exchanges_and_a_second_one_brings_back(times: int) -> None:
    network = nn.BatchNorm1d(3)
    averaged = AveragedWeights(network, 0.5)
    with torch.no_grad():
        network.weight.fill_(7.0)
        network.num_batches_tracked.fill_(3)
    for _ in range(times):
        averaged.swap()
    assert network.weight.tolist() == ([1.0] * 3 if times == 1 else [7.0] * 3)
    assert averaged.average["weight"].tolist() == ([7.0] * 3 if times == 1 else [1.0] * 3)
    assert network.num_batches_tracked == (0 if times == 1 else 3)


def test_a_run_goes_on_from_its_own_average() -> None:
    first = nn.Linear(2, 2)
    kept = {name: torch.full_like(value, 9.0) for name, value in first.state_dict().items()}
    resumed = AveragedWeights(first, 0.9, kept)
    assert bool((resumed.average["weight"] == 9.0).all())
    resumed.update(10_000)
    torch.testing.assert_close(resumed.average["weight"], 9.0 + 0.1 * (first.weight.detach() - 9.0))
    assert bool((kept["weight"] == 9.0).all())
