"""Errors that say what was expected, what came, and what to do."""

import errno
import re
import shlex
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple


class LabelAssembleError(Exception):
    """A mistake in what the user gave, told in one message without a traceback.

    Args:
        expected: what was expected, a phrase such as ``"a column named 'Finding Labels'"``.
        got: what came instead, with its place (file, row, key).
        do: what to do about it, an imperative sentence.

    Source: our own; the form follows `expected / got / do this`.

    Examples:
        >>> print(LabelAssembleError("a positive size", "size = -3", "Give a size of 16 or more"))
        Expected a positive size.
        Got      size = -3.
        Do this: Give a size of 16 or more.
    """

    longest = 1_500
    """Characters that a part may have."""

    def __init__(self, expected: str, got: str, do: str) -> None:
        self.expected, self.got, self.do = (
            shorten(text, self.longest) for text in (expected, got, do)
        )
        super().__init__(
            f"Expected {_end(self.expected)}\nGot      {_end(self.got)}\nDo this: {_end(self.do)}"
        )

    def __reduce__(self) -> tuple[type["LabelAssembleError"], tuple[str, str, str]]:
        """Come out of another process as it went in."""
        return type(self), (self.expected, self.got, self.do)


class Extra(NamedTuple):
    """An optional part of the package."""

    modules: tuple[str, ...]
    """What it brings."""
    users: str
    """What needs it."""
    clone: str = ""
    """How to install it from a clone, where the clone holds it."""


EXTRAS = {
    "train": Extra(("torch", "lightning", "monai", "safetensors"), "training and predicting"),
    "dicom": Extra(("highdicom", "pynetdicom", "dicomweb_client"), "answers as DICOM objects"),
    "deploy": Extra(
        ("onnx", "onnxscript", "onnxruntime", "openvino"), "export-model and benchmark-model"
    ),
    "serve": Extra(
        ("fastapi", "uvicorn", "starlette", "anyio", "python_multipart", "prometheus_client"),
        "pages of serve",
    ),
    "s3": Extra(("fsspec", "s3fs", "aiobotocore"), "locations in object stores"),
    "slurm": Extra(("submitit",), "jobs of a SLURM cluster"),
    "phantoms": Extra(
        ("labelassemble_phantoms",), "demo and simulate", " (in a clone: pip install ./phantoms)"
    ),
}
"""Optional parts by the names that pip knows."""


class SettingsError(LabelAssembleError):
    """A recipe or a command line that cannot be carried out as written."""


class SourceError(LabelAssembleError):
    """A source's manifest, table or folder that is not as its manifest says."""


class VocabularyError(LabelAssembleError):
    """A class that the vocabulary does not hold, or a vocabulary that contradicts itself."""


class AssemblyError(LabelAssembleError):
    """Tables that cannot be assembled, or a split that would leak."""


class ImageError(LabelAssembleError):
    """An image file that is missing, empty, truncated or carries no image."""


class MachineError(LabelAssembleError):
    """A machine with too little memory: nothing is wrong with the data, so nothing is left out."""


class ModelError(LabelAssembleError):
    """A network, a backbone or a weights file that does not fit."""


class RunError(LabelAssembleError):
    """A run folder or a checkpoint that is missing, foreign or incomplete."""


class BusyError(RunError):
    """A place that another command writes at this moment."""


class DivergedError(RunError):
    """A training whose losses or predictions are no numbers any more."""


class ExtraError(LabelAssembleError, ModuleNotFoundError):
    """A part of the package that is not installed."""


class MetricError(LabelAssembleError):
    """Predictions, labels or patients that no score can be made of."""


def missing_extra(error: ModuleNotFoundError) -> ExtraError | None:
    """Say which optional part of the package brings a module that is not there; None: no part does.

    >>> error = ModuleNotFoundError("No module named 'torch'", name="torch")
    >>> print(missing_extra(error))
    Expected torch, which training and predicting need.
    Got      no such module in this environment.
    Do this: pip install 'labelassemble[train]'.
    """
    module = (error.name or "").partition(".")[0]
    for name, extra in EXTRAS.items():
        if module in extra.modules:
            return ExtraError(
                f"{module}, which {extra.users} need",
                "no such module in this environment",
                f"pip install 'labelassemble[{name}]'{extra.clone}",
            )
    return None


MEMORY = re.compile(r"out of memory|(can.?t|not enough|cannot|unable to) (allocate )?memory", re.I)
"""How libraries say in words of their own that there is no memory."""

MACHINE_ERRORS = frozenset(
    getattr(errno, name)
    for name in (
        *("ENOMEM", "EMFILE", "ENFILE", "ENOSPC", "EDQUOT", "EROFS"),
        *("EIO", "ESTALE", "ETIMEDOUT", "ENOTCONN", "EHOSTDOWN", "ENETDOWN", "ENETUNREACH"),
    )
    if hasattr(errno, name)
)
"""What the system says of itself, and of a drive that went away, whatever file is read."""


def raise_machine_fault(error: Exception) -> None:
    """Raise an error again that is the machine's and no file's: memory, open files, a lost drive.

    To be called first where damaged files raise nearly anything: data must not be left out because
    a machine is too small.

    Raises:
        Exception: ``error``, or that it came from, where a machine is to blame for it.

    >>> raise_machine_fault(ValueError("a truncated file"))
    >>> raise_machine_fault(MemoryError())
    Traceback (most recent call last):
    MemoryError
    """
    one: BaseException | None = error
    while one is not None:
        if (
            isinstance(one, MemoryError | MachineError)
            or (isinstance(one, OSError) and one.errno in MACHINE_ERRORS)
            or (isinstance(one, RuntimeError) and MEMORY.search(str(one)))
        ):
            raise error
        one = one.__cause__


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is not known, name the nearest ones, then all of them.

    >>> unknown_name("backbone", "resnet81", ["resnet18", "small"])
    "no backbone 'resnet81'; nearest: resnet18; known: resnet18, small"
    """
    names = list(known)
    # Nobody misspells a whole report, and comparing one takes minutes.
    near = get_close_matches(name, names, n=3) if len(name) <= 200 else []
    name = shorten(name, 100)
    nearest = f"; nearest: {', '.join(near)}" if near else ""
    return f"no {kind} {name!r}{nearest}; known: {', '.join(names) or 'none'}"


def shorten(text: str, most: int) -> str:
    """Cut the middle out of a text that is longer than ``most`` characters.

    >>> shorten("abcdefghijklmnopqrstuvwxyz", 15)
    'abcdefgh...wxyz'
    """
    if len(text) <= most:
        return text
    tail = most // 4 + 1
    return f"{text[: most - 3 - tail]}...{text[-tail:]}"


def some(names: Iterable[str], most: int = 10) -> str:
    """Join names, at most ``most`` of them, and say how many more there are.

    >>> some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    every = list(names)
    head = ", ".join(shorten(name, 300) for name in every[:most])
    return head if len(every) <= most else f"{head} and {len(every) - most} more"


def plural(count: int, noun: str, several: str | None = None) -> str:
    """Give a number with its noun.

    >>> plural(1, "row"), plural(2000, "row"), plural(2, "patient has", "patients have")
    ('1 row', '2,000 rows', '2 patients have')
    """
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def as_word(path: object) -> str:
    """Give a path, or another word, as a shell takes it: in quotes where it needs them.

    >>> as_word("runs/a"), as_word("two hospitals")
    ('runs/a', "'two hospitals'")
    """
    return shlex.quote(str(path))


def _end(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
