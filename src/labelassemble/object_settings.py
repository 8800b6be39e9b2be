"""Settings of object stores, and paths that may be locations in one."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from labelassemble.errors import SettingsError
from labelassemble.setting_types import Count, Positive, Settings
from labelassemble.storage.object_place import IN, OUT, take_location, tell_place
from labelassemble.storage.object_store import StoreOptions

ReadPath = Annotated[
    Path,
    BeforeValidator(lambda value: take_location(value, IN)),
    PlainSerializer(tell_place, return_type=str, when_used="json"),
]
"""A file or folder that is read: of this machine, or a location such as ``s3://bucket/folder``."""

WritePath = Annotated[
    Path,
    BeforeValidator(lambda value: take_location(value, OUT)),
    PlainSerializer(tell_place, return_type=str, when_used="json"),
]
"""A file that is written: on this machine, or to a location such as ``s3://bucket/file.csv``."""

_SECRETS = ("key", "secret", "token", "password", "credential")


class ObjectStoreSettings(Settings):
    """How object stores (`s3://…`) are read. Keys come from the environment, never from here."""

    endpoint: str | None = None
    """Address of a server other than Amazon's, such as https://minio.hospital.example; none: that
    of AWS_ENDPOINT_URL, if any."""
    profile: str | None = None
    """Profile of ~/.aws/config whose keys are used; none: AWS_PROFILE, or the default one."""
    region: str | None = None
    """Region of the buckets; none: AWS_REGION, or as the profile says."""
    anonymous: bool = False
    """Ask without keys, as public buckets allow."""
    in_flight: Annotated[int, Field(ge=1, le=256)] = 16
    """Images that are fetched at once, ahead of those that are decoded."""
    memory_mib: Annotated[int, Field(ge=16)] = 256
    """Most memory for images that are fetched and wait; one larger than that is fetched alone."""
    tries: Annotated[int, Field(ge=1, le=100)] = 5
    """How often in a row a connection may be lost before the command ends, which can be repeated;
    waits in between double from half a second to 30."""
    timeout_seconds: Positive = 60.0
    """A server that says nothing for so long is a connection lost."""
    block_mib: Count = 8
    """Part of a large file that is fetched at once: what is lost when a connection is."""
    keep_images: bool = False
    """Keep the files of images on this machine too, for other sizes of images, say; tables,
    archives, masks and volumes always are."""

    @model_validator(mode="before")
    @classmethod
    def _no_secret(cls, told: Any) -> Any:
        names = [str(name) for name in told] if isinstance(told, dict) else []
        if secret := [one for one in names if any(part in one.lower() for part in _SECRETS)]:
            raise SettingsError(
                "no keys in a recipe, which is read and copied by others",
                f"object_stores.{secret[0]} (its value is not repeated here)",
                "Take it out, and give keys by the environment (AWS_PROFILE, AWS_ACCESS_KEY_ID "
                "...): docs/object_stores.md",
            )
        return told

    def options(self) -> StoreOptions:
        """Give what ``storage`` takes of this."""
        return StoreOptions(**self.model_dump())
