"""Programs of others: what holds DICOM objects against the standard, a PACS, a cluster's."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = {
    "dciodvfy": "dicom3tools",
    "storescu": "dcmtk",
    "echoscu": "dcmtk",
    "Orthanc": "orthanc orthanc-dicomweb",
    "slurmctld": "slurm-wlm",
    "slurmd": "slurm-wlm",
    "sbatch": "slurm-wlm",
    "munged": "munge",
}

_SYSTEM = "/usr/bin:/usr/sbin:/usr/local/bin:/opt/homebrew/bin"


def need(name: str) -> str:
    """Path of a program; without it the test is skipped, in CI it fails."""
    # First where the system puts them: pynetdicom has programs of the same names.
    found = shutil.which(name, path=_SYSTEM) or shutil.which(name)
    if found is None:
        reason = f"{name} is not installed: apt-get install {PACKAGES[name]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def list_errors(path: Path) -> list[str]:
    """What dciodvfy calls an error in a DICOM file."""
    done = subprocess.run(
        [need("dciodvfy"), str(path)], capture_output=True, text=True, errors="replace", check=False
    )
    said = done.stdout + done.stderr
    assert "SR" in said or "SC" in said or "Segmentation" in said, said
    return [line for line in said.splitlines() if line.startswith("Error")]
