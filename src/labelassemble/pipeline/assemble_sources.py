"""Sources in, the assembled table and the store of decoded images out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from labelassemble.assembly.assemble import assemble_table
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.corrections import apply_corrections
from labelassemble.assembly.doubtful_ids import find_doubtful_ids
from labelassemble.assembly.find_links import CONTENT_COLUMNS
from labelassemble.assembly.table_folder import (
    DESCRIPTION,
    SETTINGS,
    TABLE,
    is_assembled,
    read_saved,
    write_table,
)
from labelassemble.assembly.unscored import KINDS
from labelassemble.errors import AssemblyError, ImageError, RunError, plural, some
from labelassemble.files.volume_file import is_volume
from labelassemble.images.build_store import build_store
from labelassemble.images.hash_files import hash_files
from labelassemble.images.store import ImageStore, read_fingerprints
from labelassemble.pipeline.hash_masks import hash_masks
from labelassemble.pipeline.hide_sources import begin_hiding
from labelassemble.pipeline.keep_permitted import LEFT_OUT, keep_permitted
from labelassemble.pipeline.read_answers import read_answers, reveal_answers
from labelassemble.pipeline.read_sources import read_sources
from labelassemble.recipe import add_later_settings
from labelassemble.settings import Recipe, SourceSettings
from labelassemble.storage.hold_folder import hold_place
from labelassemble.storage.lay_out import lay_out_again
from labelassemble.storage.object_place import tell_place
from labelassemble.training.lineage import read_kept
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.vocabulary import load_vocabulary

_Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

SHAPES_THE_TABLE = ("vocabulary", "classes", "sources", "assembly", "images")
"""Settings that a table was assembled with; `train` refuses a table made with others."""


def assemble_sources(
    recipe: Recipe,
    progress: _Progress | None = None,
    tell: Callable[[str], None] | None = None,
) -> AssembledTable:
    """Read, check, join and split the sources; save the table and the decoded images.

    Every image file is read once, so that a truncated one is known before the split is drawn.

    Args:
        recipe: resolved settings.
        progress: called with (images read, images in all).
        tell: takes what should be known before anything is split: ids of patients that may be one
            person's.

    Raises:
        SettingsError, SourceError, VocabularyError, ImageError, AssemblyError, RunError: what is
            wrong with a source, its files, the whole, or the run whose split is to be kept;
            nothing is written then but decoded images.
        BusyError: another process assembles there.
    """
    with hold_place(recipe.output / TABLE, work="assembly", when_busy=recipe.when_busy):
        return _assemble(recipe, progress, tell)


def _assemble(
    recipe: Recipe, progress: _Progress | None, tell: Callable[[str], None] | None
) -> AssembledTable:
    recipe = recipe.model_copy(update={"vocabulary": choose_vocabulary(recipe)})
    vocabulary = load_vocabulary(recipe.vocabulary)
    hiding = begin_hiding(recipe, tell)
    seen = read_kept(recipe, hiding.key.fingerprint if hiding else None)
    headers = hiding.headers if hiding else recipe.output / "store" / "headers.parquet"
    answers = read_answers(recipe)  # Before the sources, which take longer to read.
    read = read_sources(recipe.sources, vocabulary, headers)
    corrected = apply_corrections(read, reveal_answers(answers, read, hiding), vocabulary)
    asked, told = recipe, corrected.told
    recipe, tables, left_out = keep_permitted(recipe, corrected.tables)
    del read, corrected
    if tell is not None:
        for name, doubt in find_doubtful_ids(tables):
            tell(f"{name}: {doubt}")
    tables = hash_masks(tables, hiding.key.files if hiding else recipe.output / "store")
    if hiding is not None:
        tables = hiding.link(tables)
    files = {
        f"{table.source}/{image}": Path(path)
        for table in tables
        for image, path in table.images.select("image", "path").drop_nulls().iter_rows()
    }
    if not files and all(source.missing_images != "keep" for source in recipe.sources):
        raise AssemblyError(
            "at least one image file in the sources",
            f"none for {some(source.name for source in recipe.sources)}",
            "Check sources.folder and sources.images in the recipe, or set missing_images = 'keep' "
            "to work on tables alone",
        )
    records, volumes = part_files(files)
    store = build_store(records, recipe.images, recipe.output / "store", progress)
    tables = [
        exclude_unreadable(table, source, store.unreadable)
        for table, source in zip(tables, recipe.sources, strict=True)
    ]
    contents = _describe_contents(store, volumes, recipe.output / "store", progress)
    sources = follow_dates(recipe.sources, tables)
    hidden = hiding.hide(tables, recipe.sources) if hiding else None
    handed = iter(tables)
    del tables  # so that what is no longer needed can be forgotten
    table = assemble_table(
        handed,
        vocabulary,
        recipe.assembly,
        sources=sources,
        classes=recipe.classes,
        contents=contents,
        needs=needed_labels(recipe, bool(records)),
        hidden=hidden,
        seen=seen,
    )
    if left_out is not None:
        table.manifest[LEFT_OUT] = left_out
    if told:
        table.manifest["corrections"] = told
    # What a hidden image's file hashes to would lead to the file.
    kept = _keep_contents(table, files, contents) if hiding is None else None
    write_table(table, recipe.output / TABLE, asked, kept)
    # Of an earlier version, which kept them beside the table.
    (recipe.output / SETTINGS).unlink(missing_ok=True)
    return table


def follow_dates(
    sources: Sequence[SourceSettings], tables: Sequence[ClassTable]
) -> list[SourceSettings]:
    """Give settings by which a source whose manifest splits by date is split so.

    Args:
        sources: settings of each; ``split = "train"`` and ``"test"`` stay.
        tables: the same sources, read.
    """
    return [
        source.model_copy(update={"split": "official"})
        if table.manifest.split.by_date and source.split == "joint"
        else source
        for source, table in zip(sources, tables, strict=True)
    ]


def needed_labels(recipe: Recipe, images: bool = True) -> tuple[str, ...]:
    """Give what choosing the best epoch needs of every class in validation (``unscored.KINDS``).

    Sensitivity to lesions (FROC) is measured on images that have some; where the last epoch is
    kept nothing is chosen, nor where nothing can be diagnosed.

    Args:
        recipe: all settings.
        images: whether any were decoded, from which a network can learn to diagnose: of volumes,
            and of tables alone, none are.
    """
    detection = recipe.detection
    if detection.task == "diagnosis":
        return KINDS if images else ()
    if detection.chosen_by == "auroc":
        return KINDS
    return ("positive",) if detection.chosen_by == "froc" else ()


def open_assembled(recipe: Recipe) -> tuple[AssembledTable, ImageStore]:
    """Open the table and the store that ``assemble_sources`` made with these settings.

    Raises:
        RunError: nothing was assembled, or with other settings; says which. Or image files changed
            since.
    """
    if not is_assembled(recipe.output):
        raise RunError(
            f"an assembled table below {recipe.output}",
            f"no {TABLE}/{DESCRIPTION} there",
            "Assemble first: labelassemble assemble RECIPE",
        )
    table, saved, contents = read_saved(recipe.output / TABLE)
    if not saved:
        raise RunError(
            f"the settings that the table below {recipe.output} was assembled with",
            f"no {SETTINGS} there",
            "Assemble again: labelassemble assemble RECIPE",
        )
    before = add_later_settings(saved)
    now = {**recipe.model_dump(mode="json"), "vocabulary": choose_vocabulary(recipe)}
    differing = [name for name in SHAPES_THE_TABLE if before.get(name) != now[name]]
    if differing:
        raise RunError(
            f"the settings that the table below {recipe.output} was assembled with",
            f"others: {', '.join(differing)}",
            "Assemble again: labelassemble assemble RECIPE (with the same words after it)",
        )
    for source in recipe.sources:
        for place in filter(None, (source.folder, source.images)):
            lay_out_again(place)
    files = {
        record: Path(path)
        for record, path in table.records.select("record", "path").drop_nulls().iter_rows()
    }
    records, volumes = part_files(files)
    store = build_store(records, recipe.images, recipe.output / "store")
    there = {name: path for name, path in volumes.items() if path.exists() and name in contents}
    hashed = hash_files(there, recipe.output / "store")
    _refuse_changed(contents, {**store.content, **hashed}, files)
    return table, store


def _keep_contents(
    table: AssembledTable, files: Mapping[str, Path], contents: pl.DataFrame
) -> dict[str, str]:
    """Give each record of a table the SHA-256 of its file, where the table says where that lies."""
    named = contents.select(pl.concat_str("source", "image", separator="/"), "sha256").drop_nulls()
    by_path = {str(files[name]): sha256 for name, sha256 in named.iter_rows() if name in files}
    places = table.records.select("record", "path").drop_nulls().iter_rows()
    return {record: by_path[path] for record, path in places if path in by_path}


def _refuse_changed(
    before: Mapping[str, str], now: Mapping[str, str], files: Mapping[str, Path]
) -> None:
    """Refuse image files whose bytes are others than when the table was assembled.

    Raises:
        RunError: names them.
    """
    changed = [tell_place(files[one]) for one in before if one in now and now[one] != before[one]]
    if changed:
        raise RunError(
            "image files as they were when the table was assembled",
            f"{plural(len(changed), 'file')} changed since: {some(changed, 5)}",
            "Put the former files back, or assemble again: labelassemble assemble RECIPE",
        )


def part_files(files: Mapping[str, Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Part images, which are decoded into a store, from volumes, which stay files."""
    volumes = {name: path for name, path in files.items() if is_volume(path)}
    return {name: path for name, path in files.items() if name not in volumes}, volumes


def exclude_unreadable(
    table: ClassTable, source: SourceSettings, unreadable: dict[str, str]
) -> ClassTable:
    """List the images whose file carries no image and take them out of the table.

    Args:
        table: the source's.
        source: says whether such images may be left out.
        unreadable: ``source/image`` to what is wrong with the file.

    Raises:
        ImageError: the recipe does not allow it; names the files, the first one with its reason.
    """
    start = f"{table.source}/"
    lost = [name.removeprefix(start) for name in unreadable if name.startswith(start)]
    images = table.images["image"]
    names = images.filter(images.is_in(lost)).to_list()
    if not names:
        return table
    reasons = [unreadable[f"{table.source}/{name}"] for name in names]
    if source.unreadable_images == "error":
        raise ImageError(
            f"readable image files of the source {table.source!r}",
            f"{len(names):,} that are not: {some(names, 5)}; first: {_in_one_line(reasons[0])}",
            'Fix them, or leave them out, listed: unreadable_images = "exclude" in that source',
        )
    kept = ~table.images["image"].is_in(names)
    listed = pl.DataFrame(
        {
            "source": [table.source] * len(names),
            "image": names,
            "reason": [f"unreadable: {_in_one_line(reason)}" for reason in reasons],
            "rows": [1] * len(names),
        },
        schema=table.excluded.schema,
    )
    return replace(
        table,
        images=table.images.filter(kept),
        assessments=table.assessments.keep(kept.to_numpy()),
        boxes=table.boxes.filter(~pl.col("image").is_in(names)),
        excluded=pl.concat([table.excluded, listed]),
    )


def _describe_contents(
    store: ImageStore, volumes: Mapping[str, Path], folder: Path, progress: _Progress | None = None
) -> pl.DataFrame:
    """Give what is known of the image files: ``find_links.CONTENT_COLUMNS``.

    Args:
        store: the decoded images.
        volumes: ``source/image`` to file, of images that are not in the store; their bytes are
            hashed, their fingerprints are not.
        folder: where the store lies; files that have not changed are not hashed again.
        progress: called with (volumes hashed, volumes in all).
    """
    hashed = hash_files(volumes, folder, progress)
    whole = pl.concat(
        [
            read_fingerprints(store),
            pl.DataFrame(
                {"record": list(hashed), "sha256": list(hashed.values())},
                schema={"record": pl.String, "sha256": pl.String},
            ),
        ],
        how="diagonal",
    )
    parted = pl.col("record").str.splitn("/", 2)
    return whole.with_columns(
        source=parted.struct.field("field_0"), image=parted.struct.field("field_1")
    ).select(list(CONTENT_COLUMNS))


def _in_one_line(message: str) -> str:
    return " ".join(message.split())
