"""A manifest as published becomes one of the folder at hand: its files are looked for there."""

import re
from collections.abc import Mapping, Sequence

from labelassemble.errors import SourceError, some
from labelassemble.settings import SourceSettings
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.columns_read import exclude_columns, name_columns
from labelassemble.sources.doubled_folders import same_files
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.fit_columns import spell_alike
from labelassemble.sources.folder_seen import FolderSeen, see_above, see_folder
from labelassemble.sources.forms import (
    Form,
    find_elsewhere,
    find_form,
    find_forms,
    list_files,
    list_forms,
)
from labelassemble.sources.loose_names import loosen_names
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.match_names import match_alike, match_file
from labelassemble.sources.other_versions import tell_other_versions
from labelassemble.sources.place_beside import place_beside
from labelassemble.sources.place_tables import Placed, drop_copies, find_below
from labelassemble.sources.problems import Problems
from labelassemble.sources.rename_files import rename_files
from labelassemble.sources.settle_images import place_images
from labelassemble.sources.settle_masks import settle_masks
from labelassemble.sources.table_header import has_columns
from labelassemble.sources.unsettled import refuse_rivals, refuse_unreadable, tell_nearest


def settle_source(settings: SourceSettings, manifest: Manifest, problems: Problems) -> Manifest:
    """Give a manifest that names the files as they are called in a source's folder.

    Only of manifests that are to be recognised; others, and what is not found, stay as they are, so
    that reading says what is missing.

    Args:
        settings: the folder, and that of the images.
        manifest: as published.
        problems: takes what was taken for what, and tables of which two fit.

    Raises:
        SourceError: the folder cannot be read.
    """
    if manifest.recognise is None or not is_folder_or_archive(settings.folder):
        return manifest
    plain = manifest.model_copy(update={"recognise": None, "variants": ()})
    seen = see_folder(settings.folder)
    if isinstance(manifest.labels, MaskValues):
        if settings.images is not None:
            return plain
        masked = settle_masks(list_forms(manifest), seen, problems)
        return place_images(masked, "", seen, problems)
    form = find_form(manifest, seen)
    if form is None and manifest.table is not None and manifest.table.file is not None:
        seen = see_above(seen)
        form = find_form(manifest, seen)
    if form is None:
        refuse_unreadable(manifest, seen)
        tell_nearest(manifest, seen, problems)
        return plain
    settled, placed = loosen_names(form.manifest), form.placed
    if placed is not None:
        if placed.rivals:
            refuse_rivals(manifest, placed, seen)
        _tell_others(manifest, form, seen, problems)
        _tell_taken(manifest, settled, placed, problems)
        settled = _name_tables(settled, placed, seen, problems)
        above = placed.above
    else:
        _tell_others(manifest, form, seen, problems)
        settled, above = _name_files(settled, seen, problems)
    if settings.images is None:
        settled = place_images(settled, above, seen, problems)
    else:
        settled = settled.model_copy(update={"recognise": None, "variants": ()})
    return settled


def _tell_others(manifest: Manifest, form: Form, seen: FolderSeen, problems: Problems) -> None:
    others = [one for other in find_forms(manifest, seen) for one in list_files(other, seen)]
    taken = list_files(form, seen)
    tell_other_versions(form.manifest, form.placed, taken, others, seen, problems)


def _name_files(manifest: Manifest, seen: FolderSeen, problems: Problems) -> tuple[Manifest, str]:
    """Write where files that are no tables of rows lie, if deeper, and how deep.

    Label files of other kinds, and tables that are joined to the names of images.
    """
    joins = manifest.table.join if manifest.table else ()
    asked = (*getattr(manifest.labels, "file", ()), *(file for one in joins for file in one.file))
    names, above = dict[str, tuple[str, ...]](), ""
    for file in asked:
        if any(match_file(name, file) for name in seen.others):
            continue
        start, found = _find_deeper(file, manifest, seen)
        if not found and (elsewhere := find_elsewhere(file, seen)):
            place = elsewhere[0].rpartition("/")[0]
            found = (f"{place}/{file.rpartition('/')[2]}".lstrip("/"),)
        if found:
            is_pattern = bool(set("*?[") & set(file))
            names[file] = (start + file,) if is_pattern and start is not None else found
            above = start or above
    if names:
        taken = [one for found in names.values() for one in found]
        problems.remark(
            f"{some(taken, 3)} taken for {some(names, 3)}",
            "Name another folder if that is not the source",
        )
        manifest = rename_files(manifest, names)
    if manifest.table is not None and manifest.table.join:
        joined = seen.find(file for one in manifest.table.join for file in one.file)
        manifest = _spell_columns(manifest, joined, {}, seen, problems)
    return manifest, above


def _find_deeper(
    file: str, manifest: Manifest, seen: FolderSeen
) -> tuple[str | None, tuple[str, ...]]:
    """The folder below which a name or pattern has files, and these; none where it has none."""
    roots = dict[str, list[str]]()
    for name in seen.others:
        parts = name.split("/")
        for depth in range(1, len(parts)):
            if match_file("/".join(parts[depth:]), file):
                roots.setdefault("/".join(parts[:depth]) + "/", []).append(name)
                break
    if not roots:
        found = find_below(file, "", seen.others, match_alike)
        return None, found if len(drop_copies(found, seen)[0]) == len(found) else ()
    first, *others = sorted(roots, key=lambda one: (one.count("/"), one))
    for one in others:
        if not same_files(seen.path, first, one, roots[one]):
            raise SourceError(
                f"{file} of {manifest.title or manifest.name} in one folder below {seen.folder}",
                f"other content in {first} and in {one}",
                "Name the one that is meant as the folder of the source",
            )
    return first, tuple(roots[first])


def _tell_taken(published: Manifest, form: Manifest, placed: Placed, problems: Problems) -> None:
    """Say which tables were taken for those that the manifest names first."""
    asked = (published.table and published.table.file) or ()
    files = (form.table and form.table.file) or ()
    told = [one for file in files for one in placed.names[file] if one not in asked]
    if told:
        problems.remark(
            f"{some(told, 3)} taken for {some(asked, 3)}: {placed.fit}",
            "Name another folder if that is not the source",
        )


def _name_tables(
    manifest: Manifest, placed: Placed, seen: FolderSeen, problems: Problems
) -> Manifest:
    """Write the names of tables and columns as they are there, and say what differs."""
    assert manifest.table is not None
    assert manifest.table.file is not None
    names = dict(placed.names)
    gone = [file for file in manifest.table.file if not names[file]]
    if placed.copies:
        problems.remark(
            f"{some(placed.copies, 3)} is the same table again: one copy is read",
            "Nothing has to be done",
        )
    if gone and any("*" not in one for one in gone):
        problems.remark(
            f"{some(gone, 3)} is not there: what it holds is missing",
            "Put it there, or go on without it",
        )
    beside = dict[str, tuple[str, ...]]()
    taken = [one for name in names.values() for one in seen.find(name)]
    if manifest.boxes is not None:
        columns = _name_box_columns(manifest)
        for file in manifest.boxes.file:
            found = place_beside(file, columns, placed.above, seen) or (file,)
            there = seen.find(found)
            # A table that was taken for the labels holds no boxes because it is called like theirs.
            left = [n for n in there if n not in taken or has_columns(seen.tables[n], columns)]
            beside[file] = tuple(left) if len(left) < len(there) else found
        for file in manifest.boxes.frame_table.file if manifest.boxes.frame_table else ():
            beside[file] = place_beside(file, (), placed.above, seen) or (file,)
    for file in manifest.split.lists.values():
        beside[file] = place_beside(file, (), placed.above, seen) or (file,)
    for file in manifest.split.files:
        if file not in names:
            alike = tuple(one for one in taken if match_alike(one, file))
            beside |= {file: alike} if alike else {}
    manifest = rename_files(manifest, names | beside)
    manifest = _spell_columns(manifest, taken, placed.fit.renamed, seen, problems)
    if placed.fit.spare:
        problems.remark(
            f"no column {some(map(repr, placed.fit.spare), 5)} "
            f"({some(placed.fit.spare.values(), 5)}): what it says is unknown",
            "Go on without it, or take the table as published",
        )
        return exclude_columns(manifest, set(placed.fit.spare)) or manifest
    return manifest


def _name_box_columns(manifest: Manifest) -> tuple[str, ...]:
    boxes = manifest.boxes
    if boxes is None:
        return ()
    return (boxes.image, *boxes.box, *((boxes.column,) if boxes.column else ()))


def _spell_columns(
    manifest: Manifest,
    files: Sequence[str],
    found: Mapping[str, str],
    seen: FolderSeen,
    problems: Problems,
) -> Manifest:
    """Say how columns are spelled and separated in the tables at hand."""
    layout, boxes = manifest.table, manifest.boxes
    assert layout is not None
    renamed = {name: {new} for name, new in found.items()}
    wanted = [*name_columns(manifest), *(key for join in layout.join for key in join.on)]
    for file in files:
        for column, new in spell_alike(wanted, seen.tables[file]).items():
            renamed.setdefault(column, set()).add(new)
    update: dict[str, object] = {}
    if renamed and not layout.header:
        said = [f"{some(map(repr, sorted(new)))} for {old!r}" for old, new in renamed.items()]
        problems.remark(f"columns of other names are read: {some(said, 3)}", "Nothing to do")
        spelled = {column: tuple(sorted(new)) for column, new in renamed.items()}
        update["renamed"] = {**layout.renamed, **spelled}
    if layout.separator is None and not layout.header:
        update |= _separate(layout.file or (), seen)
    joins = [one.model_copy(update=_separate(one.file, seen)) for one in layout.join]
    update["join"] = tuple(joins)
    manifest = manifest.model_copy(update={"table": layout.model_copy(update=update)})
    if boxes is None:
        return manifest
    of_boxes = _separate(boxes.file, seen)
    for file in seen.find(boxes.file):
        asked = [*_name_box_columns(manifest), boxes.reader or "", *(boxes.frame_columns or ())]
        as_here = spell_alike(filter(None, asked), seen.tables[file])
        if as_here:
            of_boxes["renamed"] = {column: (new,) for column, new in as_here.items()}
    return manifest.model_copy(update={"boxes": boxes.model_copy(update=of_boxes)})


def _separate(files: Sequence[str], seen: FolderSeen) -> dict[str, object]:
    """What stands between columns, where the extension does not say it."""
    signs = {seen.tables.separator(one) for one in seen.find(files)}
    plain = {"\t" if re.search(r"\.(tsv|tab)\b", one) else "," for one in files}
    return {"separator": signs.pop()} if len(signs) == 1 and signs != plain else {}
