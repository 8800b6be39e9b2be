"""What the machine has: told, and written to."""

import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest
import torch

from labelassemble.pipeline import try_machine as tried
from labelassemble.pipeline.health import Health
from labelassemble.pipeline.try_machine import try_machine


def look(folder: Path) -> dict[str, Health]:
    return {one.name: one for one in try_machine(folder)}


def test_nothing_is_broken_here_and_nothing_is_left_behind(tmp_path: Path) -> None:
    found = look(tmp_path)
    assert [one for one in found.values() if one.state == "broken"] == []
    assert found["Python"].text.startswith(f"{sys.version_info[0]}.{sys.version_info[1]}")
    assert {"processors", "threads", "memory", "SLURM", "text", "temporary files"} <= found.keys()
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_is_not_there_yet_is_tried_above(tmp_path: Path) -> None:
    assert str(tmp_path) in look(tmp_path / "new" / "results")["output"].text
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_written_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    found = look(tmp_path)
    assert found["output"].state == "broken"
    assert "No space left on device" in found["output"].text
    assert found["weights cache"].state == "note"
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_nearly_full_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")(2**40, 2**40 - 2**20, 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage)
    assert look(tmp_path)["output"].state == "note"


def test_the_name_of_the_user_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "jane.doe"
    (home / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    text = "\n".join(one.text for one in look(home / "work").values())
    assert "jane" not in text
    assert "~/work" in text


def test_slurm_and_threads_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setenv("SLURM_NTASKS", "4")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = look(tmp_path)
    assert found["SLURM"].text == "in a job: SLURM_JOB_ID=17, SLURM_NTASKS=4"
    assert "OMP_NUM_THREADS=3" in found["threads"].text


@pytest.mark.parametrize(("product", "state"), [(64.0**3, "ok"), (1.0, "broken"), (None, "broken")])
def test_a_gpu_must_compute(
    product: float | None, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = namedtuple("card", "name total_memory")("Card 9", 2**33)

    class Square:
        def __matmul__(self, other: "Square") -> "Square":
            if product is None:
                raise RuntimeError("CUDA error: no kernel image is available")
            return self

        def sum(self) -> float:
            return product or 0.0

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda place: card)
    monkeypatch.setattr(torch, "ones", lambda *size, device: Square())
    gpu = look(tmp_path)["GPU 0"]
    assert gpu.state == state
    assert "Card 9, 8.0 GiB" in gpu.text


def test_limits_of_the_control_group_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"cpu.max": "150000 100000", "memory.max": str(2**31)}
    monkeypatch.setattr(tried, "_read_group", lambda name: limits[name])
    found = look(tmp_path)
    assert found["processors"].text.endswith("1.5 by the control group")
    assert found["memory"].text.endswith("2.0 GiB by the control group")
