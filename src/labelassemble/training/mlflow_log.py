"""The same rows as ``log.csv``, for an MLflow server, which may be away."""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from labelassemble.errors import SettingsError, plural
from labelassemble.training.csv_log import DenseRow, EpochRow, read_log
from labelassemble.training.run_folder import LOG, MLFLOW, read_json, write_json

_TRIES, _REQUEST_S = "0", "5"
_AGAIN_S, _LAST_S = 20.0, 15.0
_AT_ONCE = 100
"""Settings of a request: more a server refuses."""
_LONGEST = 500


class MlflowLog:
    """Sends the numbers of every epoch to an MLflow server, while training goes on.

    What cannot be sent is tried again; the training neither waits for it nor fails. A run that
    resumes goes on in the server's run that it began (``mlflow.json``).

    Args:
        address: of the server, such as ``http://127.0.0.1:5000``.
        folder: the run folder, whose name the server's run has.
        experiment: what the server files it under.
        settings: shown beside it.
        say: takes that the server is away, once, and what it did not get.

    Raises:
        SettingsError: the extra ``mlflow`` is not installed.
    """

    def __init__(
        self,
        address: str,
        folder: Path,
        experiment: str,
        settings: Mapping[str, Any],
        say: Callable[[str], None],
    ) -> None:
        if find_spec("mlflow") is None:
            raise SettingsError(
                "the package mlflow-skinny, for training.mlflow",
                "it is not installed",
                "pip install 'labelassemble[mlflow]', or leave training.mlflow out",
            )
        self._address, self._folder, self._experiment = address, folder, experiment
        self._settings, self._say = settings, say
        known = read_json(folder / MLFLOW) if (folder / MLFLOW).is_file() else {}
        self._run: str | None = known.get("run") if known.get("server") == address else None
        self._sent = int(known.get("epochs", 0)) if self._run else 0
        self._shown = bool(known.get("settings")) and self._run is not None
        log = folder / LOG
        # Of a run that resumes: what it logged and could not send before.
        self._rows: list[dict[str, Any]] = read_log(log).to_dicts() if log.is_file() else []
        self._told = False
        self._more, self._ends = threading.Event(), threading.Event()
        self._sender = threading.Thread(target=self._work, daemon=True)
        self._sender.start()

    def write_row(self, row: EpochRow | DenseRow) -> None:
        """Take one epoch; it is sent in its time."""
        self._rows.append(row._asdict())
        self._more.set()

    def close(self) -> None:
        """Send what waits, if the server is there, and say what it did not get."""
        self._ends.set()
        self._more.set()
        self._sender.join(_LAST_S)
        lost = sum(row["epoch"] >= self._sent for row in self._rows)
        if lost:
            self._say(f"MLflow did not get {plural(lost, 'epoch')}; log.csv has them")

    def _work(self) -> None:
        while True:
            self._more.wait()
            self._more.clear()
            ends = self._ends.is_set()
            try:
                self._send(ends)
            except Exception as error:  # Whatever a server or a library does: training goes on.
                if not self._told:
                    self._told = True
                    self._say(
                        f"MLflow at {self._address} takes nothing ({_first_line(error)}): "
                        "training goes on, and its epochs are sent once it does"
                    )
                if not ends:
                    self._ends.wait(_AGAIN_S)
                    self._more.set()
            if ends:
                return

    def _send(self, ends: bool) -> None:
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", _TRIES)
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", _REQUEST_S)
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param

        client = MlflowClient(self._address)
        if self._run is None:
            found = client.get_experiment_by_name(self._experiment)
            place = found.experiment_id if found else client.create_experiment(self._experiment)
            self._run = client.create_run(place, run_name=self._folder.name).info.run_id
            self._keep()
        if not self._shown:
            shown = [Param(name, _write(value)) for name, value in self._settings.items()]
            for first in range(0, len(shown), _AT_ONCE):
                client.log_batch(self._run, params=shown[first : first + _AT_ONCE])
            self._shown = True
            self._keep()
        for row in [one for one in self._rows if one["epoch"] >= self._sent]:
            now = int(time.time() * 1e3)
            metrics = [
                Metric(name, float(value), now, row["epoch"])
                for name, value in row.items()
                if value is not None
            ]
            client.log_batch(self._run, metrics=metrics)
            self._sent = row["epoch"] + 1
            self._keep()
        if ends:
            client.set_terminated(self._run)

    def _keep(self) -> None:
        told = {"server": self._address, "run": self._run, "settings": self._shown}
        write_json({**told, "epochs": self._sent}, self._folder / MLFLOW)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"


def _write(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_LONGEST]
