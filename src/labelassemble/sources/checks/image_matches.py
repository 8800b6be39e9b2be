"""Images without files, files without images, and images of which it is not certain."""

import os

import polars as pl

from labelassemble.errors import some
from labelassemble.settings import SourceSettings
from labelassemble.sources.image_files import (
    VOLUME_SUFFIXES,
    ImageFolder,
    MatchedFiles,
    strip_suffix,
)
from labelassemble.sources.problems import Problem, name_nearest, plural, problem, remark

_LEAVE_OUT = 'missing_images = "leave_out"'


def check_matches(
    images: pl.Series,
    matched: MatchedFiles,
    files: ImageFolder,
    settings: SourceSettings,
    others: pl.Series,
) -> list[Problem]:
    """Problem images without files, doubtful ones, and files that no image has.

    Args:
        images: names of the images, each once.
        matched: which file each is in.
        files: the files there are.
        settings: says whether images without files are an error.
        others: files, below the folder, that are no images by what the manifest says: masks.
    """
    notes = []
    refused = settings.missing_images == "error"
    make = problem if refused else remark
    missing = images.filter(matched.path.is_null() & matched.doubt.is_null())
    if len(missing) and settings.missing_images != "keep":
        notes.append(_note_missing(missing, images, files, refused))
    if matched.doubt.count():
        here = images.filter(matched.doubt.is_not_null())
        notes.append(
            make(
                f"{plural(len(here), 'image')} of which it is not certain in which file they are",
                "Give them names that differ by more than the extension or a folder"
                + (f", or leave them out: {_LEAVE_OUT}" if refused else "; they are left out"),
                count=len(here),
                example=f"{here[0]}: {matched.doubt.drop_nulls()[0]}",
            )
        )
    root = files.folder.as_posix().rstrip("/") + "/"
    used = matched.path.drop_nulls().str.strip_prefix(root)
    unused = files.names.filter(~files.names.is_in(pl.concat([used, others]).implode()))
    doubtful = images.filter(matched.doubt.is_not_null()).to_frame("name")
    stems = doubtful.select(strip_suffix("name").str.split("/").list.last()).to_series()
    own = unused.to_frame("name").select(strip_suffix("name").str.split("/").list.last())
    unused = unused.filter(~own.to_series().is_in(stems.implode()))
    if len(unused) and len(used):
        folders = unused.str.extract(r"^(.*)/").fill_null("the folder itself").unique().sort()
        notes.append(
            remark(
                f"{plural(len(unused), 'image file')} of {len(files.names):,} that no image of the "
                f"source has, in {some(folders, 3)}",
                "Are rows missing? Where those are no images of it (masks), name the folder of the "
                "images: images.folder",
                count=len(unused),
                example=unused[0],
            )
        )
    return notes


def _note_missing(
    missing: pl.Series, images: pl.Series, files: ImageFolder, refused: bool
) -> Problem:
    where = f"below {files.folder.name}/"
    do = f"Name the folder of the images, or allow it in the recipe: {_LEAVE_OUT}"
    do = do if refused else "They stay in the table without a picture, as you allow it"
    if not files.folder.is_dir():
        where += ", which is not there"
    elif volumes := _count_volumes(files):
        where += f", which holds {plural(volumes, 'volume')} ({', '.join(VOLUME_SUFFIXES)})"
        do = 'Say in images.glob which volumes are images, such as "**/*.nii.gz"'
    else:
        where += f", which holds {plural(len(files.names), 'image file')}"
    some_have = len(missing) < len(images)
    near = "" if some_have else name_nearest(missing[0], files.names.head(5000).to_list())
    lack = "has" if len(missing) == 1 else "have"
    count = f"{len(missing):,} of the {len(images):,} images {lack} no file"
    return (problem if refused else remark)(
        f"{count if some_have else f'none of the {len(images):,} images has a file'} {where}",
        do,
        count=len(missing),
        example=missing[0] + near,
    )


def _count_volumes(files: ImageFolder) -> int:
    if len(files.names):
        return 0
    return sum(
        name.lower().endswith(VOLUME_SUFFIXES)
        for _, _, names in os.walk(files.folder)
        for name in names
    )
