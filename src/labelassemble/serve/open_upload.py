"""Files that came with a request, those of zip archives one by one, within limits."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from labelassemble.errors import ImageError, LabelAssembleError, SourceError
from labelassemble.files.archive_file import BROKEN, refuse_zipped
from labelassemble.files.file_suffixes import NO_IMAGE_SUFFIXES
from labelassemble.files.growth import Growth
from labelassemble.files.image_size import ImageSize
from labelassemble.files.inside_path import INSIDE
from labelassemble.files.is_dicom import HEAD_BYTES, starts_as_dicom
from labelassemble.files.open_dicom import count_deflated
from labelassemble.files.printable import printable
from labelassemble.files.read_size import read_size_of_bytes

MAX_NAME = 300
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_STEP = 2**20
_SYSTEM = re.compile(r"(^|/)(\.[^./]|__MACOSX/|Thumbs\.db$|desktop\.ini$|DICOMDIR$)", re.IGNORECASE)
_UNPACK_LESS = "Send fewer files at a time, or unpack them here and send them as they are"


class UploadLimits(NamedTuple):
    """What the files of one request may come to.

    Attributes:
        images: how many.
        pixels: of each.
        unpacked: bytes of all of them, unpacked.
    """

    images: int
    pixels: int
    unpacked: int


class UploadedFile(NamedTuple):
    """A file as it came.

    Attributes:
        name: as the client calls it.
        data: its bytes.
    """

    name: str
    data: bytes


class OpenedImage(NamedTuple):
    """One file of an upload.

    Attributes:
        name: what it is called in the answer.
        data: its bytes; empty where it is refused or passed over.
        wrong: why it is refused.
        passed: why it is passed over.
    """

    name: str
    data: bytes = b""
    wrong: LabelAssembleError | None = None
    passed: str = ""


def open_upload(files: list[UploadedFile], limits: UploadLimits) -> Iterator[OpenedImage]:
    """Give the files of a request, those of zip archives one after the other.

    One archive member is in memory at a time. What is wrong with one file stops no other.

    Args:
        files: as they came.
        limits: for all of them together.

    Raises:
        SourceError: more files, or more bytes once unpacked, than may be.
    """
    count = sum(_count_members(one) for one in files)
    if count > limits.images:
        raise SourceError(
            f"at most {limits.images:,} files in a request, those in archives included",
            f"{count:,}",
            "Send them in parts",
        )
    packed = sum(len(one.data) for one in files)
    growth = Growth(packed, max_bytes=limits.unpacked)
    for one in files:
        if one.data.startswith(_ZIP):
            yield from _open_zip(one, limits, growth)
        else:
            yield _open_one(one.name, one.data, limits, growth)


def check_name(name: str) -> str:
    """Give a name as it can be shown; it is never one of a file here.

    Raises:
        ImageError: one that leads out of its folder, or is longer than names are.
    """
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if ".." in parts or plain.startswith("/") or ":" in parts[0] or "\0" in plain:
        raise ImageError(
            "the name of a file within the upload",
            f"{printable(name)[:MAX_NAME]!r}, which leads out of it",
            "Rename the file, or pack the archive again",
        )
    if len(name) > MAX_NAME:
        raise ImageError(
            f"a name of at most {MAX_NAME} characters",
            f"{len(name):,} characters, {printable(name)[:40]!r} first",
            "Rename the file",
        )
    return printable(plain)


def _count_members(one: UploadedFile) -> int:
    if not one.data.startswith(_ZIP):
        return 1
    try:
        with zipfile.ZipFile(io.BytesIO(one.data)) as archive:
            return max(1, sum(not info.filename.endswith("/") for info in archive.infolist()))
    except BROKEN:
        return 1


def _open_one(name: str, data: bytes, limits: UploadLimits, growth: Growth) -> OpenedImage:
    shown = printable(name)[:MAX_NAME]
    try:
        shown = check_name(name)
        _refuse_deflated(data, shown, growth)
        size = _read_size(data, shown)
        if size.width * size.height > limits.pixels:
            raise ImageError(
                f"an image of at most {limits.pixels:,} pixels",
                f"{size.width:,} x {size.height:,} in {shown}",
                "Send a smaller copy",
            )
    except (ImageError, SourceError) as error:
        return OpenedImage(shown, wrong=error)
    return OpenedImage(shown, data)


def _read_size(data: bytes, shown: str) -> ImageSize:
    try:
        return read_size_of_bytes(data, Path(shown))
    except ImageError as error:
        expected = f"an image in {shown}: PNG, JPEG, TIFF, DICOM, or a zip archive of them"
        raise ImageError(expected, error.got, error.do) from error


def _open_zip(one: UploadedFile, limits: UploadLimits, growth: Growth) -> Iterator[OpenedImage]:
    shown = printable(one.name)[:MAX_NAME]
    try:
        shown = check_name(one.name)
        archive = zipfile.ZipFile(io.BytesIO(one.data))
    except (ImageError, *BROKEN) as error:
        yield OpenedImage(shown, wrong=_tell(error, f"a whole zip archive, {shown}"))
        return
    taken = 0
    with archive:
        for info in archive.infolist():
            if info.filename.endswith("/"):  # `is_dir` fails on an empty name.
                continue
            name = f"{shown}{INSIDE}{printable(info.filename)[:MAX_NAME]}"
            if reason := _pass_over(info.filename):
                yield OpenedImage(name, passed=reason)
                continue
            taken += 1
            try:
                check_name(info.filename)
                data = _read_member(archive, info, growth)
            except SourceError as error:
                got = f"{error.got}, in {shown}"
                raise SourceError(error.expected, got, _UNPACK_LESS) from error
            except (ImageError, *BROKEN) as error:
                yield OpenedImage(name, wrong=_tell(error, f"a file that can be unpacked, {name}"))
                continue
            if _names_no_image(info.filename) and not starts_as_dicom(data[:HEAD_BYTES]):
                yield OpenedImage(name, passed="no image, by its name")
            elif data.startswith(_ZIP):
                yield OpenedImage(name, passed="an archive in an archive")
            else:
                yield _open_one(info.filename, data, limits, growth)._replace(name=name)
    if not taken:
        wrong = ImageError(f"images in {shown}", "none", "Pack images: PNG, JPEG, DICOM")
        yield OpenedImage(shown, wrong=wrong)


def _pass_over(name: str) -> str:
    return "left by a system, not by a person" if _SYSTEM.search(name) else ""


def _names_no_image(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in NO_IMAGE_SUFFIXES


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, growth: Growth) -> bytes:
    if info.flag_bits & 1:
        raise ImageError("a file that is not encrypted", "an encrypted one", "Pack it without")
    if reason := refuse_zipped(info):
        raise ImageError("a file in the archive", reason, "Pack the file itself")
    parts = []
    with archive.open(info) as member:
        while part := member.read(_STEP):
            growth.add(len(part))
            parts.append(part)
    return b"".join(parts)


def _refuse_deflated(data: bytes, name: str, growth: Growth) -> None:
    """Count what a deflated DICOM file comes to before anything inflates it as a whole."""
    try:
        count_deflated(data, growth.add)
    except zlib.error as error:
        raise ImageError(f"a whole DICOM file, {name}", str(error), "Send it again") from error


def _tell(error: Exception, expected: str) -> LabelAssembleError:
    if isinstance(error, LabelAssembleError):
        return error
    said = (str(error) or type(error).__name__).splitlines()[0]
    return ImageError(expected, said, "Send it again, or send the files as they are")
