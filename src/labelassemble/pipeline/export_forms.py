"""The forms that an assembled table leaves in."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError
from labelassemble.export.choose_records import part_records, take_records
from labelassemble.export.coco_list import make_coco_list
from labelassemble.export.csv_manifest import render_csv_manifest
from labelassemble.export.csv_table import render_csv_table
from labelassemble.export.drawn_states import find_drawn
from labelassemble.export.hub_parquet import make_hub_folder
from labelassemble.export.json_rows import render_json_rows
from labelassemble.export.monai_list import make_monai_list
from labelassemble.export.nnunet_folder import make_nnunet_folder, refuse_other_name
from labelassemble.export.record_list import make_torch_folder, make_torchio_folder
from labelassemble.export.relative_paths import relative_paths
from labelassemble.export.write_folder import Content
from labelassemble.export.xrv_arrays import make_xrv_arrays, render_xrv_arrays
from labelassemble.export.yolo_labels import make_yolo_folder
from labelassemble.files.file_suffixes import VOLUME_SUFFIXES
from labelassemble.files.image_size import ImageSize
from labelassemble.files.volume_file import is_volume
from labelassemble.sources.image_sizes import read_image_sizes
from labelassemble.storage.located_frame import tell_locations
from labelassemble.storage.object_place import find_location

_UNUSED, _NO_FILE = "unused", "no image file"
_NO_SIZE = "an image whose size cannot be read"
_A_VOLUME = "a volume, not an image"
_NOT_DRAWN = "nobody drew a class on it"
_PACKED = "an image inside another file"
_NO_SINGLE_FILE = "a DICOM series, or an image inside another file"


class ExportOptions(NamedTuple):
    """What a form is asked for.

    Attributes:
        output: file or folder to write.
        base: paths are written relative to it; None: absolute.
        complete: sources whose boxes or points show every lesion of their classes.
        cache: folder in which hashes of files are kept between runs.
    """

    output: Path
    base: Path | None = None
    complete: tuple[str, ...] = ()
    cache: Path = Path()


class Rendered(NamedTuple):
    """An export before it is written.

    Attributes:
        files: of a form of files extension to content, the first file first; of a folder the place
            below it to content.
        records: how many are in it.
        excluded: why images are not in it, to how many.
        notes: what else the form could not hold, a sentence each.
    """

    files: Mapping[str, Content]
    records: int
    excluded: Mapping[str, int]
    notes: tuple[str, ...] = ()


def render_csv(table: AssembledTable, asked: ExportOptions) -> Rendered:
    """One wide CSV, and the manifest that makes it a source."""
    table = _rebase(table, asked)
    files = {
        ".csv": render_csv_table(table).encode(),
        ".toml": render_csv_manifest(table, f"{asked.output.stem}.csv").encode(),
    }
    return Rendered(files, table.records.height, {})


def render_xrv(table: AssembledTable, asked: ExportOptions) -> Rendered:
    """Labels as torchxrayvision's datasets hold them."""
    table = _rebase(table, asked)
    npz, csv = render_xrv_arrays(make_xrv_arrays(table))
    return Rendered({".npz": npz, ".csv": csv.encode()}, table.records.height, {})


def render_monai(table: AssembledTable, asked: ExportOptions, by_fold: bool = False) -> Rendered:
    """A data list of MONAI's."""
    content = make_monai_list(_rebase(table, asked), by_fold)
    excluded = {reason: count for reason, count in content["excluded"].items() if count}
    records = table.records.height - sum(excluded.values())
    return Rendered({".json": render_json_rows(content).encode()}, records, excluded)


def render_coco(table: AssembledTable, asked: ExportOptions) -> Rendered:
    """Boxes, and the classes that each image was looked at for."""
    table, sizes, excluded = _take_images(table, "COCO's form")
    content = make_coco_list(_rebase(table, asked), sizes, asked.complete)
    notes = _tell_boxes(table, content["info"]["boxes_elsewhere"])
    return Rendered(
        {".json": render_json_rows(content).encode()}, table.records.height, excluded, notes
    )


def render_yolo(table: AssembledTable, asked: ExportOptions) -> Rendered:
    """Boxes of the images on which every class is known."""
    _refuse_base(asked, "yolo")
    _refuse_hidden(table, "yolo")
    plain = {_PACKED: pl.col("path").str.contains("#", literal=True)}
    table, sizes, excluded = _take_images(table, "YOLO's form", plain)
    _refuse_far(table, "yolo")
    files, kept, more = make_yolo_folder(table, sizes)
    return Rendered(files, kept.records.height, {**excluded, **more})


def render_hub(table: AssembledTable, asked: ExportOptions) -> Rendered:
    """Parquet files with features."""
    table, excluded = part_records(table, _not_used(), "the form of datasets")
    sizes = _read_sizes(table)
    files = make_hub_folder(_rebase(table, asked), sizes)
    return Rendered(files, table.records.height, excluded, _tell_volumes(table))


def render_torch(table: AssembledTable, asked: ExportOptions) -> Rendered:
    """A list of records, and the dataset that reads it."""
    table, excluded = part_records(table, {**_not_used(), **_no_file()}, "a PyTorch dataset")
    sizes = _read_sizes(table)
    files = make_torch_folder(_rebase(table, asked), sizes)
    return Rendered(files, table.records.height, excluded, _tell_volumes(table))


def render_torchio(table: AssembledTable, asked: ExportOptions) -> Rendered:
    """A list of records with what is drawn on volumes, and the subjects made of them."""
    single = {_NO_SINGLE_FILE: pl.col("path").str.contains("#", literal=True)}
    reasons = {**_not_used(), **_no_file(), **single}
    table, excluded = part_records(table, reasons, "TorchIO's form")
    path = pl.col("path").str.to_lowercase()
    solid = take_records(
        table, table.records.filter(pl.any_horizontal(map(path.str.ends_with, VOLUME_SUFFIXES)))
    )
    marked, drawn = find_drawn(solid, asked.cache, asked.complete)
    own = dict(table.records.select("record", "path").iter_rows())
    drawn = {name: one for name, one in drawn.items() if str(one.path) == own[name]}
    files = make_torchio_folder(_rebase(table, asked), marked.classes, drawn)
    return Rendered(files, table.records.height, excluded)


def render_nnunet(table: AssembledTable, asked: ExportOptions) -> Rendered:
    """Masks with regions and an ignore label."""
    refuse_other_name(asked.output)
    _refuse_base(asked, "nnunet")
    _refuse_hidden(table, "nnunet")
    table, excluded = part_records(table, {**_not_used(), **_no_file()}, "nnU-Net's form")
    _refuse_far(table, "nnunet")
    kinds = {is_volume(Path(one)) for one in table.records["path"]}
    if len(kinds) > 1:
        volumes = int(_is_solid(table).sum())
        raise SettingsError(
            "volumes alone, or images alone, as nnU-Net takes one kind of file",
            f"{volumes:,} volumes among {table.records.height:,} records",
            "Assemble them apart",
        )
    every = table.classes
    marked, drawn = find_drawn(table, asked.cache, asked.complete)
    undrawn = {_NOT_DRAWN: ~pl.col("record").is_in(list(drawn))}
    marked, more = part_records(marked, undrawn, "nnU-Net's form")
    files = make_nnunet_folder(marked, drawn)
    lost = [name for name in every if name not in marked.classes]
    notes = (f"Left out classes that nobody drew: {', '.join(lost)}",) if lost else ()
    return Rendered(files, marked.records.height, {**excluded, **more}, notes)


class ExportForm(NamedTuple):
    """A way of writing a table.

    Attributes:
        suffix: extension of its first file; empty: it is a folder.
        render: table and what is asked to files.
        title: whose form it is.
    """

    suffix: str
    render: Callable[[AssembledTable, ExportOptions], Rendered]
    title: str


FORMS: dict[str, ExportForm] = {
    "csv": ExportForm(".csv", render_csv, "a table that is a source too"),
    "xrv": ExportForm(".npz", render_xrv, "torchxrayvision"),
    "monai": ExportForm(".json", render_monai, "MONAI"),
    "monai-folds": ExportForm(".json", partial(render_monai, by_fold=True), "Auto3DSeg"),
    "coco": ExportForm(".json", render_coco, "COCO, LVIS"),
    "nnunet": ExportForm("", render_nnunet, "nnU-Net v2"),
    "yolo": ExportForm("", render_yolo, "YOLO"),
    "hf": ExportForm("", render_hub, "Hugging Face datasets"),
    "torchio": ExportForm("", render_torchio, "TorchIO"),
    "torch": ExportForm("", render_torch, "PyTorch"),
}
"""A further form is a further file in ``export/``, and a line here."""


def _rebase(table: AssembledTable, asked: ExportOptions) -> AssembledTable:
    table = table if asked.base is None else relative_paths(table, asked.base)
    records, members = tell_locations(table.records), tell_locations(table.members)
    if records.equals(table.records) and members.equals(table.members):
        return table
    return replace(table, records=records, members=members)


def _refuse_base(asked: ExportOptions, form: str) -> None:
    if asked.base is not None:
        raise SettingsError(
            f"no --base for the form {form}, which leads to the images where they lie",
            f"--base {asked.base}",
            "Leave --base out",
        )


def _refuse_far(table: AssembledTable, form: str) -> None:
    far = filter(None, map(find_location, table.records["path"].drop_nulls()))
    if location := next(far, None):
        raise SettingsError(
            f"image files on this machine for the form {form}, whose folder leads to them",
            location,
            "Copy the source here and assemble again, or export another form, such as csv or coco",
        )


def _refuse_hidden(table: AssembledTable, form: str) -> None:
    settings = table.manifest.get("settings")
    if isinstance(settings, dict) and settings.get("ids_key"):
        raise SettingsError(
            "a form of names and labels alone, as the table hides who is who (assembly.ids_key)",
            f"the form {form}, whose folder leads to the image files and their own names",
            "Export another form, such as csv, coco or torch; or assemble without assembly.ids_key",
        )


def _not_used() -> dict[str, pl.Expr]:
    return {_UNUSED: pl.col("split") == "unused"}


def _no_file() -> dict[str, pl.Expr]:
    return {_NO_FILE: pl.col("path").is_null()}


def _is_solid(table: AssembledTable) -> pl.Series:
    paths = table.records["path"].to_list()
    return pl.Series([one is not None and is_volume(Path(one)) for one in paths], dtype=pl.Boolean)


def _read_sizes(table: AssembledTable) -> dict[str, ImageSize]:
    """Width and height of every record's file that is an image."""
    flat = table.records.filter(~_is_solid(table)).drop_nulls("path")
    found = read_image_sizes(flat["path"]).drop_nulls("width")
    sides = {
        path: ImageSize(*size) for path, *size in found.select("path", "width", "height").rows()
    }
    pairs = flat.select("record", "path").iter_rows()
    return {record: sides[path] for record, path in pairs if path in sides}


def _take_images(
    table: AssembledTable, form: str, reasons: Mapping[str, pl.Expr] | None = None
) -> tuple[AssembledTable, dict[str, ImageSize], dict[str, int]]:
    sizes = _read_sizes(table)
    solid = table.records["record"].filter(_is_solid(table))
    record = pl.col("record")
    every = {
        **_not_used(),
        **_no_file(),
        _A_VOLUME: record.is_in(solid.implode()),
        _NO_SIZE: ~record.is_in(list(sizes)),
        **(reasons or {}),
    }
    table, excluded = part_records(table, every, form)
    return table, sizes, excluded


def _tell_boxes(table: AssembledTable, elsewhere: int) -> tuple[str, ...]:
    if not elsewhere:
        return ()
    return (
        f"Left out {elsewhere:,} of {table.boxes.height:,} boxes: drawn on another file of the "
        "same image, whose pixels are not this file's",
    )


def _tell_volumes(table: AssembledTable) -> tuple[str, ...]:
    if not table.masks.height:
        return ()
    return ("Masks stay behind: nnunet and torchio hold them",)
