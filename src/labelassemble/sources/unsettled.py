"""What is said of a folder in which no form of a source is found, or two."""

from labelassemble.errors import SourceError, some
from labelassemble.sources.columns_read import name_columns
from labelassemble.sources.fit_columns import Fit, fit_columns
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.match_names import match_file
from labelassemble.sources.place_tables import Placed
from labelassemble.sources.problems import Problems


def refuse_rivals(manifest: Manifest, placed: Placed, seen: FolderSeen) -> None:
    """Say which tables fit equally well, and in which columns they differ.

    Args:
        manifest: how the source is written.
        placed: with rivals.
        seen: the folder.

    Raises:
        SourceError: always.
    """
    title = manifest.title or manifest.name
    if len(placed.rivals) == 1:
        raise SourceError(
            f"a table for each part of the split of {title} in {seen.folder}",
            f"one, {placed.rivals[0]}, whose name says no part",
            f"Call it after its part, as in {some(manifest.split.files, 3)}; or draft a manifest "
            "for it, which then says nothing of the split: labelassemble draft",
        )
    first, second, *_ = placed.rivals
    one, other = set(seen.tables.get(first, ())), set(seen.tables.get(second, ()))
    differ = sorted(one ^ other)
    raise SourceError(
        f"one table of {title} in {seen.folder}",
        f"{len(placed.rivals)} that fit: {some(placed.rivals, 4)}; "
        + (f"only one of them has {some(map(repr, differ), 5)}" if differ else "same columns"),
        f"Keep one, or call the one that is meant {some(manifest.table.file or (), 3)}"
        if manifest.table
        else "Keep one",
    )


def refuse_unreadable(manifest: Manifest, seen: FolderSeen) -> None:
    """Say what to do with a form of the source that is known and cannot be read.

    Args:
        manifest: as published; its `recognise.not_read` says it.
        seen: the folder.

    Raises:
        SourceError: such a form is there.
    """
    assert manifest.recognise is not None
    for pattern, do in manifest.recognise.not_read.items():
        found = [name for name in seen.names if match_file(name, pattern)]
        if found:
            raise SourceError(
                f"{manifest.title or manifest.name} in a form that can be read",
                f"{some(found, 2)} in {seen.folder}",
                do,
            )


def tell_nearest(manifest: Manifest, seen: FolderSeen, problems: Problems) -> None:
    """Remark on the table that has the most of the columns, where none has all.

    Args:
        manifest: how the source is written.
        seen: the folder.
        problems: takes the remark.
    """
    if manifest.table is None or manifest.table.file is None or not name_columns(manifest):
        return
    fits = {name: fit_columns(manifest, columns) for name, columns in seen.tables.items()}
    near = {name: fit for name, fit in fits.items() if fit.found}
    if not near:
        return
    name, fit = max(near.items(), key=lambda one: len(one[1].found))
    problems.remark(f"the nearest table is {name}: {explain_fit(fit)}", "Is it another source's?")


def explain_fit(fit: Fit) -> str:
    """Say how well columns fit, and what tells against them.

    Args:
        fit: as `fit_columns` gives it.
    """
    lost = f"; without {some(map(repr, fit.lost), 4)}" if fit.lost else ""
    alien = f"; with {some(map(repr, fit.alien), 4)}, which is a relative's" if fit.alien else ""
    return f"{fit}{lost}{alien}"
