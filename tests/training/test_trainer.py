import logging
import signal
import threading
import warnings
from pathlib import Path

import pytest
import torch
from lightning.fabric.utilities.warnings import PossibleUserWarning
from lightning.pytorch.strategies import ModelParallelStrategy
from torch import nn

from labelassemble.errors import SettingsError
from labelassemble.settings import TrainingSettings
from labelassemble.training.trainer import (
    build_trainer,
    choose_precision,
    choose_strategy,
    quiet_lightning,
    tune_for_gpu,
)


def test_trains_on_the_cpu_where_there_is_nothing_else(tmp_path: Path) -> None:
    with quiet_lightning():
        trainer = build_trainer(TrainingSettings(accelerator="cpu"), tmp_path, [], True)
    assert trainer.strategy.root_device.type == "cpu"
    assert trainer.precision == "32-true"
    assert trainer.logger is None
    assert trainer.limit_val_batches == 1.0


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"accelerator": "gpu"}, "a GPU for training.accelerator = 'gpu'"),
        ({"accelerator": "gpu", "devices": 4}, "4 GPUs for training.devices = 4"),
        (
            {"precision": "16-mixed"},
            "training.precision = 'auto', '32' or 'bf16-mixed' on the CPU",
        ),
    ],
)
def test_what_the_machine_does_not_have_is_told(
    settings: dict[str, object], expected: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as caught:
        build_trainer(TrainingSettings.model_validate(settings), tmp_path, [], True)
    assert caught.value.expected == expected
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize(
    ("precision", "bfloat16", "chosen"),
    [
        ("auto", True, "bf16-mixed"),
        ("auto", False, "16-mixed"),
        ("32", True, "32-true"),
        ("16-mixed", True, "16-mixed"),
    ],
)
def test_precision_on_a_gpu(
    precision: str, bfloat16: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bfloat16)
    settings = TrainingSettings.model_validate({"precision": precision})
    assert choose_precision(settings, gpu=True) == chosen


def test_strategies() -> None:
    assert choose_strategy(TrainingSettings(), gpu=True) == "auto"
    assert choose_strategy(TrainingSettings(nodes=2), gpu=True) == "ddp"
    assert choose_strategy(TrainingSettings(strategy="ddp"), gpu=False) == "ddp"
    sharded = choose_strategy(TrainingSettings(strategy="fsdp"), gpu=True)
    assert isinstance(sharded, ModelParallelStrategy)


def test_tuning_lays_weights_out_by_channels() -> None:
    before = torch.get_float32_matmul_precision()
    network = nn.Conv2d(2, 3, 3)
    try:
        tune_for_gpu(network)
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)
    assert network.weight.is_contiguous(memory_format=torch.channels_last)


def test_only_hints_are_kept_quiet() -> None:
    level = logging.getLogger("lightning.pytorch").level
    with quiet_lightning():
        warnings.warn("take more workers", PossibleUserWarning, stacklevel=1)
        assert logging.getLogger("lightning.pytorch").level == logging.ERROR
        with pytest.raises(UserWarning, match="something real"):
            warnings.warn("something real", UserWarning, stacklevel=1)
    assert logging.getLogger("lightning.pytorch").level == level


def leave_as_lightning_does(error: BaseException) -> None:
    """On an interrupt, Lightning ignores the signal from then on and leaves."""
    with quiet_lightning():
        try:
            raise error
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            raise SystemExit(1)  # noqa: B904  as Lightning does


def test_an_interrupt_comes_out_as_one() -> None:
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        leave_as_lightning_does(KeyboardInterrupt())
    assert signal.getsignal(signal.SIGINT) is handler
    with pytest.raises(SystemExit):
        leave_as_lightning_does(SystemExit(3))


def test_works_beside_the_main_thread() -> None:
    left: list[bool] = []

    def enter() -> None:
        with quiet_lightning():
            pass
        left.append(True)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert left == [True]
