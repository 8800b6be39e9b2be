"""A finished run in, one file out that predicts where nothing else of it is."""

import json
import os
from pathlib import Path
from typing import Any

from labelassemble import __version__
from labelassemble.errors import RunError, SettingsError
from labelassemble.inference.checkpoint_file import (
    CHECKPOINT_KEY,
    describe_network,
    network_weights,
    read_checkpoint,
)
from labelassemble.inference.operating_file import OPERATING, read_operation
from labelassemble.inference.pack_file import (
    CARD_PART,
    FACTS_PART,
    NETWORK_PART,
    PACK_SUFFIX,
    VOCABULARY_PART,
    WEIGHTS_PART,
    write_pack,
)
from labelassemble.inference.unlike import UNLIKE, read_unlike
from labelassemble.storage.hold_folder import hold_output
from labelassemble.storage.sums import hash_file, verify
from labelassemble.training.lineage import read_recipe_of
from labelassemble.training.run_folder import (
    BEST,
    CAME_FROM,
    CARD,
    CHECKPOINTS,
    LICENCES,
    TABLE,
    is_done,
    read_json,
)
from labelassemble.vocabulary.vocabulary import load_vocabulary

_SOURCES = "sources.json"
_SAID_OF_SOURCES = ("title", "licence", "citation", "url", "modality", "region", "scope")


def pack_run(run: Path, path: Path) -> dict[str, int]:
    """Pack a run: weights, what it takes to build the network and to prepare an image, vocabulary,
    calibration and thresholds, what tells unlike images, card, and its sources' licences.

    Args:
        run: a folder that ``train`` made, of a finished run.
        path: the file to write, ``*.laz``; must not be there.

    Returns:
        Each part's name and bytes.

    Raises:
        SettingsError: another suffix, or a file that is there.
        RunError: no run, one that is not finished, or one that is damaged.
    """
    if path.suffix != PACK_SUFFIX or os.path.lexists(path):
        raise SettingsError(
            f"a new file called *{PACK_SUFFIX}",
            f"{path}, which is there" if os.path.lexists(path) else f"{path.name}",
            "Choose another name",
        )
    refuse_unfinished(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    with hold_output(path, work="packing"):
        parts = collect_parts(run)
        write_pack(parts, path)
    return {name: len(content) for name, content in parts.items()}


def refuse_unfinished(run: Path) -> None:
    """Refuse what is no finished run's folder.

    Raises:
        RunError: says what it is.
    """
    if not is_done(run):
        raise RunError(
            f"a finished run at {run}",
            "a run that is not finished" if run.is_dir() else "no such folder",
            "Train it to its end, or name a folder below OUTPUT/runs",
        )


def collect_parts(run: Path) -> dict[str, bytes]:
    """Collect the parts of a finished run: name to content.

    Raises:
        RunError: a part that is damaged, or a vocabulary of another version.
        VocabularyError: a vocabulary that is not there.
    """
    # Only here: it imports torch.
    from safetensors.torch import save

    checkpoint = run / CHECKPOINTS / BEST
    content = read_checkpoint(checkpoint)
    description = describe_network(content, checkpoint)
    weights = {name: value.contiguous().clone() for name, value in network_weights(content).items()}
    recipe = read_recipe_of(run)
    facts = {
        "version": __version__,
        "recipe": recipe.get("name"),
        "run": run.name,
        "checkpoint": hash_file(checkpoint),
        "classes": list(description.classes),
    }
    manifest: Any = read_json(run / TABLE).get("manifest") or {}
    sources = {
        name: {key: said.get(key) for key in _SAID_OF_SOURCES}
        for name, said in (manifest.get("sources") or {}).items()
    }
    vocabulary = load_vocabulary(recipe.get("vocabulary") or description.vocabulary)
    theirs = (description.vocabulary, description.vocabulary_version)
    if (vocabulary.name, vocabulary.version) != theirs:
        raise RunError(
            f"the vocabulary {' '.join(theirs)}, whose classes the run has",
            f"{vocabulary.name} {vocabulary.version}",
            "Take the version of labelassemble, or the file, that the run was trained with",
        )
    # What is damaged is told now, and not where the pack is opened.
    read_unlike(run / UNLIKE, checkpoint)
    if (run / OPERATING).is_file():
        read_operation(run / OPERATING)
    parts = {
        FACTS_PART: _json(facts),
        NETWORK_PART: _json(content[CHECKPOINT_KEY]),
        WEIGHTS_PART: save(weights),
        VOCABULARY_PART: vocabulary.model_dump_json(indent=2).encode(),
        _SOURCES: _json(sources),
        CARD_PART: verify(run / CARD).read_bytes(),
    }
    for name in (OPERATING, UNLIKE, CAME_FROM, LICENCES):
        if (run / name).is_file():
            parts[name] = verify(run / name).read_bytes()
    return parts


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
