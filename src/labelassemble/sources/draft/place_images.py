"""Where a source's images lie: a folder and a pattern that take them, and nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from posixpath import commonpath

from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.write_toml import Line


def choose_image_folder(
    wanted: Sequence[str], files: Sequence[str], root: str | None = None
) -> dict[str, Line] | None:
    """Write the manifest's ``[images]`` that takes some files of a folder; none: there is none.

    Args:
        wanted: paths of the images.
        files: paths of all files that lie there.
        root: the folder that paths are to be seen from; none: the one that holds all images.

    >>> files = ["a/images/1.png", "a/masks/1.png", "b/images/2.png", "b/list.txt"]
    >>> choose_image_folder(["a/images/1.png", "b/images/2.png"], files)["glob"].value
    '*/images/*.png'
    >>> choose_image_folder(["1.png"], ["1.png", "list.txt"])
    {}
    """
    folder = root or real_folder(common_folder(wanted), files)
    start = "" if folder == "." else f"{folder}/"
    inside = [name.removeprefix(start) for name in files if name.startswith(start)]
    those = {name.removeprefix(start) for name in wanted}
    lines = {} if folder == "." else {"folder": Line(folder, "all images lie there")}
    # Without a pattern, what ends like an image counts, and DICOM files of no extension.
    if {name for name in inside if name.lower().endswith(IMAGE_SUFFIXES)} | _plain(those) == those:
        return lines
    for glob in dict.fromkeys(_list_globs(sorted(those))):
        if {name for name in inside if match_glob(name, glob)} == those:
            return {**lines, "glob": Line(glob, "takes these files alone")}
    return None


def real_folder(folder: str, files: Sequence[str]) -> str:
    """Give the nearest folder that is none within a Parquet file, whose images have its name.

    >>> real_folder("data/train-0", ["data/train-0.parquet", "data/train-0/1.png"])
    'data'
    """
    steps = folder.split("/")
    for depth in range(1, len(steps) + 1):
        if f"{'/'.join(steps[:depth])}.parquet" in files:
            return "/".join(steps[: depth - 1]) or "."
    return folder


def _plain(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.lower().endswith(VOLUME_SUFFIXES)}


def common_folder(names: Sequence[str]) -> str:
    """The folder that holds all of these files; ``.``: the folder itself.

    >>> common_folder(["a/b/1.png", "a/b/c/2.png"]), common_folder(["1.png"])
    ('a/b', '.')
    """
    return commonpath([name.rpartition("/")[0] for name in names]) or "."


def _list_globs(names: Sequence[str]) -> Iterator[str]:
    """Patterns that fit all names, from the freest to the strictest."""
    files = [name.rpartition("/")[2] for name in names]
    ends = ["*" + _share_end(files)]
    if "." in ends[0] and (more := ends[0].rpartition(".")[2]):
        ends = [f"*.{more}", ends[0]]
        if files[0].lower().endswith(".nii.gz"):
            ends = ["*.nii.gz", ends[-1]]
    begin = _share_begin(files)
    ends += [f"{begin}{end}" for end in ends if begin] + ["*.*"]
    for end in ends:
        yield f"**/{end}"
    folders = [name.split("/")[:-1] for name in names]
    last = {one[-1] for one in folders if one}
    depths = {len(one) for one in folders}
    for end in ends:
        if len(depths) == 1:
            steps = [{one[level] for one in folders} for level in range(depths.copy().pop())]
            begins = [_share_begin(sorted(one)) for one in steps]
            plain = [next(iter(one)) if len(one) == 1 else "*" for one in steps]
            yield "/".join([*plain, end])
            named = [
                f"{start}*" if one == "*" else one for one, start in zip(plain, begins, strict=True)
            ]
            yield "/".join([*named, end])
        if len(last) == 1 and all(folders):
            yield f"**/{next(iter(last))}/{end}"


def _share_begin(texts: Sequence[str]) -> str:
    """What all texts begin with, but for numbers at its end."""
    low, high = min(texts), max(texts)
    count = next((at for at, sign in enumerate(low) if sign != high[at]), 0)
    return low[:count].rstrip("0123456789")


def _share_end(texts: Sequence[str]) -> str:
    """What all texts end with, from its first dot or sign on."""
    low, high = min(text[::-1] for text in texts), max(text[::-1] for text in texts)
    count = next(
        (at for at, sign in enumerate(low) if at >= len(high) or sign != high[at]), len(low)
    )
    end = low[:count][::-1]
    at = next((place for place, sign in enumerate(end) if sign in "._-"), len(end))
    return end[at:]
