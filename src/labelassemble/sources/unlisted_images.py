"""Image files that a table does not list, named as the table names the others."""

import polars as pl

from labelassemble.files.frame_path import FRAME
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.match_image_files import match_image_files
from labelassemble.sources.strip_suffix import strip_suffix


def find_unlisted(images: pl.Series, files: ImageFolder) -> list[str]:
    """Name the image files that none of these images is in, as the images are named.

    Where no image names a folder, nor do these, as long as no two files would get one name; where
    no image has an extension, nor do these. Files of which it is not certain whether a listed
    image is in them are not among them.

    Args:
        images: names of the images, each once.
        files: the files there are.
    """
    matched = match_image_files(images, files)
    root = files.folder.as_posix().rstrip("/") + "/"
    used = matched.path.drop_nulls().str.replace(FRAME.pattern, "").str.strip_prefix(root)
    left = _spell(files.names.filter(~files.names.is_in(used.implode())))
    doubted = _spell(images.filter(matched.path.is_null()))
    left = left.filter(~pl.col("short_stem").is_in(doubted["short_stem"].implode()))
    listed = _spell(images)
    bare = bool((listed["stem"] == listed["file"]).all())
    flat = not images.str.contains("/", literal=True).any()
    short = left["short_stem" if bare else "short"]
    if flat and not short.is_duplicated().any():
        return short.to_list()
    return left["stem" if bare else "file"].to_list()


def _spell(names: pl.Series) -> pl.DataFrame:
    """Columns file, stem, and both without folders."""
    frame = pl.DataFrame({"file": names}, schema={"file": pl.String})
    frame = frame.with_columns(
        short=pl.col("file").str.split("/").list.last(), stem=strip_suffix("file")
    )
    return frame.with_columns(short_stem=strip_suffix("short"))
