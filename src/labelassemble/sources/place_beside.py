"""A file that stands beside the labels: boxes, a list."""

from collections.abc import Iterable

from labelassemble.sources.folder_seen import FolderSeen, is_submission
from labelassemble.sources.match_names import match_alike, match_file
from labelassemble.sources.optional_files import any_there
from labelassemble.sources.place_tables import drop_copies, find_below
from labelassemble.sources.table_header import plain_column


def place_beside(
    file: str, wanted: Iterable[str], above: str, seen: FolderSeen
) -> tuple[str, ...] | None:
    """Find a file that stands beside the labels: boxes, a list; none: it is not there.

    Args:
        file: its name or pattern in the manifest.
        wanted: columns that it must have; none: a list.
        above: the folder that the labels lie in.
        seen: the folder.
    """
    if not set("*?[") & set(file) and any_there(seen.folder, (file,)):
        return (file,)
    columns = {plain_column(one) for one in wanted}
    found = find_below(file, above, seen.others) or find_below(
        file, above, seen.others, match_alike
    )
    if not found and columns:
        found = tuple(
            name
            for name, header in seen.tables.items()
            if columns <= {plain_column(one) for one in header}
        )
        found = () if len(drop_copies(found, seen)[0]) > 1 else found
    kept, copies, rivals = drop_copies([one for one in found if not is_submission(one)], seen)
    if rivals or not kept or (len(kept) > 1 and "*" not in file):
        return None
    return (file,) if not copies and all(match_file(one, file) for one in kept) else kept
