import sys
from pathlib import Path

import pytest

from labelassemble.errors import SettingsError
from labelassemble.training.csv_log import EpochRow
from labelassemble.training.tensorboard_log import TensorboardLog


def test_writes_every_number(tmp_path: Path) -> None:
    log = TensorboardLog(tmp_path, 0)
    log.write_row(EpochRow(0, 3, 1e-3, 0.1, 0.2, 0.3, 0.4, None, 10, 20, 99.5))
    log.write_row(EpochRow(1, 6, 1e-3, 0.1, 0.2, 0.3, 0.4, 0.75, 10, 20, 99.5))
    log.close()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path)).Reload()
    assert [(one.step, one.value) for one in events.Scalars("validation_auroc_score")] == [
        (1, 0.75)
    ]
    assert [one.value for one in events.Scalars("step")] == [3.0, 6.0]


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(SettingsError, match=r"labelassemble\[tensorboard\]"):
        TensorboardLog(tmp_path, 0)
