"""A finished run and what to add to it in, the recipe of the next run out."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from labelassemble.errors import RunError, SettingsError, VocabularyError, as_word, some
from labelassemble.pipeline.finished_run import FinishedRun, first_training
from labelassemble.setting_types import Settings
from labelassemble.settings import LossSettings, Recipe, SourceSettings, TrainingSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary
from labelassemble.vocabulary.vocabulary import load_vocabulary
from labelassemble.weights_settings import FineTuneSettings

QUICK_VIEWS, QUICK_EPOCHS, QUICK_RATE = 4, 20, 0.01
"""Cached views of an image, passes over the images, and learning rate of a new class's row, where
all else stays. Chosen on validation images of simulated hospitals (docs/add.md)."""


class Addition(Settings):
    """What to add to a run."""

    manifest: str
    """A built-in manifest, or the path of a TOML file."""
    name: str | None = None
    """The class to add; none: the source alone."""
    quick: bool
    """Whether all that the run knows stays as it is."""
    folder: Path | None = None
    """Where the source's tables lie; none: beside its manifest."""
    source: str | None = None
    """What to call the source; none: as its manifest does."""
    split: Literal["joint", "official", "train", "test"] = "joint"
    """As the recipe says it of a source."""
    missing_images: Literal["error", "exclude", "keep"] = "error"
    """Likewise."""
    unreadable_images: Literal["error", "exclude"] = "error"
    """Likewise."""
    vocabulary: str | None = None
    """That has the run's classes and the new one; none: the run's."""
    epochs: Annotated[int, Field(ge=1)] | None = None
    """Epochs; none: as the run was trained, or of --quick ``QUICK_EPOCHS``."""
    output: Path | None = None
    """Folder of the next run's table, runs and results; none: beside the run's."""


def make_recipe(found: FinishedRun, addition: Addition) -> Recipe:
    """Make the recipe of the next run: the run's, with a source and perhaps a class more.

    It starts from the run, keeps its split, and takes the run's method and seed; classes keep their
    places and the new one comes last.

    Raises:
        SettingsError: a class or a source that the run knows, or a built-in manifest without a
            folder.
        SourceError: no such manifest.
        VocabularyError: no such class.
        RunError: another version of the vocabulary, or as ``first_training``.
    """
    source = make_source(found, addition)
    added = source.name if addition.name is None else addition.name
    old, classes = found.recipe, found.network.classes
    if addition.name is not None:
        _refuse_known(addition.name, found)
        classes = (*classes, addition.name)
    known = source in old.sources
    losses, training = first_training(found) if not addition.quick else quick_training(old)
    recipe = old.model_copy(
        update={
            "name": f"{old.name}, with {added}",
            "output": _choose_output(found, addition, added),
            "vocabulary": _place_vocabulary(addition.vocabulary) or old.vocabulary,
            "classes": classes,
            "sources": old.sources if known else (*old.sources, source),
            "methods": (found.run.method,),
            "seeds": (found.run.seed,),
            "assembly": old.assembly.model_copy(update={"keep_split": (found.folder,)}),
            "losses": losses,
            "training": training.model_copy(
                update={
                    "start_from": found.folder,
                    "teachers": (),
                    "resume": True,
                    "epochs": addition.epochs or training.epochs,
                }
            ),
        }
    )
    _check_vocabulary(recipe, found, chosen=addition.vocabulary is not None)
    return recipe


def make_source(found: FinishedRun, addition: Addition) -> SourceSettings:
    """Give the settings of the source that is added, or of the run's own where it is one of them.

    Raises:
        SettingsError: a source that the run knows, a name that is taken or is none, or a built-in
            manifest without a folder.
        SourceError: no such manifest.
    """
    path = Path(addition.manifest).expanduser().absolute()
    built_in = not addition.manifest.endswith(".toml")
    if built_in and addition.folder is None:
        raise SettingsError(
            f"where the tables of {addition.manifest} lie",
            "a built-in manifest, which lies beside no data",
            "Add --folder FOLDER",
        )
    place = addition.manifest if built_in else str(path)
    folder = (addition.folder or path.parent).expanduser().absolute()
    name = addition.source or load_manifest(place).name
    for one in found.recipe.sources:
        if (one.manifest, one.folder) == (place, folder):
            if addition.name is None:
                raise SettingsError(
                    "a source that the run does not know",
                    f"{one.name}, which it learned from: {place}",
                    "Name another manifest; a class of it is added by "
                    f"labelassemble add-class {as_word(found.folder)} {as_word(place)} CLASS",
                )
            return one
    names = [one.name for one in found.recipe.sources]
    if name in names or not re.fullmatch(r"[a-z0-9_-]+", name):
        raise SettingsError(
            "a name for the source of lower case letters, digits, _ and -, other than "
            f"{some(names)}",
            repr(name),
            "Give it one: --name fourth, for example",
        )
    return SourceSettings(
        name=name,
        manifest=place,
        folder=folder,
        split=addition.split,
        missing_images=addition.missing_images,
        unreadable_images=addition.unreadable_images,
    )


def quick_training(recipe: Recipe) -> tuple[LossSettings, TrainingSettings]:
    """Settings by which new classes alone learn, each from its own known labels, on both views."""
    losses = {"pseudo_weight": 0.0, "consist_weight": 0.0, "warm_up_epochs": 0.0}
    fine_tune = FineTuneSettings(
        frozen_stages="all", cached_views=QUICK_VIEWS, new_classes_only=True
    )
    training = {
        "epochs": QUICK_EPOCHS,
        "images_per_epoch": 0,
        "learning_rate": QUICK_RATE,
        "adapter_rate": 1.0,
        "patience": 0,
        "fine_tune": fine_tune,
    }
    return (
        recipe.losses.model_copy(update={**losses, "align": "none", "bce_views": "both"}),
        recipe.training.model_copy(update=training),
    )


def _place_vocabulary(named: str | None) -> str | None:
    path = named is not None and named.endswith(".toml")
    return str(Path(named or "").expanduser().absolute()) if path else named


def _choose_output(found: FinishedRun, addition: Addition, added: str) -> Path:
    if addition.output is not None:
        return addition.output.expanduser().absolute()
    folder = found.folder
    # OUTPUT/runs/RUN, or a run folder that was carried elsewhere.
    base = folder.parent.parent if folder.parent.name == "runs" else folder
    how = "quick" if addition.quick else "full"
    return base.with_name(f"{base.name}-with-{added}-{how}")


def _refuse_known(name: str, found: FinishedRun) -> None:
    if name in found.network.classes:
        raise SettingsError(
            "a class that the run does not know yet",
            f"{name}, which it knows; it knows {some(found.network.classes, 20)}",
            "Name another class; more images of known ones are added by labelassemble add-source",
        )


def _check_vocabulary(recipe: Recipe, found: FinishedRun, chosen: bool) -> None:
    vocabulary = load_vocabulary(choose_vocabulary(recipe))
    network = found.network
    ours, theirs = (
        (vocabulary.name, vocabulary.version),
        (network.vocabulary, network.vocabulary_version),
    )
    if ours != theirs and not chosen:
        raise RunError(
            f"the vocabulary {' '.join(theirs)}, whose classes the run has",
            " ".join(ours),
            "Train the run again with this version, or name a vocabulary that has its classes: "
            "--vocabulary mine.toml",
        )
    for name in recipe.classes:
        try:
            vocabulary.index(name)
        except VocabularyError as error:
            raise VocabularyError(
                error.expected,
                error.got,
                "Fix the name, or write a vocabulary that has the run's classes and this one, and "
                "name it: --vocabulary mine.toml",
            ) from error
