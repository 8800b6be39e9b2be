"""A file on its way to a location in an object store, where it arrives whole or not at all."""

from pathlib import Path

from labelassemble.storage.object_place import find_location, is_outgoing
from labelassemble.storage.object_stamp import find_etag
from labelassemble.storage.object_store import StoreError, ask_store, open_store

_NO_OBJECT = ""


def tell_object(path: Path) -> str | None:
    """Tell one writing of the object that a path stands for from the next; None: there is none.

    Raises:
        StoreError: the store does not answer, or not to us.
    """
    location = _locate(path)
    store = open_store(location)
    try:
        info = ask_store(lambda: store.info(location), location)
    except FileNotFoundError:
        ask_store(lambda: _ask_bucket(location), location)
        return None
    if info.get("type") == "directory":
        return None
    told = (
        find_etag(info) or f"{info.get('size')} {info.get('LastModified') or info.get('created')}"
    )
    return str(told)


def send_object(path: Path) -> str:
    """Send a file to the location that its path stands for; any other path is left alone.

    Returns:
        What ``tell_object`` tells of it from now on; "" of a path of this machine.

    Raises:
        StoreError: the store does not answer, or not to us.
    """
    if not is_outgoing(path):
        return _NO_OBJECT
    location = _locate(path)
    store = open_store(location)
    ask_store(lambda: store.put_file(str(path), location), location)
    there = ask_store(lambda: store.info(location), location)
    if there.get("size") != path.stat().st_size:
        raise StoreError(
            f"{path.stat().st_size:,} bytes at {location}, as they were sent",
            f"{there.get('size')}",
            "Give the same command again; ask who runs the store, or a proxy before it",
        )
    return tell_object(path) or _NO_OBJECT


def fetch_former(path: Path) -> None:
    """Let a path hold what lies at the location that it stands for: a file of these bytes, or none.

    Any other path is left alone.

    Raises:
        StoreError: the store does not answer, or not to us.
    """
    if not is_outgoing(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if tell_object(path) is not None:
        location = _locate(path)
        store = open_store(location)
        path.write_bytes(ask_store(lambda: store.cat_file(location), location))


def is_sent(path: Path) -> bool:
    """Whether the object that a path stands for has the bytes of the file there.

    Raises:
        StoreError: the store does not answer, or not to us.
    """
    location = _locate(path)
    store = open_store(location)
    return bool(ask_store(lambda: store.cat_file(location), location) == path.read_bytes())


def _ask_bucket(location: str) -> None:
    """Ask whether there is such a bucket: what is missing in none is the bucket itself."""
    scheme, _, rest = location.partition("://")
    bucket = f"{scheme}://{rest.partition('/')[0]}"
    if scheme not in ("s3", "s3a"):
        return
    try:
        open_store(location).ls(bucket)
    except FileNotFoundError as error:
        raise StoreError(
            f"the bucket {bucket}, to write there", "no such bucket", "Make it, or fix its name"
        ) from error


def _locate(path: Path) -> str:
    location = find_location(path)
    assert location is not None, path
    return location
