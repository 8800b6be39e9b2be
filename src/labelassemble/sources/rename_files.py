"""A manifest whose files and columns go by other names."""

from collections.abc import Mapping
from typing import Any

from labelassemble.sources.encodings.finding_columns import FindingColumns
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
    if layout is not None and layout.file is not None:
        joins = [one.model_copy(update={"file": _rename(one.file, names)}) for one in layout.join]
        update["table"] = layout.model_copy(
            update={
                "file": _rename(layout.file, names),
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


def rename_columns(manifest: Manifest, names: Mapping[str, str]) -> Manifest:
    """Give a manifest that reads columns of other names; columns that are findings stay.

    Args:
        manifest: as published.
        names: column to what it is called here.
    """
    layout = manifest.table
    if layout is None or not names:
        return manifest
    facts = ("image", "patient", "view", "age", "sex", "reader")
    table: dict[str, Any] = {
        key: names.get(getattr(layout, key), getattr(layout, key)) for key in facts
    }
    table["keep"] = {names.get(one, one): values for one, values in layout.keep.items()}
    update: dict[str, Any] = {
        "table": layout.model_copy(update=table),
        "split": _rename_keys(manifest.split, names, ("column",)),
        "subsets": tuple(
            one.model_copy(update={"where": {names.get(k, k): v for k, v in one.where.items()}})
            for one in manifest.subsets
        ),
    }
    if not isinstance(manifest.labels, FindingColumns):
        update["labels"] = _rename_keys(manifest.labels, names, ("column", "box", "frame_columns"))
    if manifest.boxes is not None:
        keys = ("image", "column", "reader", "box", "frame_columns")
        update["boxes"] = _rename_keys(manifest.boxes, names, keys)
    return manifest.model_copy(update=update)


def _rename_keys(settings: Any, names: Mapping[str, str], keys: tuple[str, ...]) -> Any:
    update = dict[str, Any]()
    for key in keys:
        value = getattr(settings, key, None)
        if isinstance(value, str):
            update[key] = names.get(value, value)
        elif isinstance(value, tuple):
            update[key] = tuple(names.get(one, one) for one in value)
    return settings.model_copy(update=update)
