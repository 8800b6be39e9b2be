"""Epochs on an MLflow server: a real one, one that comes late, and none."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from labelassemble.errors import SettingsError
from labelassemble.training import mlflow_log
from labelassemble.training.csv_log import EpochRow, append_row
from labelassemble.training.mlflow_log import MlflowLog

SERVER = os.environ.get("LABELASSEMBLE_MLFLOW", "")


def make_row(epoch: int) -> EpochRow:
    score = None if epoch == 1 else 0.5 + epoch / 10
    return EpochRow(epoch, 10 * (epoch + 1), 0.1, 1.0 / (epoch + 1), 1, 0, 0, score, 7, 3, 99.5)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def run_server(port: int, folder: Path) -> Iterator[None]:
    """MLflow's own server over a database."""
    words = ["server", "--backend-store-uri", f"sqlite:///{folder}/runs.db", "--workers", "1"]
    words += ["--host", "127.0.0.1", "--port", str(port), "--artifacts-destination", str(folder)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [SERVER, *words], stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def ask(port: int, way: str, **body: Any) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/2.0/mlflow/{way}",
        json.dumps(body).encode() if body else None,
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.loads(reply.read())


def open_log(port: int, folder: Path, said: list[str]) -> MlflowLog:
    settings = {"model.backbone": "small", **{f"training.at{n}": n for n in range(150)}}
    return MlflowLog(f"http://127.0.0.1:{port}", folder, "Two hospitals", settings, said.append)


@pytest.mark.skipif(not SERVER and not os.environ.get("CI"), reason="no MLflow: make tests has it")
def test_a_server_that_comes_late_gets_every_epoch_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_log, "_AGAIN_S", 0.2)
    run, there, port = tmp_path / "masked-seed0", tmp_path / "there", free_port()
    run.mkdir()
    there.mkdir()
    said = list[str]()
    log = open_log(port, run, said)
    began = time.monotonic()
    log.write_row(make_row(0))
    log.write_row(make_row(1))
    assert time.monotonic() - began < 0.5, "training does not wait"
    while not said:
        time.sleep(0.05)
    assert said[0].startswith(
        f"MLflow at http://127.0.0.1:{port} takes nothing (MlflowException: API"
    )
    with run_server(port, there):
        while (
            json.loads((run / "mlflow.json").read_text())["epochs"] < 2
            if (run / "mlflow.json").is_file()
            else True
        ):
            time.sleep(0.05)
        log.close()
        assert len(said) == 1
        # The run is resumed, with an epoch that was logged and never sent; one comes again.
        for epoch in range(3):
            append_row(run / "log.csv", make_row(epoch))
        log = open_log(port, run, said)
        for epoch in (1, 3):
            log.write_row(make_row(epoch))
        log.close()
        (experiment,) = [
            one["experiment_id"]
            for one in ask(port, "experiments/search", max_results=9)["experiments"]
            if one["name"] == "Two hospitals"
        ]
        (told,) = ask(port, "runs/search", experiment_ids=[experiment])["runs"]
        assert told["info"]["run_name"] == "masked-seed0"
        assert told["info"]["status"] == "FINISHED"
        params = {one["key"]: one["value"] for one in told["data"]["params"]}
        assert (len(params), params["model.backbone"]) == (151, "small")
        which = told["info"]["run_id"]

        def read(name: str) -> list[tuple[int, float]]:
            way = f"metrics/get-history?run_id={which}&metric_key={name}"
            found = ask(port, way)["metrics"]
            return [(int(one.get("step", 0)), one["value"]) for one in found]

        assert read("total_loss") == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3)), (3, 0.25)]
        assert [step for step, _ in read("validation_auroc_score")] == [0, 2, 3]
    assert len(said) == 1


def test_without_a_server_it_is_told_what_is_missing_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_log, "_AGAIN_S", 0.1)
    said = list[str]()
    log = open_log(free_port(), tmp_path, said)
    for epoch in range(3):
        log.write_row(make_row(epoch))
    log.close()
    assert said[-1] == "MLflow did not get 3 epochs; log.csv has them"
    assert len(said) == 2
    assert list(tmp_path.iterdir()) == []


def test_without_the_package_it_is_told_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_log, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"labelassemble\[mlflow\]"):
        open_log(1, tmp_path, [])
