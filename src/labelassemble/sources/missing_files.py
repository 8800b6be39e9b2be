"""Images without a file, in a doubtful one, or in one that is called so but for capitals."""

import os

import polars as pl

from labelassemble.errors import plural
from labelassemble.files.file_suffixes import VOLUME_SUFFIXES
from labelassemble.settings import SourceSettings
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.match_image_files import MatchedFiles
from labelassemble.sources.problems import Problems, name_nearest
from labelassemble.sources.strip_suffix import strip_suffix
from labelassemble.sources.tell_packed import tell_packed
from labelassemble.sources.whose_names import tell_whose

_EXCLUDE = 'missing_images = "exclude"'


def note_missing(
    images: pl.Series,
    matched: MatchedFiles,
    files: ImageFolder,
    settings: SourceSettings,
    problems: Problems,
) -> None:
    """Note images without a file and doubtful ones; remarks, where the recipe allows them.

    Images whose files are called as they are but for capitals are a remark.

    Args:
        images: names of the images, each once.
        matched: which file each is in.
        files: the files there are.
        settings: says whether images without files are a problem.
        problems: takes the notes.
    """
    refused = settings.missing_images == "error"
    missing = images.filter(matched.path.is_null() & matched.doubt.is_null())
    if len(missing) and settings.missing_images != "keep":
        _tell(
            f"a file below {files.folder} for each of the {plural(len(images), 'image')}",
            *_describe_missing(missing, images, files, refused),
            refused=refused,
            problems=problems,
        )
    _tell_capitals(images, matched.path, problems)
    if matched.doubt.count():
        doubtful = images.filter(matched.doubt.is_not_null())
        _tell(
            "one file for each image, and one image for each file",
            f"{plural(len(doubtful), 'image')} of which it is not certain in which file they are",
            "Give them names that differ by more than the extension or a folder"
            + (f", or leave them out: {_EXCLUDE}" if refused else "; they are left out"),
            len(doubtful),
            f"{doubtful[0]}: {matched.doubt.drop_nulls()[0]}",
            refused=refused,
            problems=problems,
        )


def _tell_capitals(images: pl.Series, path: pl.Series, problems: Problems) -> None:
    """Remark on images that are found by letters of the other case."""
    both = pl.DataFrame({"image": images, "path": path}).drop_nulls()
    both = both.select("image", "path", name=strip_suffix("image"), file=strip_suffix("path"))
    # Most names are the end of their path.
    both = both.filter(~pl.col("file").str.ends_with(pl.col("name")))
    found = [row[:2] for row in both.iter_rows() if _differ_in_capitals(*row[2:])]
    if found:
        image, file = found[0]
        problems.remark(
            f"{plural(len(found), 'image')} found by "
            f"{'names that differ' if len(found) > 1 else 'a name that differs'} in capitals",
            "Are they the same images? Where capitals tell them apart, fix the names",
            count=len(found),
            example=f"{image} is in {file}",
        )


def _differ_in_capitals(name: str, file: str) -> bool:
    """Whether the last parts in which two paths differ, do so by letters of the other case."""
    parts = zip(name.split("/")[::-1], file.split("/")[::-1], strict=False)
    return next((one.lower() == other.lower() for one, other in parts if one != other), False)


def _tell(
    expected: str, got: str, do: str, count: int, example: str, *, refused: bool, problems: Problems
) -> None:
    if refused:
        problems.note(expected, got, do, count, example)
    else:
        problems.remark(got, do, count, example)


def _describe_missing(
    missing: pl.Series, images: pl.Series, files: ImageFolder, refused: bool
) -> tuple[str, str, int, str]:
    """What is missing, what to do about it, how many, and one of them."""
    where = f"below {files.folder.name}/"
    do = (
        f"Name the folder of the images (`images` of this source in the recipe), or allow it: "
        f"{_EXCLUDE} ('keep': without files, for tables alone)"
    )
    do = do if refused else "They stay in the table without an image, as you allow it"
    if not is_folder_or_archive(files.folder) and files.names.is_empty():
        where += ", which is not there"
    elif volumes := _count_volumes(files):
        where += f", which holds {plural(volumes, 'volume')} ({', '.join(VOLUME_SUFFIXES)})"
        do = 'Say in images.glob which volumes are images, such as "**/*.nii.gz"'
    else:
        where += f", which holds {plural(len(files.names), 'image file')}"
    where += tell_packed(files)
    if 2 * len(missing) > len(images):
        there = files.names if len(files.names) else files.passed["file"]
        where += tell_whose(there.to_list(), images.to_list())
    some_have = len(missing) < len(images)
    near = "" if some_have else name_nearest(missing[0], files.names.head(5000).to_list())
    lack = "has" if len(missing) == 1 else "have"
    count = f"{len(missing):,} of the {len(images):,} images {lack} no file"
    return (
        f"{count if some_have else f'none of the {len(images):,} images has a file'} {where}",
        do,
        len(missing),
        missing[0] + near,
    )


def _count_volumes(files: ImageFolder) -> int:
    if len(files.names):
        return 0
    return sum(
        name.lower().endswith(VOLUME_SUFFIXES)
        for _, _, names in os.walk(files.folder)
        for name in names
    )
