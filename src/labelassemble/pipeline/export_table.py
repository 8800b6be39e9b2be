"""An assembled table in, the files of another program's form out."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from labelassemble import __version__
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import find_table, read_assembled
from labelassemble.errors import SettingsError, plural, unknown_name
from labelassemble.export.choose_records import choose_records
from labelassemble.export.csv_manifest import render_csv_manifest
from labelassemble.export.csv_table import render_csv_table
from labelassemble.export.monai_list import make_monai_list, render_monai_list
from labelassemble.export.relative_paths import relative_paths
from labelassemble.export.write_files import write_files
from labelassemble.export.xrv_arrays import make_xrv_arrays, render_xrv_arrays

_Say = Callable[[str], None]


class Rendered(NamedTuple):
    """An export before it is written.

    Attributes:
        files: extension to content, the first file first.
        images: how many are in it.
        excluded: why images are not in it, to how many.
    """

    files: dict[str, bytes]
    records: int
    excluded: dict[str, int]


def render_csv(table: AssembledTable, stem: str) -> Rendered:
    """One wide CSV, and the manifest that makes it a source."""
    files = {
        ".csv": render_csv_table(table).encode(),
        ".toml": render_csv_manifest(table, f"{stem}.csv").encode(),
    }
    return Rendered(files, table.records.height, {})


def render_xrv(table: AssembledTable, stem: str) -> Rendered:
    """Labels as torchxrayvision's datasets hold them."""
    npz, csv = render_xrv_arrays(make_xrv_arrays(table))
    return Rendered({".npz": npz, ".csv": csv.encode()}, table.records.height, {})


def render_monai(table: AssembledTable, stem: str, by_fold: bool = False) -> Rendered:
    """A data list of MONAI's."""
    content = make_monai_list(table, by_fold)
    excluded = {reason: count for reason, count in content["excluded"].items() if count}
    records = table.records.height - sum(excluded.values())
    return Rendered({".json": render_monai_list(content).encode()}, records, excluded)


class _Form(NamedTuple):
    """A way of writing a table.

    Attributes:
        suffix: extension of its first file.
        render: table and the output's name without extension to files.
    """

    suffix: str
    render: Callable[[AssembledTable, str], Rendered]


FORMS: dict[str, _Form] = {
    "csv": _Form(".csv", render_csv),
    "xrv": _Form(".npz", render_xrv),
    "monai": _Form(".json", render_monai),
    "monai-folds": _Form(".json", partial(render_monai, by_fold=True)),
}
"""A further form is a further file in ``export/``, and a line here."""


def export_table(
    folder: Path,
    form: str,
    output: Path,
    *,
    splits: Sequence[str] = (),
    known_classes: bool = False,
    base: Path | None = None,
    say: _Say | None = None,
) -> list[Path]:
    """Export the table that ``labelassemble assemble`` wrote.

    Args:
        folder: the table's folder, ``assembled`` of a recipe's output, or that output itself.
        form: a name out of ``FORMS``.
        output: the file to write; its extension is the form's, and may be left out. Other files of
            the form lie beside it under the same name.
        splits: images of these splits only; empty: of all.
        known_classes: leave out classes of which none of these images has a known label.
        base: write paths relative to this folder; none: absolute.
        say: called with what was written, in words.

    Returns:
        The files, then the record by which a later export knows that it may replace them.

    Raises:
        SettingsError: no such form or split, another extension, an output that is not ours or in
            the table's own folder, files outside ``base``.
        AssemblyError: ``folder`` holds no table, or nothing of it is left to export.

    Source: our own.

    >>> export_table(Path("assembled"), "excel", Path("mine"))
    Traceback (most recent call last):
        ...
    labelassemble.errors.SettingsError: Expected a form that a table can be exported in.
    Got      no form 'excel'; known: csv, xrv, monai, monai-folds.
    Do this: Name one of these.
    """
    if form not in FORMS:
        raise SettingsError(
            "a form that a table can be exported in",
            unknown_name("form", form, FORMS),
            "Name one of these",
        )
    output = _name_output(output, FORMS[form].suffix)
    folder = find_table(folder)
    if output.parent.resolve() == folder.resolve():
        raise SettingsError(
            "an output outside the table's own folder, which is replaced as a whole",
            str(output),
            "Choose another folder",
        )
    table = choose_records(read_assembled(folder), splits, known_classes)
    if base is not None:
        table = relative_paths(table, base)
    rendered = FORMS[form].render(table, output.stem)
    about = {
        "written_by": f"labelassemble {__version__}",
        "form": form,
        "splits": list(splits),
        "known_classes": known_classes,
        "relative_paths": base is not None,
        "records": rendered.records,
        "excluded": rendered.excluded,
        "classes": list(table.classes),
    }
    files = {output.stem + suffix: content for suffix, content in rendered.files.items()}
    written = write_files(output, files, about)
    if say is not None:
        say(_describe(rendered, table, written))
    return written


def _name_output(output: Path, suffix: str) -> Path:
    if output.suffix == suffix:
        return output
    if output.suffix in {form.suffix for form in FORMS.values()} or not output.name:
        raise SettingsError(
            f"an output file that ends in {suffix}", str(output), "Fix its extension"
        )
    return output.with_name(output.name + suffix)


def _describe(rendered: Rendered, table: AssembledTable, written: Sequence[Path]) -> str:
    lines = [
        f"Wrote {plural(rendered.records, 'image')}, "
        f"{plural(len(table.classes), 'class', 'classes')}:",
        *(f"  {path}" for path in written),
    ]
    lines += [
        f"Left out {plural(count, 'image')}: {reason}"
        for reason, count in rendered.excluded.items()
    ]
    return "\n".join([*lines, "What this form cannot hold: docs/exports.md"])
