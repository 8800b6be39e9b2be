"""A C-STORE provider: what a PACS sends is kept in the queue, or the PACS is told why not."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labelassemble.dicom.listen_settings import ListenSettings
from labelassemble.dicom.object_queue import ObjectQueue, hash_uid
from labelassemble.dicom.source_object import NotAskedError
from labelassemble.errors import ImageError, SettingsError
from labelassemble.files.dicom_codes import text_of

if TYPE_CHECKING:
    from pydicom import Dataset
    from pynetdicom.transport import ThreadedAssociationServer

SUCCESS, NO_ROOM, OTHER_OBJECT, NOT_UNDERSTOOD = 0x0000, 0xA700, 0xA900, 0xC000
"""What a sender is told. Source: DICOM PS3.4, B.2.3."""

MOST_SENDERS = 8
"""That may send at once: each holds one object in memory."""

_NETWORK_S = 60.0


def start_receiver(
    settings: ListenSettings,
    queue: ObjectQueue,
    judge: Callable[["Dataset", str], None],
    say: Callable[[str], None],
) -> "ThreadedAssociationServer":
    """Listen in threads of its own; ``shutdown`` ends it.

    An object is confirmed once it is on the disk. One that is not asked for is confirmed too, and
    passed over: its sender has done nothing wrong.

    Args:
        settings: port, address and names.
        queue: where objects go.
        judge: raises ``NotAskedError`` or ``ImageError`` for an object that has no answer.
        say: takes lines of the log; no patient stands in them.

    Raises:
        SettingsError: the port is in use, or may not be used.
    """
    from pynetdicom import AE, AllStoragePresentationContexts, evt
    from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

    entity = AE(ae_title=settings.aet)
    entity.require_called_aet = True
    entity.require_calling_aet = list(settings.accept_from)
    entity.maximum_associations = MOST_SENDERS
    entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = _NETWORK_S
    entity.add_supported_context(Verification)
    for context in AllStoragePresentationContexts:
        assert context.abstract_syntax is not None
        entity.add_supported_context(context.abstract_syntax, _syntaxes())

    def store(event: Any) -> int:
        return _store(event, queue, judge, say)

    try:
        server = entity.start_server(
            (settings.host, settings.port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)]
        )
    except OSError as error:
        raise SettingsError(
            f"an address and a port that are free: {settings.host}:{settings.port}",
            error.strerror or str(error),
            "Choose another --port or --host, or stop what listens there",
        ) from error
    assert server is not None
    return server


def _syntaxes() -> list[str]:
    from pynetdicom import ALL_TRANSFER_SYNTAXES

    return list(ALL_TRANSFER_SYNTAXES)


def _store(
    event: Any,
    queue: ObjectQueue,
    judge: Callable[["Dataset", str], None],
    say: Callable[[str], None],
) -> int:
    """Keep one object; whatever happens, the sender gets a status and the listener goes on."""
    uid = str(event.request.AffectedSOPInstanceUID or "")
    name, sender = f"object {hash_uid(uid)}", str(event.assoc.remote["ae_title"]).strip()
    try:
        data = event.encoded_dataset()
        header = _read_header(data)
        judge(header, name)
        if text_of(header, "SOPInstanceUID") != uid:
            say(f"refused {name} of {sender}: it is another one than was announced")
            return OTHER_OBJECT
        new = queue.accept(uid, str(header.SeriesInstanceUID), data)
    except NotAskedError as error:
        say(f"passed over {name} of {sender}: expected {error.expected}")
        return SUCCESS
    except ImageError as error:
        # Not what came: values of a header may name a patient.
        say(f"refused {name} of {sender}: expected {error.expected}")
        return OTHER_OBJECT
    except OSError as error:
        say(f"refused {name} of {sender}: no room in the queue ({error.strerror})")
        return NO_ROOM
    except Exception as error:  # Damaged bytes raise nearly anything.
        say(f"refused {name} of {sender}: it cannot be read ({type(error).__name__})")
        return NOT_UNDERSTOOD
    say(f"{'received' if new else 'known already:'} {name} of {sender}")
    return SUCCESS


def _read_header(data: bytes) -> "Dataset":
    import pydicom

    return pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
