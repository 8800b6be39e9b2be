"""What adding a class or a source would cost and bring, from a few images and a measured step."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from labelassemble.assembly.assemble import assemble_table
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, some
from labelassemble.experiments.adviser import advise
from labelassemble.experiments.adviser_file import load_adviser
from labelassemble.experiments.candidates import class_candidates, source_candidates
from labelassemble.experiments.describe_advice import describe_advice
from labelassemble.experiments.similarity import describe_kinds, measure_similarity
from labelassemble.images.build_store import FILES, build_store
from labelassemble.images.known_files import read_known_files, stamp_files
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.pipeline.added_labels import refuse_unjudged
from labelassemble.pipeline.addition_recipe import Addition, make_recipe, make_source
from labelassemble.pipeline.assemble_sources import follow_dates
from labelassemble.pipeline.finished_run import FinishedRun, read_finished_run
from labelassemble.pipeline.measured_step import StepSeconds, measure_step
from labelassemble.pipeline.read_sources import read_sources
from labelassemble.settings import Recipe
from labelassemble.training.lineage import read_kept
from labelassemble.training.unlike_images import MAX_IMAGES
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary
from labelassemble.vocabulary.vocabulary import load_vocabulary

SAMPLE = 60
"""Images with the class, without it, and twice as many others, that are looked at for a plan."""


@dataclass(frozen=True)
class Cost:
    """What one way of adding takes.

    Attributes:
        how: quick or full.
        networks: how many are trained.
        images: that are learned from.
        epochs: over these.
        seconds: of reading images, and of training with all that a run writes.
    """

    how: str
    networks: int
    images: int
    epochs: int
    seconds: tuple[float, float]


@dataclass(frozen=True)
class AdditionPlan:
    """What adding would cost and bring.

    Attributes:
        added: name of the source, and of the class; None: the source alone.
        read: images to decode, and images in all.
        known: split to (positive, negative) images of the class; none of a source alone.
        costs: of --quick and of --full.
        advice: what the adviser says of the run's classes, as text.
    """

    added: tuple[str, str | None]
    read: tuple[int, int]
    known: Mapping[str, tuple[int, int]]
    costs: tuple[Cost, ...]
    advice: str


def plan_addition(
    run: Path,
    addition: Addition,
    adviser: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AdditionPlan:
    """Say what adding would cost; nothing is written, and a few images are read.

    Images count by the labels of all sources; overlaps of their files are found when they are read.

    Args:
        run: a finished run.
        addition: what to add.
        adviser: that the experiment ``similarity`` saved; None: by similarity alone.
        progress: called with (images read, images in all), of the few.

    Raises:
        LabelAssembleError: what ``add_to_run`` refuses before it reads images, and an adviser that
            cannot be read.
    """
    found = read_finished_run(run)
    asked = None if adviser is None else load_adviser(adviser)
    recipes = {
        how: make_recipe(found, addition.model_copy(update={"quick": how == "quick"}))
        for how in ("quick", "full")
    }
    recipe, source = recipes["full"], make_source(found, addition)
    vocabulary = load_vocabulary(choose_vocabulary(recipe))
    tables = read_sources(recipe.sources, vocabulary)
    if addition.name is not None:
        refuse_unjudged(tables, addition.name, source.name)
    hashed = recipe.assembly.ids_key is not None
    table = assemble_table(
        tables,
        vocabulary,
        recipe.assembly.model_copy(update={"allow_unscored_classes": True}),
        sources=follow_dates(recipe.sources, tables),
        classes=recipe.classes,
        seen=None if hashed else read_kept(recipe, None),
    )
    files = {
        record: Path(path)
        for record, path in table.records.select("record", "path").drop_nulls().iter_rows()
    }
    unread = _count_unread(list(files.values()), found.recipe.output / "store")
    with TemporaryDirectory() as place:
        chosen = choose_sample(table, addition.name, source.name)
        began = time.perf_counter()
        few = {record: files[record] for record in chosen if record in files}
        store = build_store(few, recipe.images, Path(place), progress)
        reading = (time.perf_counter() - began) / max(1, len(few))
        if not store.row:
            raise SettingsError(
                "image files that can be read",
                some(store.unreadable.values(), 1) if store.unreadable else "none",
                "Check the folder of images: labelassemble check MANIFEST FOLDER",
            )
        step = measure_step(load_network(found.checkpoint), recipes, store)
        candidates = _candidates(found, recipe, table, store, source.name, addition.name)
    gains = advise(candidates, asked)
    advice = describe_advice(gains, asked)
    if addition.name is not None:
        advice += f"\n{describe_kinds(recipe)}"
    return AdditionPlan(
        added=(source.name, addition.name),
        read=(unread, len(files)),
        known=_count_splits(table, addition.name),
        costs=tuple(
            _cost(how, one, table, addition.name, (reading * unread, step))
            for how, one in recipes.items()
        ),
        advice=advice,
    )


def choose_sample(table: AssembledTable, name: str | None, source: str) -> list[str]:
    """Choose training images to look at: with the class and without it, and others.

    Args:
        table: with the class and the source.
        name: of the class; None: the source's images take its place.
        source: that is added.
    """
    train = table.records.filter(pl.col("split") == "train", pl.col("path").is_not_null())
    if name is None:
        parts = [train.filter(pl.col("source") == source)["record"]]
    else:
        own = table.cells.filter(pl.col("class") == name).join(train, on="record", how="semi")
        parts = [own.filter(pl.col("label") == label)["record"] for label in (1.0, 0.0)]
    taken = [_spread(one, SAMPLE) for one in parts]
    told = [record for one in taken for record in one]
    others = train.filter(~pl.col("record").is_in(told))["record"]
    return [*told, *_spread(others, 2 * SAMPLE)]


def _spread(names: pl.Series, most: int) -> list[str]:
    """At most so many of them, evenly over the table."""
    places = np.linspace(0, len(names) - 1, min(most, len(names))).round().astype(int)
    chosen: list[str] = names.gather(np.unique(places)).to_list() if len(names) else []
    return chosen


def _count_unread(paths: Sequence[Path], folder: Path) -> int:
    """How many files are new to a store, or have changed since it read them."""
    known = read_known_files(folder / FILES)
    named = list(dict.fromkeys(str(path.absolute()) for path in paths))
    stamps = stamp_files(named, 4)
    return sum(
        name not in known or known[name].stamp != stamp
        for name, stamp in zip(named, stamps, strict=True)
    )


def _count_splits(table: AssembledTable, name: str | None) -> dict[str, tuple[int, int]]:
    cells = table.cells.filter(pl.col("class") == (name or ""), pl.col("label").is_in([0.0, 1.0]))
    placed = cells.join(table.records.select("record", "split"), on="record")
    counted = {
        (split, label): count
        for split, label, count in placed.group_by("split", "label").len().iter_rows()
    }
    return {
        split: (counted.get((split, 1.0), 0), counted.get((split, 0.0), 0))
        for split in ("train", "validate", "test")
        if name is not None
    }


def _cost(
    how: str,
    recipe: Recipe,
    table: AssembledTable,
    name: str | None,
    measured: tuple[float, StepSeconds],
) -> Cost:
    reading, step = measured
    split = dict(table.records["split"].value_counts().iter_rows())
    train, validate, test = (split.get(one, 0) for one in ("train", "validate", "test"))
    # What unlike images are is learned from at most so many of both.
    closing = step.forward * (min(train, MAX_IMAGES) + min(validate, MAX_IMAGES) + validate + test)
    # And the run that was predicts for the same images.
    closing += step.forward * (validate + test)
    if how == "full":
        epochs = recipe.training.epochs
        images = recipe.training.images_per_epoch or train
        learning = epochs * (images * step.learn + validate * step.forward)
        return Cost(how, 1, train, epochs, (reading, learning + closing))
    if name is None:
        return Cost(how, 0, 0, 0, (reading, closing))
    known = _count_splits(table, name)
    images, chosen_on = sum(known["train"]), sum(known["validate"])
    views = 1 + 2 * recipe.training.fine_tune.cached_views
    learning = (images + chosen_on) * views * step.forward
    learning += recipe.training.epochs * (images + chosen_on) * step.row
    return Cost(how, 1, images, recipe.training.epochs, (reading, learning + closing))


def _candidates(
    found: FinishedRun,
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore,
    source: str,
    name: str | None,
) -> pl.DataFrame:
    """What would be added, as a candidate for each of the run's classes."""
    used = [one.name for one in found.recipe.sources if one.name != source or name is not None]
    nothing = pl.DataFrame(schema={"class": pl.String, "similarity": pl.Float64})
    if name is None:
        parts = [source_candidates(table, one, nothing, used) for one in found.network.classes]
        return pl.concat(parts)
    near = measure_similarity(recipe, table, store, name)
    parts = []
    for one in found.network.classes:
        own = near.filter(pl.col("class") == one).select(pl.lit(name).alias("class"), "similarity")
        every = class_candidates(table, one, own, used)
        parts.append(every.filter(pl.col("candidate") == name))
    return pl.concat(parts)
