"""A source's table becomes rows: who is on which image, and what its label cells say."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.columns_read import name_columns
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.join_tables import join_tables
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.match_studies import match_studies
from labelassemble.sources.parse_tables import parse_tables
from labelassemble.sources.part_tables import name_by_part
from labelassemble.sources.patients import find_patients
from labelassemble.sources.problems import AT_ONCE, NothingLeftError, Problems
from labelassemble.sources.rows import EXCLUDED, FACTS, NONE_EXCLUDED, Rows
from labelassemble.sources.series_folders import find_series_folders
from labelassemble.sources.source_tables import SourceTables, open_source_tables
from labelassemble.sources.statements.registry import GATHER
from labelassemble.sources.study_files import StudyFiles
from labelassemble.sources.table_layout import TableLayout
from labelassemble.sources.unlisted_images import find_unlisted


class TableRows(NamedTuple):
    """What a table holds.

    Attributes:
        rows: as written.
        manifest: without the columns that are not there.
        inputs: the files read.
        studies: the DICOM files, of a table of studies.
    """

    rows: Rows
    manifest: Manifest
    inputs: tuple[InputFile, ...]
    studies: StudyFiles | None = None


def read_table_rows(
    folder: Path,
    files: ImageFolder,
    manifest: Manifest,
    layout: TableLayout,
    *,
    problems: Problems = AT_ONCE,
    studies: StudyFiles | None = None,
    missing: str = "error",
) -> TableRows:
    """Read the columns that the manifest names; take out the rows that it does not keep.

    Args:
        folder: the source's folder.
        files: its image files, for a table whose rows are their names.
        manifest: how labels, split and subsets are written.
        layout: the manifest's table.
        problems: takes tables, columns and rows that cannot be read; names in which
            `patient_pattern` finds no patient; a filter that keeps nothing.
        studies: its DICOM files, for a table of studies.
        missing: ``missing_images`` of the recipe, for a table of studies.

    Raises:
        NothingLeftError: no row can be read; the problems say why.
    """
    tables = open_source_tables(folder, manifest, layout, problems)
    if tables.manifest is None or tables.manifest.table is None:
        raise NothingLeftError
    manifest, layout = tables.manifest, tables.manifest.table
    named = {
        "image": layout.image,
        "patient": layout.patient,
        "view": layout.view,
        "age": layout.age,
        "sex": layout.sex,
        "split": manifest.split.column,
        "reader": layout.reader,
    }
    wanted = list(name_columns(manifest))
    read = _read_main(files, layout, tables, wanted, problems)
    if layout.names is None and layout.key is None and not manifest.images.series:
        read = _name_by_part(read, files, layout.image, folder, problems)
    if layout.every_image:
        read = _add_unlisted(read, files, layout.image, manifest.images.series)
    if studies is not None and layout.key is not None and read.table.height:
        read, studies = _find_images(read, manifest, layout, studies, missing, problems)
        wanted = [*wanted, layout.image]
    if read.table.is_empty():
        raise NothingLeftError
    joined = join_tables(
        read.table, tables.joined, wanted, problems, layout.patient, manifest.patient_ids
    )
    lacking = [name for name in wanted if name not in joined.table.columns]
    table = joined.table.with_columns(pl.lit("").alias(name) for name in lacking)
    needs_file = bool(manifest.split.files) or any("file" in s.where for s in manifest.subsets)
    facts = table.select(
        (pl.col(column) if column else pl.lit("")).alias(fact)
        for fact, column in ((fact, named.get(fact)) for fact in FACTS)
    ).with_columns(file=read.file if needs_file else pl.lit(""))
    if layout.patient_pattern is not None:
        column = "patient" if layout.patient else "image"
        facts = find_patients(facts, layout.patient_pattern, column, problems)
    marks = [name for subset in manifest.subsets for name in subset.where if name not in FACTS]
    marks += [layout.date] if layout.date else []
    rows = Rows(
        facts=facts,
        cells=table.select(getattr(manifest.labels, "columns_read", ())),
        marks=table.select(list(dict.fromkeys(marks))),
        count=pl.select(pl.repeat(1, table.height, dtype=pl.Int64).alias("count")).to_series(),
        excluded=read.excluded,
    )
    why = pl.select(pl.coalesce(joined.missing, _not_kept(table, layout.keep))).to_series()
    if why.null_count():
        rows = rows.exclude(why)
    else:
        problems.note(
            "rows that the manifest's table.keep and table.join let through",
            f"none of {table.height:,}: {some(why.unique().sort(), 5)}",
            "Fix table.keep or table.join",
            count=table.height,
        )
    return TableRows(rows, manifest, (*read.inputs, *joined.inputs), studies)


class _Main(NamedTuple):
    """The table whose rows are images, before others are joined to it."""

    table: pl.DataFrame
    file: pl.Series
    inputs: tuple[InputFile, ...]
    excluded: pl.DataFrame


def _read_main(
    files: ImageFolder,
    layout: TableLayout,
    tables: SourceTables,
    wanted: Sequence[str],
    problems: Problems,
) -> _Main:
    if layout.names is not None:
        return _read_names(files, layout.names, problems)
    keys = [name for join, _ in tables.joined for name in join.on]
    columns = list(dict.fromkeys([*wanted, *keys]))
    filled = None if layout.key else layout.image
    read = parse_tables(tables.main, columns, problems, filled)
    return _Main(read.table.drop(read.lacking), read.file, read.inputs, NONE_EXCLUDED)


def _name_by_part(
    read: _Main, files: ImageFolder, image: str, folder: Path, problems: Problems
) -> _Main:
    """Name images by their paths where only the table that they stand in tells which are meant."""
    source = folder.absolute()
    below = files.folder.is_relative_to(source)
    above = f"{files.folder.relative_to(source).as_posix()}/".removeprefix("./") if below else "?"
    if image not in read.table.columns:
        return read
    before = read.table[image]
    after = name_by_part(before, read.file, files, above)
    changed = (before != after).arg_true()
    if not len(changed):
        return read
    first = int(changed[0])
    problems.remark(
        f"{plural(before.gather(changed).n_unique(), 'name')} of images with several files: those "
        f"in the folder of each table are taken, such as {after[first]} for {before[first]!r} of "
        f"{read.file[first]}",
        "Nothing, if each table speaks of the folder that is called as it is",
        count=len(changed),
    )
    return read._replace(table=read.table.with_columns(after.alias(image)))


def _add_unlisted(read: _Main, files: ImageFolder, image: str, series: bool) -> _Main:
    """Add a row with blank cells for each image file, or series, that no row names."""
    named = read.table[image].unique().sort()
    unlisted = (
        sorted(set(find_series_folders(files)) - set(named))
        if series
        else find_unlisted(named, files)
    )
    blank = pl.DataFrame(
        {name: unlisted if name == image else [""] * len(unlisted) for name in read.table.columns},
        schema=read.table.schema,
    )
    file = read.file.clear().extend(pl.Series([""] * len(unlisted), dtype=pl.String))
    return read._replace(
        table=pl.concat([read.table, blank]), file=pl.concat([read.file, file.rename("")])
    )


def _find_images(
    read: _Main,
    manifest: Manifest,
    layout: TableLayout,
    studies: StudyFiles,
    missing: str,
    problems: Problems,
) -> tuple[_Main, StudyFiles]:
    """Rows of images for rows of studies; those that are not kept leave first."""
    keep = {column: of for column, of in layout.keep.items() if column in read.table.columns}
    why = _not_kept(read.table, keep)
    told = pl.concat_str(pl.col(list(layout.naming)), separator=" / ")
    lost = read.table.with_columns(reason=why).filter(why.is_not_null())
    lost = lost.select(image=told, reason="reason", rows=pl.lit(1, pl.Int64))
    kept = read.table.filter(why.is_null())
    one_row = type(manifest.labels) not in GATHER
    found = match_studies(kept, layout, studies, missing, problems, one_row)
    if found.table.is_empty() and missing != "error":
        problems.note(
            f"images with {' and '.join(layout.key or ())} of the table",
            f"none: {plural(studies.headers.height, 'image file')} that count, "
            f"{plural(kept.height, 'row')}",
            "Check table.key and headers, and the folder of the images",
        )
    file = read.file.filter(why.is_null()).gather(found.row)
    excluded = pl.concat([read.excluded, lost, found.excluded])
    return _Main(found.table, file, read.inputs, excluded), found.files


def _read_names(files: ImageFolder, names: str, problems: Problems) -> _Main:
    """Rows of image files, whose names' groups are columns."""
    pattern = compile_pattern(names)
    # Words are written as in tables and manifests; the image keeps the name of its file.
    found = [(name, pattern.fullmatch(normalize("NFC", name))) for name in files.names]
    taken = {
        "image": [name for name, match in found if match],
        **{group: [m[group] or "" for _, m in found if m] for group in pattern.groupindex},
    }
    if not taken["image"]:
        problems.note(
            f"image files below {files.folder} that table.names matches",
            f"table.names matches none of {plural(len(files.names), 'image file')} below "
            f"{files.folder}",
            "Keep folders and names as published, for they say what is on an image; else fix "
            "table.names",
        )
    strange = [name for name, match in found if not match]
    excluded = pl.DataFrame(
        {
            "image": strange,
            "reason": ["a file that table.names does not match"] * len(strange),
            "rows": [1] * len(strange),
        },
        schema=EXCLUDED,
    )
    table = pl.DataFrame(taken, schema=dict.fromkeys(taken, pl.String))
    file = pl.select(pl.repeat("", table.height, dtype=pl.String)).to_series()
    return _Main(table, file, (files.describe(),), excluded)


def _not_kept(table: pl.DataFrame, keep: Mapping[str, Sequence[str]]) -> pl.Series:
    """Why a row is not kept; null where it is."""
    reasons = [
        pl.when(~pl.col(column).is_in(list(values))).then(
            pl.format("column '{}' is '{}'", pl.lit(column), pl.col(column))
        )
        for column, values in keep.items()
    ]
    nothing = pl.Series("reason", [None] * table.height, dtype=pl.String)
    return table.select(pl.coalesce([*reasons, nothing])).to_series() if reasons else nothing
