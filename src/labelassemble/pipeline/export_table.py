"""An assembled table in, the files of another program's form out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from labelassemble import __version__
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import find_table, read_assembled
from labelassemble.errors import SettingsError, plural, unknown_name
from labelassemble.export.choose_records import choose_records
from labelassemble.export.write_files import write_files
from labelassemble.export.write_folder import write_folder
from labelassemble.pipeline.export_forms import FORMS, ExportOptions, Rendered
from labelassemble.storage.hold_folder import hold_output
from labelassemble.storage.object_place import find_location

_Say = Callable[[str], None]


def export_table(
    folder: Path,
    form: str,
    output: Path,
    *,
    splits: Sequence[str] = (),
    known_classes: bool = False,
    classes: Sequence[str] = (),
    base: Path | None = None,
    complete_boxes: Sequence[str] = (),
    say: _Say | None = None,
) -> list[Path]:
    """Export the table that ``labelassemble assemble`` wrote.

    Args:
        folder: the table's folder, ``assembled`` of a recipe's output, or that output itself.
        form: a name out of ``FORMS``.
        output: the file to write; its extension is the form's, and may be left out. Other files of
            the form lie beside it under the same name. Of some forms it is a folder.
        splits: images of these splits only; empty: of all.
        known_classes: leave out classes of which none of these images has a known label.
        classes: these classes only; empty: all.
        base: write paths relative to this folder; none: absolute.
        complete_boxes: sources whose boxes or points show every lesion of their classes.
        say: called with what was written, in words.

    Returns:
        The files, then the record by which a later export knows that it may replace them.

    Raises:
        SettingsError: no such form or split, another extension, an output that is not ours or in
            the table's own folder, files outside ``base``.
        AssemblyError: ``folder`` holds no table, or nothing of it is left to export.

    Source: our own.

    >>> export_table(Path("assembled"), "excel", Path("mine"))  # doctest: +NORMALIZE_WHITESPACE
    Traceback (most recent call last):
        ...
    labelassemble.errors.SettingsError: Expected a form that a table can be exported in.
    Got      no form 'excel'; known: csv, xrv, monai, monai-folds, coco, nnunet, yolo, hf,
    torchio, torch.
    Do this: Name one of these.
    """
    if form not in FORMS:
        raise SettingsError(
            "a form that a table can be exported in",
            unknown_name("form", form, FORMS),
            "Name one of these",
        )
    output = _name_output(output, FORMS[form].suffix)
    if not FORMS[form].suffix and (location := find_location(output)) is not None:
        raise SettingsError(
            f"a folder of this machine for the form {form}, which is a folder of files",
            location,
            "Write it here, then copy that folder with the tool of the store",
        )
    folder = find_table(folder)
    if folder.resolve() in (output.parent.resolve(), output.resolve()):
        raise SettingsError(
            "an output outside the table's own folder, which is replaced as a whole",
            str(output),
            "Choose another folder",
        )
    table = choose_records(read_assembled(folder), splits, known_classes, classes)
    strange = [name for name in complete_boxes if name not in table.scopes]
    if strange:
        raise SettingsError(
            "sources of the assembled table for --complete-boxes",
            unknown_name("source", strange[0], table.scopes),
            "Name one or more of these",
        )
    asked = ExportOptions(output, base, tuple(complete_boxes), folder.parent)
    rendered = FORMS[form].render(table, asked)
    about = {
        "written_by": f"labelassemble {__version__}",
        "form": form,
        "splits": list(splits),
        "known_classes": known_classes,
        "complete_boxes": list(complete_boxes),
        "relative_paths": base is not None,
        "records": rendered.records,
        "excluded": dict(rendered.excluded),
        "notes": list(rendered.notes),
        "classes": list(table.classes),
    }
    with hold_output(output, work="export", make=True):
        written = _write(output, FORMS[form].suffix, rendered, about)
    if say is not None:
        say(_describe(rendered, table, written))
    return written


def _write(
    output: Path, suffix: str, rendered: Rendered, about: Mapping[str, object]
) -> list[Path]:
    if not suffix:
        return write_folder(output, rendered.files, about)
    files = {
        output.stem + extension: content
        for extension, content in rendered.files.items()
        if isinstance(content, bytes)
    }
    return write_files(output, files, about)


def _name_output(output: Path, suffix: str) -> Path:
    if suffix and output.suffix == suffix:
        return output
    known = {form.suffix for form in FORMS.values() if form.suffix}
    if output.suffix in known or not output.name:
        what = f"an output file that ends in {suffix}" if suffix else "a folder to write"
        raise SettingsError(what, str(output), "Fix its name")
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
    return "\n".join([*lines, *rendered.notes, "What this form cannot hold: docs/exports.md"])
