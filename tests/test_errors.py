import ast
import errno
import pickle
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.code_files import CODE_FILES

from labelassemble.errors import (
    LabelAssembleError,
    MachineError,
    RunError,
    SettingsError,
    raise_machine_fault,
    some,
    unknown_name,
)
from labelassemble.files.open_file import read_file


def test_three_lines_that_end_as_sentences() -> None:
    error = SettingsError("a size", "none!", "Give one")
    assert str(error) == "Expected a size.\nGot      none!\nDo this: Give one."
    assert isinstance(error, LabelAssembleError)
    assert (error.expected, error.got, error.do) == ("a size", "none!", "Give one")


def test_unknown_names() -> None:
    assert unknown_name("class", "x", []) == "no class 'x'; known: none"


@pytest.mark.parametrize(("number", "said"), [(2, "n0, n1"), (12, "n9 and 2 more")])
def test_some_names(number: int, said: str) -> None:
    assert some(f"n{place}" for place in range(number)).endswith(said)


def test_an_error_of_another_process_says_the_same():
    error = RunError("a finished run", "none", "Train first")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is RunError
    assert str(again) == str(error)
    assert (again.expected, again.got, again.do) == ("a finished run", "none", "Train first")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("1 GiB"),
        MachineError("memory", "none", "Close programs"),
        RuntimeError("not enough memory: you tried to allocate 1 byte"),
        OSError(errno.EMFILE, "Too many open files"),
        OSError(errno.EIO, "Input/output error"),
    ],
)
def test_what_a_machine_is_to_blame_for_is_raised_again(error: Exception) -> None:
    with pytest.raises(type(error)):
        raise_machine_fault(error)
    outer = ValueError("cannot decode")
    outer.__cause__ = error
    with pytest.raises(ValueError, match="cannot decode"):
        raise_machine_fault(outer)


@pytest.mark.parametrize("error", [ValueError("cut"), OSError(errno.ENOENT, "No such file")])
def test_what_a_file_is_to_blame_for_is_not(error: Exception) -> None:
    raise_machine_fault(error)


def test_a_file_that_could_not_be_opened_for_want_of_handles_is_not_called_damaged(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            read_file(tmp_path / "a.png")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


SERVERS_AND_CHECKS = {
    *("cli/dispatch.py", "files/packed_voxels.py"),
    *("pipeline/examine_installation.py", "pipeline/try_codecs.py"),
    *("pipeline/try_machine.py", "pipeline/try_packages.py"),
    *("dicom/receive_objects.py", "pipeline/listen.py", "serve/guard.py", "serve/open_upload.py"),
    *("deploy/hold_parity.py", "deploy/trace_network.py"),
    *("training/mlflow_log.py", "storage/object_store.py"),
    *("model/fetch_weights.py", "model/timm_backbone.py", "model/transformers_backbone.py"),
}
"""They raise it again, tell what of a machine does not work, go on serving, or say why something
that was asked for cannot be had; no data are left out."""


def broad_handlers(path: Path) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
        ):
            yield node


def test_no_broad_handler_blames_data_for_the_machine() -> None:
    silent = {
        path.as_posix().rpartition("/labelassemble/")[2]
        for path in CODE_FILES
        for one in broad_handlers(path)
        if ast.unparse(one.body[0]) != "raise_machine_fault(error)"
        and ast.unparse(one.body[-1]) != "raise"
    }
    assert silent - SERVERS_AND_CHECKS == set()
