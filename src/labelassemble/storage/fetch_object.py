"""The bytes of an object, fetched when they are needed, whole and as the store has them."""

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from labelassemble.storage.object_place import find_location
from labelassemble.storage.object_stamp import ObjectStamp, find_etag, stamp_object
from labelassemble.storage.object_store import (
    StoreError,
    ask_store,
    open_store,
    options_in_use,
)

_MD5 = re.compile(r"[0-9a-f]{32}")
_OPAQUE: set[str] = set()
"""Buckets whose etags are no sums of bytes, as where the store encrypts with keys of its own."""


class ChangedObjectError(StoreError):
    """An object that is another than when its location was listed, or gone."""


def is_absent(path: Path) -> bool:
    """Whether a path stands for an object whose bytes are not on this machine."""
    if find_location(path) is None:
        return False
    try:
        return not stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR
    except OSError:
        return False


def bring(path: Path) -> Path:
    """Let a file be there with its bytes, and give it: those of an object are fetched and kept.

    Any other path comes back as it is. A fetch that was interrupted goes on where it stopped.

    Raises:
        ChangedObjectError: the object changed since its location was listed.
        StoreError: the store does not answer, or with other bytes than its etag says.
        OSError: they cannot be kept.
    """
    if is_absent(path):
        # Here, and below: readers of files of this machine know nothing of it.
        from labelassemble.storage.hold_folder import hold_place

        with hold_place(path, work="fetching of an object", when_busy="wait"):
            if is_absent(path):
                _fetch_to_disk(path)
    return path


def read_object(path: Path) -> bytes:
    """Give the bytes of an object; they are kept where ``keep_images`` says so.

    Raises:
        ChangedObjectError, StoreError, OSError: as ``bring``.
    """
    if options_in_use().keep_images or not is_absent(path):
        return bring(path).read_bytes()
    location = _locate(path)
    data = bytearray()
    for again in (False, True):
        data.clear()
        with _Reader(path) as reader:
            while len(data) < reader.stamp.size:
                data += reader.read(len(data))
            if reader.is_whole(hashlib.md5(data, usedforsecurity=False).hexdigest()):
                return bytes(data)
        if again:
            raise _other_bytes(location)
    raise AssertionError


def open_object(path: Path) -> Any:
    """Open an object of which the beginning is wanted: little more than that is fetched."""
    location = _locate(path)
    store = open_store(location)

    def ask() -> Any:
        return store.open(location, "rb", block_size=2**16, cache_type="readahead")

    try:
        return ask_store(ask, location)
    except FileNotFoundError as error:
        raise _changed(location, "none any more") from error


class _Reader:
    """An object, open; it is the one that was listed."""

    def __init__(self, path: Path) -> None:
        self.location = _locate(path)
        self.store = open_store(self.location)
        status = path.stat()
        self.stamp = ObjectStamp(status.st_size, status.st_mtime_ns)
        self.block = options_in_use().block_mib * 2**20

    def __enter__(self) -> "_Reader":
        self.file = self._ask(self._open)
        self.info = getattr(self.file, "details", None) or self._ask(self._tell)
        if stamp_object(self.info) != self.stamp:
            self.file.close()
            raise _changed(self.location, "another since")
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def read(self, start: int) -> bytes:
        """Give the next part behind ``start``; a lost connection costs no more than that."""
        most = min(self.block, self.stamp.size - start)

        def ask() -> bytes:
            self.file.seek(start)
            data = self.file.read(most)
            if len(data) != most:
                self.file.close()
                self.file = self._open()
                raise ConnectionError(
                    f"it ended after {start + len(data):,} of {self.stamp.size:,}"
                )
            return bytes(data)

        return bytes(self._ask(ask))

    def is_whole(self, md5: str) -> bool:
        """Whether bytes of this sum are those that the etag tells of, where it is a sum."""
        etag = find_etag(self.info) or ""
        bucket = "/".join(self.location.split("/", 3)[:3])
        if not _MD5.fullmatch(etag) or etag == md5 or bucket in _OPAQUE:
            return True
        if not self.location.startswith(("s3:", "s3a:")):
            return True
        if self._is_encrypted():
            _OPAQUE.add(bucket)
            return True
        return False

    def _is_encrypted(self) -> bool:
        bucket, key, _ = self.store.split_path(self.location)
        told = self._ask(lambda: self.store.call_s3("head_object", Bucket=bucket, Key=key))
        kind = str(told.get("ServerSideEncryption") or "")
        return kind.startswith("aws:") or bool(told.get("SSECustomerAlgorithm"))

    def _open(self) -> Any:
        return self.store.open(self.location, "rb", block_size=self.block, cache_type="none")

    def _tell(self) -> Any:
        return self.store.info(self.location)

    def _ask(self, ask: Any) -> Any:
        try:
            return ask_store(ask, self.location)
        except FileNotFoundError as error:
            raise _changed(self.location, "none any more") from error
        except StoreError as error:
            if type(error.__cause__).__name__ == "FileExpired":
                raise _changed(self.location, "another since") from error
            raise


def _fetch_to_disk(path: Path) -> None:
    """Fetch into a file beside, which grows and which a killed process leaves to the next."""
    part = path
    for again in (False, True):
        with _Reader(path) as reader:
            part = path.with_name(f".{path.name[:180]}.{reader.stamp.modified_ns}.fetched")
            if again:
                part.unlink(missing_ok=True)
            md5 = hashlib.md5(usedforsecurity=False)
            with part.open("ab+") as file:
                file.seek(0)
                while data := file.read(2**20):
                    md5.update(data)
                done = file.tell()
                if done > reader.stamp.size:
                    file.truncate(done := 0)
                    md5 = hashlib.md5(usedforsecurity=False)
                while done < reader.stamp.size:
                    data = reader.read(done)
                    file.write(data)
                    file.flush()
                    md5.update(data)
                    done += len(data)
            if reader.is_whole(md5.hexdigest()):
                os.utime(part, ns=(reader.stamp.modified_ns,) * 2)
                part.chmod(0o444)
                from labelassemble.storage.write_aside import force_to_disk

                force_to_disk(part)
                part.replace(path)
                return
    with suppress(OSError):
        part.unlink()
    raise _other_bytes(_locate(path))


def _locate(path: Path) -> str:
    location = find_location(path)
    assert location is not None, path
    return location


def _changed(location: str, what: str) -> ChangedObjectError:
    return ChangedObjectError(
        f"the object {location} as it was when its location was listed",
        what,
        "Give the same command again: the location is listed anew",
    )


def _other_bytes(location: str) -> StoreError:
    return StoreError(
        f"the bytes of {location} that its etag tells of",
        "others, twice",
        "Ask who runs the store or a proxy before it, then give the same command again",
    )
