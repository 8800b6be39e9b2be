"""A run in, its card or a repository of the Hugging Face Hub out; none that a source forbids."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from labelassemble.errors import RunError, SettingsError, as_word, some
from labelassemble.inference.hub_folder import hub_files
from labelassemble.inference.pack_file import CARD_PART, PACK_SUFFIX, read_pack
from labelassemble.pipeline.pack_run import collect_parts, refuse_unfinished
from labelassemble.setting_types import Use
from labelassemble.storage.write_aside import write_folder_aside
from labelassemble.training.licence_ledger import Ledger, list_terms
from labelassemble.training.run_folder import LICENCES

_SHARED: tuple[Use, ...] = ("sharing",)
"""What publishing weights takes."""


class Pushed(NamedTuple):
    """What a push came to.

    Attributes:
        address: of the repository.
        files: name and bytes of each file.
        unsaid: sources whose terms do not say, and that the caller vouches for.
    """

    address: str
    files: dict[str, int]
    unsaid: tuple[str, ...]


def read_model_parts(model: Path) -> dict[str, bytes]:
    """Give the parts of a finished run, or of a pack.

    Raises:
        RunError: neither of them, not finished, or damaged.
    """
    if model.suffix == PACK_SUFFIX and model.is_file():
        return read_pack(model)
    refuse_unfinished(model)
    return collect_parts(model)


def show_card(model: Path) -> str:
    """Give the model card.

    Raises:
        RunError: as ``read_model_parts``.
    """
    return read_model_parts(model)[CARD_PART].decode()


def write_repository(model: Path, folder: Path) -> dict[str, int]:
    """Write what ``push`` would push: README.md, model.safetensors, config.json and the rest.

    Args:
        model: a finished run, or a pack.
        folder: to write; must not be there.

    Returns:
        Each file's name and bytes.

    Raises:
        RunError: as ``read_model_parts``.
        SettingsError: a folder that is there.
    """
    if os.path.lexists(folder):
        raise SettingsError(f"no folder yet at {folder}", "one that is there", "Choose another one")
    files = hub_files(read_model_parts(model))
    with write_folder_aside(folder) as aside:
        for name, content in files.items():
            (aside / name).write_bytes(content)
    return {name: len(content) for name, content in files.items()}


def push_model(
    model: Path, repository: str, *, private: bool = False, permitted: tuple[str, ...] = ()
) -> Pushed:
    """Push a model to the Hugging Face Hub, as one commit, with the token that the user has there.

    Args:
        model: a finished run, or a pack.
        repository: ``owner/name``; made if it is not there.
        private: make it private.
        permitted: sources whose terms do not say whether weights may be shared, and of which the
            caller knows that they may.

    Raises:
        RunError: as ``read_model_parts``; or the Hub refuses, or cannot be reached.
        SettingsError: a source forbids that weights are shared, or does not say and is not among
            ``permitted``; a name that is none; huggingface_hub is not installed. Nothing has left
            the machine then.
    """
    parts = read_model_parts(model)
    ledger = json.loads(parts[LICENCES]) if LICENCES in parts else None
    unsaid = refuse_forbidden(ledger, permitted)
    files = hub_files(parts)
    address = _upload(files, repository, private)
    return Pushed(address, {name: len(content) for name, content in files.items()}, unsaid)


def refuse_forbidden(ledger: Ledger | None, permitted: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse to publish what a source forbids; give the sources that the caller vouches for.

    Args:
        ledger: of the run; None: it has none.
        permitted: as ``push_model`` takes them.

    Raises:
        SettingsError: names the sources, and what their licence is.
    """
    if ledger is None:
        raise SettingsError(
            "a run that tells who taught it (licences.json)",
            "one of an earlier version of labelassemble",
            "Train it again with this version",
        )
    forbid, unsaid = list_terms(ledger, _SHARED)
    if forbid:
        raise SettingsError(
            "sources whose terms permit that weights are shared",
            some(forbid.values(), 9),
            "Train without them: labelassemble run RECIPE --assembly.licence open --assembly.uses "
            "sharing; or, where you have leave, say so in the source's manifest (permits) and "
            "train again",
        )
    if unknown := [name for name in permitted if name not in unsaid]:
        raise SettingsError(
            f"--permitted with what does not say: {some(unsaid, 9) or 'there is none'}",
            some(unknown),
            "Leave it out",
        )
    if asked := [told for name, told in unsaid.items() if name not in permitted]:
        words = " ".join(f"--permitted {as_word(name)}" for name in unsaid)
        raise SettingsError(
            "sources whose terms say that weights may be shared",
            some(asked, 9),
            f"Read their terms; where they permit it, add {words}",
        )
    return tuple(unsaid)


def _upload(files: dict[str, bytes], repository: str, private: bool) -> str:
    try:
        from huggingface_hub import CommitOperationAdd, HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    except ImportError as error:
        raise SettingsError(
            "the package huggingface_hub, which pushes",
            "none installed",
            "pip install 'labelassemble[hub]'",
        ) from error
    api = HfApi(library_name="labelassemble")
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        api.create_commit(
            repository,
            [CommitOperationAdd(name, content) for name, content in files.items()],
            commit_message="Push a model of labelassemble",
        )
    except HFValidationError as error:
        raise SettingsError(
            "a repository as OWNER/NAME", repository, "See https://huggingface.co/docs/hub"
        ) from error
    except (OSError, ValueError, _client_error(HfHubHTTPError)) as error:
        raise RunError(
            f"the Hub at {api.endpoint} to take {repository}",
            " ".join(str(error).split())[:300] or type(error).__name__,
            "Log in with a token that may write (hf auth login, or HF_TOKEN), and push again: "
            "nothing is there twice",
        ) from error
    return f"{api.endpoint}/{repository}"


def _client_error(of_hub: type[Exception]) -> type[Exception]:
    """Give what the Hub's HTTP client raises, whichever client that is: the hub's error is one."""
    return next(one for one in of_hub.__mro__ if one.__name__ in ("HTTPError", "RequestException"))
