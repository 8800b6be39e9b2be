"""Networks that several tests ask."""

import pytest
import torch

from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.settings import ModelSettings

SMALL = ModelSettings(backbone="small", query_features=16, adapter_hidden=24)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return build_network(SMALL, "label-assemble", ["mass", "nodule", "edema"]).eval()
