"""What tells one writing of an object from the next, kept as a file's size and time."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

_ETAGS = ("ETag", "etag", "e_tag", "md5Hash", "content_md5", "generation", "sha256")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created", "timeCreated")


class ObjectStamp(NamedTuple):
    """Size, and nanoseconds since 1970: whole seconds of the last change, then the etag.

    The millionths of a second hold 20 bits of the etag's hash, so that a file with this size and
    time tells an object that was changed within the second, and to the same size.
    """

    size: int
    modified_ns: int


def stamp_object(info: Mapping[str, Any]) -> ObjectStamp:
    """Make the stamp of what a store tells of an object.

    >>> first = stamp_object({"size": 3, "ETag": '"a"', "LastModified": 5.0})
    >>> first == stamp_object({"size": 3, "ETag": '"b"', "LastModified": 5.0}), first.size
    (False, 3)
    """
    etag = find_etag(info)
    told = next((info[name] for name in _TIMES if info.get(name)), None)
    seconds = _read_seconds(told)
    digest = hashlib.sha256(str(etag if etag is not None else told).encode()).digest()
    part = int.from_bytes(digest[:4], "big") % 1_000_000
    return ObjectStamp(int(info.get("size") or 0), seconds * 10**9 + part * 1000)


def find_etag(info: Mapping[str, Any]) -> str | None:
    """Give the etag that a store tells, without its quotes; None: it tells none."""
    told = next((info[name] for name in _ETAGS if info.get(name)), None)
    return None if told is None else str(told).strip('"')


def _read_seconds(told: Any) -> int:
    if isinstance(told, datetime):
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        return int(told.timestamp())
    if isinstance(told, int | float):
        return int(told)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return int(read(str(told)).timestamp())
        except ValueError:
            continue
    return 0
