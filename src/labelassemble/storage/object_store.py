"""An object store that answers: opened by the kind of its location, asked with patience."""

import os
from collections.abc import Callable
from importlib.metadata import entry_points
from time import sleep as _wait
from typing import Any, NamedTuple, TypeVar

from labelassemble.errors import ExtraError, MachineError, unknown_name

_Answer = TypeVar("_Answer")


class StoreError(MachineError):
    """A store that does not answer, or not to us: nothing is wrong with the data."""


class AwayError(StoreError):
    """A store whose connection is lost: the same command goes on once it is back."""


class StoreOptions(NamedTuple):
    """How stores are asked; each as ``object_settings.ObjectStoreSettings`` tells it."""

    endpoint: str | None = None
    profile: str | None = None
    region: str | None = None
    anonymous: bool = False
    in_flight: int = 16
    memory_mib: int = 256
    tries: int = 5
    timeout_seconds: float = 60.0
    block_mib: int = 8
    keep_images: bool = False


class _Use:
    """How this process asks stores: a recipe says so once, far above those who read."""

    options = StoreOptions()


def use_options(options: StoreOptions) -> None:
    """Ask stores in this way from here on."""
    _Use.options = options


def options_in_use() -> StoreOptions:
    """Give how stores are asked."""
    return _Use.options


def open_store(location: str) -> Any:
    """Give the file system (fsspec's) that a location lies in; no answer of it is waited for.

    Raises:
        ExtraError: the package for such locations is not installed.
        StoreError: no such kind of location.
    """
    scheme = location.partition("://")[0]
    try:
        import fsspec
        from fsspec.registry import known_implementations
    except ModuleNotFoundError as error:
        raise _no_package(scheme, "fsspec") from error
    own = {one.name for one in entry_points(group="fsspec.specs")}
    if scheme not in {*known_implementations, *own, *fsspec.available_protocols()}:
        kinds = ("s3", "gs", "az", "http", "https")
        raise StoreError(
            "a kind of object store that fsspec knows",
            unknown_name("kind", scheme, kinds),
            "Check the beginning of the location",
        )
    options = _Use.options
    settings: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": False}
    if scheme in ("s3", "s3a"):
        settings |= _ask_amazon(options)
    elif options.anonymous and scheme in ("gs", "gcs"):
        settings["token"] = "anon"
    elif options.anonymous and scheme in ("az", "abfs", "abfss"):
        settings["anon"] = True
    try:
        return fsspec.filesystem(scheme, **settings)
    except ImportError as error:
        told = known_implementations.get(scheme, {}).get("class", "").partition(".")[0]
        raise _no_package(scheme, error.name or told or scheme) from error
    except Exception as error:
        raise explain(error, location) from error


def _ask_amazon(options: StoreOptions) -> dict[str, Any]:
    region = options.region or _env("AWS_REGION", "AWS_DEFAULT_REGION")
    return {
        "anon": options.anonymous,
        "endpoint_url": options.endpoint or _env("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        "profile": options.profile,
        "client_kwargs": {"region_name": region} if region else {},
        "config_kwargs": {
            "connect_timeout": min(options.timeout_seconds, 10.0),
            "read_timeout": options.timeout_seconds,
            "max_pool_connections": options.in_flight + 4,
            "retries": {"max_attempts": 1},
        },
    }


def _env(*names: str) -> str | None:
    return next((told for name in names if (told := os.environ.get(name))), None)


def _no_package(scheme: str, package: str) -> ExtraError:
    install = "'labelassemble[s3]'" if scheme in ("s3", "s3a") else f"'labelassemble[s3]' {package}"
    return ExtraError(
        f"{package}, which locations that begin with {scheme}:// need",
        "no such module in this environment",
        f"pip install {install}",
    )


def ask_store(ask: Callable[[], _Answer], location: str) -> _Answer:
    """Ask a store; where the connection is lost, again, waiting ever longer.

    Raises:
        FileNotFoundError: there is no such object.
        AwayError: the connection was lost ``tries`` times in a row.
        StoreError: the store refuses us, in words of what to do.
    """
    for lost in range(_Use.options.tries):
        if lost:
            _wait(min(0.5 * 2 ** (lost - 1), 30.0))
        try:
            return ask()
        except (FileNotFoundError, StoreError, MemoryError):
            raise
        except Exception as error:
            told = explain(error, location)
            if not isinstance(told, AwayError) or lost + 1 == _Use.options.tries:
                raise told from error
    raise AssertionError


def explain(error: BaseException, location: str) -> StoreError:
    """Say what a store's error means, and what to do."""
    one: BaseException | None = error
    said = list[str]()
    while one is not None:
        said.append(f"{type(one).__name__}: {one}")
        one = one.__cause__ or one.__context__
    every = " ".join(said)
    text = " ".join(str(error).split()) or type(error).__name__
    for signs, expected, do in _MEANINGS:
        if any(sign in every for sign in signs):
            return StoreError(f"{expected} for {location}", text, do)
    return AwayError(
        f"an answer about {location}",
        f"{type(error).__name__}: {text}, {_Use.options.tries} times in a row",
        "Check the network and the server (object_stores.endpoint, AWS_ENDPOINT_URL), then give "
        "the same command again: it goes on where it stopped",
    )


_MEANINGS = (
    (
        ("NoCredentials", "PartialCredentials", "CredentialRetrieval", "DefaultCredentialsError"),
        "keys of the object store",
        "Give them by the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY); of a public bucket set object_stores.anonymous = true",
    ),
    (
        ("ProfileNotFound",),
        "a profile that ~/.aws/config holds",
        "Fix object_stores.profile or AWS_PROFILE",
    ),
    (
        ("RequestTimeTooSkewed", "RequestExpired", "difference between the request time"),
        "a clock that goes right",
        "Set this machine's clock: the store refuses what was signed at another time than its own",
    ),
    (
        ("ExpiredToken", "TokenRefreshRequired", "security token included in the request is exp"),
        "keys that are still valid",
        "Log in again (aws sso login), then give the same command again",
    ),
    (
        ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint", "301"),
        "the region of the bucket",
        "Set object_stores.region or AWS_REGION to the bucket's own",
    ),
    (
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken"),
        "keys that the object store knows",
        "Check AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        ("PermissionError", "AccessDenied", "Forbidden"),
        "permission to list, read or write",
        "Ask who owns the bucket for it (s3:ListBucket, s3:GetObject; s3:PutObject to write), or "
        "give other keys by AWS_PROFILE",
    ),
    (
        ("InvalidObjectState",),
        "an object that is not archived",
        "Restore it from the archive first",
    ),
    (
        ("InvalidBucketName", "ParamValidation", "Invalid bucket name"),
        "the name of a bucket",
        "Check the name behind ://",
    ),
    (
        ("NoRegionError", "Invalid endpoint", "EndpointProvider"),
        "an endpoint and a region as addresses are written",
        "Check object_stores.endpoint, AWS_ENDPOINT_URL, object_stores.region and AWS_REGION",
    ),
)
