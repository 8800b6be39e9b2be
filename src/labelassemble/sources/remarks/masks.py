"""Which masks there are: several of one image, none, and masks of no image."""

from pathlib import Path

from labelassemble.errors import SourceError, plural, some
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, NIFTI_SUFFIXES
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.problems import Problem, remark
from labelassemble.sources.statements.mask_places import MaskFolders, find_image_masks
from labelassemble.sources.statements.mask_values import list_cases


def remark_on_masks(labels: MaskValues, files: ImageFolder) -> list[Problem]:
    """Remark on the masks of all images, opened or not.

    Args:
        labels: where masks lie.
        files: the image files.
    """
    folders = MaskFolders(files.folder)
    try:
        rows = list_cases(files.names, labels)
        every = list(find_image_masks(rows, labels, folders))
    except SourceError:
        return []  # Told as a problem.
    images = rows.facts["image"].to_list()
    several = [
        (image, one)
        for image, found in zip(images, every, strict=True)
        for one in found
        if len(one.files) > 1
    ]
    elsewhere = [
        (image, one)
        for image, found in zip(images, every, strict=True)
        for one in found
        if one.elsewhere
    ]
    without = [
        image
        for image, found in zip(images, every, strict=True)
        if labels.masks and not any(one.files for one in found)
    ]
    taken = {path for found in every for one in found for path in (*one.files, *one.elsewhere)} | {
        files.folder / name for name in files.names
    }
    others = folders.list_others(taken, (*IMAGE_SUFFIXES, *NIFTI_SUFFIXES))
    told = []
    if several:
        image, one = several[0]
        told.append(
            remark(
                f"{plural(len(several), 'image')} with several masks, which are joined",
                "Nothing, if all of them belong to the image",
                len(several),
                f"{image}: {_names(one.files)}",
            )
        )
    if elsewhere:
        image, one = elsewhere[0]
        told.append(
            remark(
                f"{plural(len(elsewhere), 'image')} with masks in a later folder of labels.mask "
                "too, which do not count",
                "Nothing, if the first folder is the better one; else list it later",
                len(elsewhere),
                f"{image}: {_names(one.elsewhere)}",
            )
        )
    if without:
        told.append(
            remark(
                f"{plural(len(without), 'image')} without a mask, of which nothing is known",
                "Check labels.masks and the folder of masks",
                len(without),
                without[0],
            )
        )
    if others:
        told.append(
            remark(
                f"{plural(len(others), 'file')} beside the masks, of no image "
                f"({some([one.name for one in others], 3)})",
                "Are images missing? Further masks of an image are found by a star: "
                '"{case}_*.png" in labels.mask',
                len(others),
            )
        )
    return told


def _names(paths: tuple[Path, ...]) -> str:
    return some([path.name for path in paths], 3)
