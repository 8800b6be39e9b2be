"""Class names as a text encoder sees them."""

import importlib
from pathlib import Path
from typing import Any

import torch

from labelassemble.errors import ModelError, some
from labelassemble.model.name_vectors import standardise
from labelassemble.model.quiet_transformers import quiet_transformers
from labelassemble.types import Query

_UNUSABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, ImportError, RuntimeError)


def text_vectors(folder: Path, names: tuple[str, ...], features: int) -> Query:
    """Make a vector of every name with a text encoder of the transformers library.

    The encoder's last hidden states are averaged over the name's tokens, projected to ``features``
    numbers by a random matrix that is always the same, and each vector gets the mean 0 and the
    variance 1 of the standard normal distribution. Names are encoded one by one: the vector of one
    does not depend on the others.

    Args:
        folder: a model and its tokenizer, as ``save_pretrained`` writes them; nothing is fetched.
        names: class names; ``_`` is read as a space.
        features: length of the vectors.

    Raises:
        ModelError: transformers is not installed, no such folder, or no text encoder in it.

    Source: random projection, Johnson and Lindenstrauss 1984.
    """
    transformers = _import_transformers()
    if not folder.is_dir():
        raise ModelError(
            f"a text encoder's folder at {folder}, which model.query_start names",
            "a file" if folder.exists() else "no such folder",
            "Name a folder with a model and its tokenizer, or set model.query_start = 'names'",
        )
    try:
        # Building draws weights that the file then replaces: the caller's random state stays.
        with quiet_transformers(), torch.random.fork_rng(devices=[]), torch.no_grad():
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            encoder, told = transformers.AutoModel.from_pretrained(
                folder, local_files_only=True, output_loading_info=True
            )
            # A pooler works on the hidden states; they do not depend on it.
            missing = [name for name in told["missing_keys"] if not name.startswith("pooler.")]
            if missing:
                raise ValueError(f"weights are missing: {some(sorted(missing), 3)}")
            encoder.eval()
            hidden = torch.stack(
                [
                    encoder(**tokenizer(name.replace("_", " "), return_tensors="pt"))
                    .last_hidden_state[0]
                    .float()
                    .mean(dim=0)
                    for name in names
                ]
            )
    except _UNUSABLE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"a text encoder and its tokenizer in {folder}",
            f"transformers cannot use it: {reason}",
            "Save both there with save_pretrained, or set model.query_start = 'names'",
        ) from error
    generator = torch.Generator().manual_seed(0)
    projection = torch.randn(hidden.shape[1], features, generator=generator)
    return standardise(hidden @ projection)


def _import_transformers() -> Any:
    try:
        return importlib.import_module("transformers")
    except ImportError as error:
        raise ModelError(
            "the library transformers, which model.query_start = 'hf:FOLDER' needs",
            "it is not installed",
            "pip install 'labelassemble[hf]', or set model.query_start = 'names'",
        ) from error
