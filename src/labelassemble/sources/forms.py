"""The forms in which a source circulates, and which of them are in a folder."""

from typing import NamedTuple

from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.match_names import match_file
from labelassemble.sources.place_tables import Placed, find_below, place_tables
from labelassemble.sources.recognise import merge_changes


class Form(NamedTuple):
    """One form of a source, and where it was found.

    Attributes:
        manifest: of this form.
        placed: where its tables are; none: there are none to look for.
    """

    manifest: Manifest
    placed: Placed | None


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
    return max(find_forms(manifest, seen), key=lambda one: _rank(one.placed), default=None)


def find_forms(manifest: Manifest, seen: FolderSeen) -> list[Form]:
    """Find all forms whose files are there.

    Args:
        manifest: as published, with its variants.
        seen: the folder.
    """
    found = []
    forms = list_forms(manifest)
    for form in forms:
        if form.table is None or form.table.file is None:
            read = getattr(form.labels, "file", ())
            if all(_find_named(file, seen) for file in read) and (
                len(forms) == 1 or _has_images(form, seen)
            ):
                found.append(Form(form, None))
            continue
        placed = place_tables(form, seen)
        if placed is not None:
            found.append(Form(form, placed))
    return found


def _rank(placed: Placed | None) -> tuple[bool, int, bool]:
    if placed is None:
        return True, 0, True
    return not placed.rivals, len(placed.fit.found), not placed.by_content


def _has_images(form: Manifest, seen: FolderSeen) -> bool:
    """Whether a file is called as the form's images are, where it says how."""
    glob = form.images.glob
    return glob is None or any(match_glob(name, glob) for name in seen.names)


def _find_named(file: str, seen: FolderSeen) -> list[str]:
    """Files that a name or pattern means: here, below, or the only ones of that name anywhere.

    Where no folder is called as a pattern asks: the files in the one folder that holds any.
    """
    here = [name for name in seen.others if match_file(name, file)]
    here = here or [name for name in seen.others if match_file(name, f"**/{file}")]
    return here or list(find_below(file, "", seen.others)) or find_elsewhere(file, seen)


def find_elsewhere(file: str, seen: FolderSeen) -> list[str]:
    """Files of a pattern with folders that lie in another folder, where only one holds any.

    Args:
        file: a name or pattern.
        seen: the folder.
    """
    folder, _, tail = file.rpartition("/")
    if not folder or "*" not in tail or "*" in folder:
        return []
    found = [name for name in seen.others if match_file(name.rpartition("/")[2], tail)]
    return found if len({name.rpartition("/")[0] for name in found}) == 1 else []


def list_files(form: Form, seen: FolderSeen) -> list[str]:
    """List the label files of a form, joined ones too.

    Args:
        form: as `find_forms` gives it.
        seen: the folder.
    """
    if form.placed is None:
        read = getattr(form.manifest.labels, "file", ())
        return [one for file in read for one in _find_named(file, seen)]
    return [one for names in form.placed.names.values() for one in seen.find(names)]
