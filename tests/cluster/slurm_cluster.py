"""A SLURM cluster of two machines that are both this one: munged, slurmctld and two slurmd."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hospital_tools import need

NODES = ("n1", "n2")
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
AuthInfo=socket={folder}/munge.sock,cred_expire=8
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1
ReturnToService=0
KillWait=2
NodeName=n1 NodeAddr=127.0.0.1 NodeHostname={host} Port={ports[1]} CPUs=8
NodeName=n2 NodeAddr=127.0.0.1 NodeHostname={host} Port={ports[2]} CPUs=8
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def run_cluster() -> Iterator[Path]:
    """Start a cluster, give the path of its configuration, and stop it."""
    programs = {name: need(name) for name in ("munged", "slurmctld", "slurmd", "sbatch")}
    # Here, and not below pytest's folders: the names of sockets are short.
    folder = Path(tempfile.mkdtemp(prefix="slurm"))
    (folder / "state").mkdir()
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o600)
    conf = folder / "slurm.conf"
    told = CONFIGURATION.format(
        host=socket.gethostname(), folder=folder, user=getpass.getuser(), ports=_free_ports(3)
    )
    conf.write_text(told)
    files = {"key-file": "munge.key", "socket": "munge.sock", "pid-file": "munged.pid"}
    files |= {"log-file": "munged.log", "seed-file": "munged.seed"}
    try:
        options = [f"--{option}={folder / name}" for option, name in files.items()]
        _start(programs["munged"], "--force", *options)
        _start(programs["slurmctld"], "-f", str(conf))
        for name in NODES:
            (folder / name).mkdir()
            _start(programs["slurmd"], "-f", str(conf), "-N", name)
        environment = {**os.environ, "SLURM_CONF": str(conf)}
        wait_for(lambda: _count_idle(environment) == len(NODES), "two machines", folder)
        yield conf
    finally:
        for name in (*NODES, "slurmctld", "munged"):
            _stop(folder / f"{name}.pid")
        shutil.rmtree(folder, ignore_errors=True)


def ask(*words: str) -> str:
    """Ask a program of SLURM; what it says."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def wait_for(happens: Callable[[], object], what: str, logs: Path, seconds: float = 120) -> None:
    """Wait until something has happened; fails with the logs of a folder."""
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            told = "\n".join(
                f"--- {one}\n{one.read_text(errors='replace')[-2000:]}"
                for one in sorted(logs.rglob("*"))
                if one.suffix in (".log", ".out", ".status")
            )
            raise AssertionError(f"waited for {what}\n{told}")
        time.sleep(0.1)


def _count_idle(environment: dict[str, str]) -> int:
    words = ["sinfo", "--noheader", "--Node", "--format=%T"]
    said = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    return said.stdout.split().count("idle")


def _start(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _stop(pid_file: Path) -> None:
    if not pid_file.is_file():
        return
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.05)


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports
