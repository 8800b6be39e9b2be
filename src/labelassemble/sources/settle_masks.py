"""Sources with masks: which form is there, and where its masks lie."""

from collections import Counter

from labelassemble.errors import some
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.fit_names import NameFit, fit_names
from labelassemble.sources.folder_seen import FolderSeen
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems

_FEW = 4
_HALF = 0.5


def settle_masks(forms: list[Manifest], seen: FolderSeen, problems: Problems) -> Manifest:
    """Give the form whose masks are there, with the folders where they lie.

    Args:
        forms: of one source, as published first; the labels of each are masks.
        seen: the folder.
        problems: takes what was taken for what.
    """
    fits = [(fit_names(one, seen), one) for one in forms]
    fit, form = max(fits, key=lambda one: (one[0].masked or 0, one[0].named))
    update: dict[str, object] = {"recognise": None, "variants": ()}
    labels = form.labels
    if isinstance(labels, MaskValues) and labels.mask and not fit.masked:
        moved = _find_moved(form, labels, fit, seen)
        if moved:
            problems.remark(
                f"masks are not where they are published: they are looked for as {some(moved, 3)}",
                "Nothing has to be done where they are found",
            )
            update["labels"] = labels.model_copy(update={"mask": (*labels.mask, *moved)})
    return form.model_copy(update=update)


def _find_moved(
    form: Manifest, labels: MaskValues, fit: NameFit, seen: FolderSeen
) -> tuple[str, ...]:
    """Paths of masks that lie in other folders than published, where their names tell them."""
    if not fit.named:
        return ()
    places = dict[str, list[str]]()
    for name in seen.names:
        if name.startswith(fit.below):
            folder, _, file = name.removeprefix(fit.below).rpartition("/")
            places.setdefault(file, []).append(folder)
    moved = list[str]()
    for path in dict.fromkeys(one.rpartition("/")[2] for one in labels.mask or ()):
        folders = Counter[str]()
        for groups in fit.groups:
            lying = places.get(path.format(**groups), [])
            # A name that several files have, or the image itself, tells nothing.
            if len(lying) == 1 and not _is_image(path.format(**groups), groups):
                folders[lying[0]] += 1
        if 0 < len(folders) <= _FEW and folders.total() >= _HALF * len(fit.groups):
            moved += [f"{folder}/{path}" if folder else path for folder in sorted(folders)]
    return tuple(moved)


def _is_image(file: str, groups: dict[str, str]) -> bool:
    return groups["image"].rpartition("/")[2] == file
