"""A manifest whose files go by other names."""

from collections.abc import Mapping
from typing import Any

from labelassemble.sources.manifest import Manifest

NewNames = Mapping[str, tuple[str, ...]]
"""Name or pattern of a file, as a manifest writes it, to the files that are meant; none: it is not
there. Those that it does not hold stay."""


def rename_files(manifest: Manifest, names: NewNames) -> Manifest:
    """Give a manifest that reads other files.

    Args:
        manifest: as published.
        names: which file is meant by which name.
    """
    update: dict[str, Any] = {}
    layout, boxes, split = manifest.table, manifest.boxes, manifest.split
    if layout is not None:
        joins = [one.model_copy(update={"file": _rename(one.file, names)}) for one in layout.join]
        update["table"] = layout.model_copy(
            update={
                "file": _rename(layout.file, names) if layout.file is not None else None,
                "join": tuple(one for one in joins if one.file),
            }
        )
    if boxes is not None:
        found = _rename(boxes.file, names)
        told: dict[str, Any] = {"file": found}
        if boxes.frame_table is not None:
            sizes = _rename(boxes.frame_table.file, names) or boxes.frame_table.file
            told["frame_table"] = boxes.frame_table.model_copy(update={"file": sizes})
        update["boxes"] = boxes.model_copy(update=told) if found else None
    lists = {}
    for part, one in split.lists.items():
        for new in _rename((one,), names):
            lists[part] = new
    files = {new: part for one, part in split.files.items() for new in _rename((one,), names)}
    update["split"] = split.model_copy(update={"lists": lists, "files": files})
    subsets = []
    for subset in manifest.subsets:
        kept = subset
        if "file" in subset.where:
            patterns = [new for old in subset.where["file"] for new in _rename_pattern(old, names)]
            if not patterns:
                continue
            where = {**subset.where, "file": tuple(patterns)}
            kept = subset.model_copy(update={"where": where})
        subsets.append(kept)
    update["subsets"] = tuple(subsets)
    read = getattr(manifest.labels, "file", None)
    if isinstance(read, tuple) and (found := _rename(read, names)):
        update["labels"] = manifest.labels.model_copy(update={"file": found})
    return manifest.model_copy(update=update)


def _rename(files: tuple[str, ...], names: NewNames) -> tuple[str, ...]:
    return tuple(dict.fromkeys(new for one in files for new in names.get(one, (one,))))


def _rename_pattern(pattern: str, names: NewNames) -> tuple[str, ...]:
    """A pattern over files of rows, where the files that it meant go by other names."""
    bare = pattern.strip("*")
    for old, new in names.items():
        if old.replace("**/", "").strip("*") == bare or old.endswith(f"/{bare}"):
            return tuple(f"{one}*" for one in new)
    return (pattern,)
