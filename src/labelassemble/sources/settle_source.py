"""A manifest as published becomes one of the folder at hand: its files are looked for there."""

from typing import NamedTuple

from labelassemble.errors import SourceError, some
from labelassemble.settings import SourceSettings
from labelassemble.sources.doubled_folders import find_doubled
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.fit_columns import Fit, fit_columns
from labelassemble.sources.folder_seen import FolderSeen, see_folder
from labelassemble.sources.image_files import IMAGE_SUFFIXES, match_glob
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.place_tables import Placed, place_beside, place_tables
from labelassemble.sources.problems import Problems
from labelassemble.sources.recognise import merge_changes
from labelassemble.sources.rename_files import rename_columns, rename_files
from labelassemble.sources.settle_masks import settle_masks
from labelassemble.sources.source_tables import leave_out_columns, name_columns


class Form(NamedTuple):
    """One form of a source, and where it was found.

    Attributes:
        manifest: of this form.
        placed: where its tables are; none: there are none to look for.
    """

    manifest: Manifest
    placed: Placed | None


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
    if manifest.recognise is None or not settings.folder.is_dir():
        return manifest
    plain = manifest.model_copy(update={"recognise": None, "variants": ()})
    if isinstance(manifest.labels, MaskValues):
        if settings.images is not None:
            return plain
        return settle_masks(list_forms(manifest), see_folder(settings.folder), problems)
    seen = see_folder(settings.folder)
    form = find_form(manifest, seen)
    if form is None and manifest.table is not None and manifest.table.file is not None:
        seen = see_above(seen)
        form = find_form(manifest, seen)
    if form is None:
        _tell_nearest(manifest, seen, problems)
        return plain
    settled, placed = form.manifest, form.placed
    if placed is not None:
        if placed.rivals:
            _refuse_rivals(manifest, placed, seen, problems)
        _tell_taken(manifest, settled, placed, problems)
        settled = _name_tables(settled, placed, seen, problems)
        above = placed.above
    else:
        settled, above = _name_files(settled, seen, problems)
    if settings.images is None:
        settled = _place_images(settled, above, seen, problems)
    else:
        settled = settled.model_copy(update={"recognise": None, "variants": ()})
    return settled


def list_forms(manifest: Manifest) -> list[Manifest]:
    """Give a manifest in all forms in which its source circulates, as published first."""
    if not manifest.variants:
        return [manifest]
    content = manifest.model_dump(mode="python", exclude_unset=True, exclude={"variants"})
    others = [
        Manifest.model_validate(merge_changes(content, one)).model_copy(
            update={"recognise": manifest.recognise}
        )
        for one in manifest.variants
    ]
    return [manifest.model_copy(update={"variants": ()}), *others]


def find_form(manifest: Manifest, seen: FolderSeen) -> Form | None:
    """Find the form whose files are there; of several, the one most of whose columns are there.

    Args:
        manifest: as published, with its variants.
        seen: the folder.
    """
    found = []
    for form in list_forms(manifest):
        if form.table is None or form.table.file is None:
            read = getattr(form.labels, "file", ())
            if all(_find_named(file, seen) for file in read):
                found.append(Form(form, None))
            continue
        placed = place_tables(form, seen)
        if placed is not None:
            found.append(Form(form, placed))
    if not found:
        return None
    return max(found, key=lambda one: _rank(one.placed))


def _rank(placed: Placed | None) -> tuple[bool, int, bool]:
    if placed is None:
        return True, 0, True
    return not placed.rivals, len(placed.fit.found), not placed.by_content


def see_above(seen: FolderSeen) -> FolderSeen:
    """See the tables beside a folder too, for one that holds images alone."""
    try:
        beside = [one for one in seen.folder.absolute().parent.iterdir() if one.is_file()]
    except OSError:
        return seen
    return seen.add(f"../{one.name}" for one in beside)


def _name_files(manifest: Manifest, seen: FolderSeen, problems: Problems) -> tuple[Manifest, str]:
    """Write the paths of label files that are no tables, where they lie deeper, and how deep."""
    names, above = dict[str, tuple[str, ...]](), ""
    for file in getattr(manifest.labels, "file", ()):
        found = _find_named(file, seen)
        if len(found) == 1 and not match_glob(found[0], file):
            names[file] = (found[0],)
            above = found[0].removesuffix(file) if found[0].endswith(file) else above
    if not names:
        return manifest, ""
    taken = [one for found in names.values() for one in found]
    problems.remark(
        f"{some(taken, 3)} taken for {some(names, 3)}",
        "Name another folder if that is not the source",
    )
    return rename_files(manifest, names), above


def _find_named(file: str, seen: FolderSeen) -> list[str]:
    """Files that a name or pattern means, in the folder itself or, if in one only, below it."""
    here = [name for name in seen.others if match_glob(name, file)]
    return here or [name for name in seen.others if match_glob(name, f"**/{file}")]


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
    if manifest.boxes is not None:
        boxes = manifest.boxes
        columns = [boxes.image, *boxes.box, *((boxes.column,) if boxes.column else ())]
        for file in boxes.frame_table.file if boxes.frame_table else ():
            names[file] = place_beside(file, (), placed.above, seen) or (file,)
        for file in boxes.file:
            names[file] = place_beside(file, columns, placed.above, seen) or (file,)
    for file in manifest.split.lists.values():
        names[file] = place_beside(file, (), placed.above, seen) or (file,)
    manifest = rename_files(manifest, names)
    if placed.fit.renamed:
        said = [f"{new!r} for {old!r}" for old, new in placed.fit.renamed.items()]
        problems.remark(f"columns of other names are read: {some(said, 3)}", "Nothing to do")
        manifest = rename_columns(manifest, placed.fit.renamed)
    if placed.fit.spare:
        problems.remark(
            f"no column {some(map(repr, placed.fit.spare), 5)} "
            f"({some(placed.fit.spare.values(), 5)}): what it says is unknown",
            "Go on without it, or take the table as published",
        )
        return leave_out_columns(manifest, set(placed.fit.spare)) or manifest
    return manifest


def _place_images(manifest: Manifest, above: str, seen: FolderSeen, problems: Problems) -> Manifest:
    """Say where the images lie: where the manifest says, there below the table, or anywhere."""
    folder, glob = manifest.images.folder, manifest.images.glob
    update: dict[str, object] = {}
    if folder not in (".", "") and not (seen.folder / folder).is_dir():
        update["folder"] = _find_folder(folder, above, seen)
        problems.remark(
            f"the folder {folder} is not there: images are looked for in "
            + (str(update["folder"]) if update["folder"] != "." else "all folders"),
            "Nothing has to be done where they are found",
        )
    place = str(update.get("folder", folder))
    start = "" if place in (".", "") else f"{place.strip('/')}/"
    images = [
        name.removeprefix(start)
        for name in seen.names
        if name.startswith(start)
        and not name.startswith("../")
        and (
            match_glob(name.removeprefix(start), glob)
            if glob
            else name.lower().endswith(IMAGE_SUFFIXES)
        )
    ]
    copies = find_doubled(images)
    if copies:
        update["copies"] = (*manifest.images.copies, *copies)
        problems.remark(
            f"{some(copies, 3)} holds images a second time: one copy of each is taken",
            "Delete it if it is not needed",
        )
    placed = manifest.images.model_copy(update=update) if update else manifest.images
    return manifest.model_copy(update={"images": placed, "recognise": None, "variants": ()})


def _find_folder(folder: str, above: str, seen: FolderSeen) -> str:
    """A folder of this name below the table's, else the only one anywhere; else all folders."""
    if above and (seen.folder / above / folder).is_dir():
        return f"{above}{folder}"
    found = {
        name[: place + len(folder) + 1]
        for name in seen.names
        if (place := f"/{name}".find(f"/{folder}/")) >= 0
    }
    found = {one.rstrip("/") for one in found}
    return found.pop() if len(found) == 1 else "."


def _refuse_rivals(
    manifest: Manifest, placed: Placed, seen: FolderSeen, problems: Problems
) -> None:
    """Say which tables fit equally well, and in which columns they differ."""
    first, second, *_ = placed.rivals
    one, other = set(seen.tables.get(first, ())), set(seen.tables.get(second, ()))
    differ = sorted(one ^ other)
    raise SourceError(
        f"one table of {manifest.title or manifest.name} in {seen.folder}",
        f"{len(placed.rivals)} that fit: {some(placed.rivals, 4)}; "
        + (f"only one of them has {some(map(repr, differ), 5)}" if differ else "same columns"),
        f"Keep one, or call the one that is meant {some(manifest.table.file or (), 3)}"
        if manifest.table
        else "Keep one",
    )


def _tell_nearest(manifest: Manifest, seen: FolderSeen, problems: Problems) -> None:
    """Remark on the table that has the most of the columns, where none has all."""
    if manifest.table is None or manifest.table.file is None or not name_columns(manifest):
        return
    fits = {name: fit_columns(manifest, columns) for name, columns in seen.tables.items()}
    near = {name: fit for name, fit in fits.items() if fit.found}
    if not near:
        return
    name, fit = max(near.items(), key=lambda one: len(one[1].found))
    problems.remark(f"the nearest table is {name}: {explain_fit(fit)}", "Is it another source's?")


def explain_fit(fit: Fit) -> str:
    """Say how well columns fit, and what tells against them."""
    lost = f"; without {some(map(repr, fit.lost), 4)}" if fit.lost else ""
    alien = f"; with {some(map(repr, fit.alien), 4)}, which is a relative's" if fit.alien else ""
    return f"{fit}{lost}{alien}"
