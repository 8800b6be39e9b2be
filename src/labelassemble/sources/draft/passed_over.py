"""What of a folder a first manifest does not use, and why: a line a reason."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from labelassemble.errors import some
from labelassemble.files.file_suffixes import VOXEL_SUFFIXES
from labelassemble.files.volume_file import APART
from labelassemble.sources.draft.survey import Survey, plain_name
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.image_files import INDEX


def list_passed_over(
    survey: Survey, used: Collection[str], reasons: Mapping[str, str], masks: bool = False
) -> tuple[str, ...]:
    """List the files that a draft does not use, a line a reason with three names.

    Args:
        survey: what lies in the folder.
        used: tables and label files that the draft reads, as a manifest names them.
        reasons: why a table was not taken, by its path.
        masks: whether the draft reads the masks, or says how to.
    """
    groups: dict[str, list[str]] = {}
    for why, name in survey.passed:
        groups.setdefault(why, []).append(name)
    for name, why in reasons.items():
        groups.setdefault(why, []).append(name)
    told = {*reasons, *survey.images, *survey.volumes, *survey.masks}
    if not masks:
        why = "masks by their names and places, but with too many values, or at no pattern of paths"
        groups[why] = [*survey.masks]
    groups["the same images again, in another folder or with another extension"] = [*survey.copies]
    told |= {*survey.copies, *survey.sampled}
    if any(name.lower().endswith(APART) for name in (*survey.volumes, *survey.masks)):
        told |= {name for name in survey.files if name.lower().endswith(VOXEL_SUFFIXES)}
    patterns = [one for one in used if "*" in one]
    left = [
        name
        for name in survey.files
        if name not in told
        and plain_name(name) not in used
        and not any(match_glob(name, one) for one in patterns)
    ]
    known = {*survey.tables, *survey.json, *survey.npz, *survey.xml}
    label_files = [name for name in left if name in known]
    groups["not read as labels"] = label_files
    lines = [_line(names, why) for why, names in groups.items() if names]
    indices = [name for name in left if name.rpartition("/")[2].upper() == "DICOMDIR"]
    if indices:
        lines.append(_line(indices, INDEX))
    others = [name for name in left if name not in {*known, *indices}]
    kinds = Counter(_kind(name) for name in others)
    for kind, _ in kinds.most_common(6):
        names = [name for name in others if _kind(name) == kind]
        lines.append(_line(names, f"{kind} files, which are neither images nor tables to it"))
    if len(kinds) > 6:
        lines.append(f"files of {len(kinds) - 6} more kinds")
    return tuple(lines)


def _kind(name: str) -> str:
    file = name.rpartition("/")[2]
    _, dot, ending = file.rpartition(".")
    return f".{ending.lower()}" if dot and len(ending) <= 8 else "nameless-ending"


def _line(names: Iterable[str], why: str) -> str:
    every = sorted(names)
    return f"{len(every):,} {'file' if len(every) == 1 else 'files'}: {some(every, 3)}: {why}"
