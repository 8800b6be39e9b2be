"""Label files of a source that lie beside those that are read: another version of it."""

from labelassemble.errors import some
from labelassemble.sources.fit_columns import fit_columns
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.forms import Form, find_forms, list_files
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.place_tables import same_content
from labelassemble.sources.problems import Problems


def tell_other_versions(
    manifest: Manifest, form: Form, seen: FolderSeen, problems: Problems
) -> None:
    """Remark on label files that would do as well as those that are read, and hold something else.

    Args:
        manifest: as published, with its variants.
        form: the one that is read.
        seen: the folder.
        problems: takes the remark.
    """
    taken = list_files(form, seen)
    passed = form.placed.copies if form.placed else ()
    others = [one for other in find_forms(manifest, seen) for one in list_files(other, seen)]
    if form.placed is not None and not (form.manifest.table and form.manifest.table.header):
        others += [
            name
            for name, columns in seen.tables.items()
            if not name.startswith("../") and fit_columns(form.manifest, columns).fits
        ]
    strange = [
        one
        for one in dict.fromkeys(others)
        if one not in taken
        and one not in passed
        and not any(same_content(seen, [one], [name]) for name in taken)
    ]
    if strange:
        verb = "holds" if len(strange) == 1 else "hold"
        problems.remark(
            f"{some(strange, 3)} {verb} labels of it too, and {'is' if verb == 'holds' else 'are'} "
            f"not read: {some(taken, 3)} {'is' if len(taken) == 1 else 'are'}",
            "Is that another version, or a part? Where it is the one that is meant, take the "
            "other away",
            count=len(strange),
        )
