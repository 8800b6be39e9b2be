"""Label files of a source that lie beside those that are read: another version of it."""

from collections.abc import Sequence

from labelassemble.errors import some
from labelassemble.sources.fit_columns import fit_columns
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.place_tables import Placed, same_content
from labelassemble.sources.problems import Problems


def tell_other_versions(
    form: Manifest,
    placed: Placed | None,
    taken: Sequence[str],
    others: Sequence[str],
    seen: FolderSeen,
    problems: Problems,
) -> None:
    """Remark on label files that would do as well as those that are read, and hold something else.

    Args:
        form: the manifest of the form that is read.
        placed: where its tables are; none: it has none to look for.
        taken: its label files.
        others: label files of all forms that are there.
        seen: the folder.
        problems: takes the remark.
    """
    passed = placed.copies if placed else ()
    further = list[str]()
    if placed is not None and not (form.table and form.table.header):
        further = [
            name
            for name, columns in seen.tables.items()
            if not name.startswith("../") and fit_columns(form, columns).fits
        ]
    strange = [
        one
        for one in dict.fromkeys([*others, *further])
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
