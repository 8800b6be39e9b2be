"""Answers to a PACS, by C-STORE or by STOW-RS."""

import os
import re
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from labelassemble.errors import SettingsError

AUTHORISATION = "LABELASSEMBLE_DICOMWEB_AUTHORISATION"
"""Environment variable with the header that a DICOMweb server asks for; no option, which others
would see in the list of processes."""

_NETWORK_S = 30.0
_STORE_FORM = re.compile(r"(?P<aet>[ -\[\]-~]{1,16})@(?P<host>[^\s@]+):(?P<port>\d{1,5})")
_WARNINGS = (0xB000, 0xB006, 0xB007)
"""Statuses with which an object was taken all the same. Source: DICOM PS3.4, B.2.3."""


class Sent(NamedTuple):
    """What became of one answer.

    Attributes:
        path: of the answer.
        reason: why it was not taken; empty: it was.
        reached: whether the PACS was reached at all.
    """

    path: Path
    reason: str = ""
    reached: bool = True


class StoreDestination(NamedTuple):
    """A PACS that takes C-STORE."""

    aet: str
    host: str
    port: int
    own: str

    def send(self, paths: Sequence[Path]) -> Iterator[Sent]:
        """Send answers over one association."""
        from pydicom import dcmread
        from pydicom.uid import ExplicitVRLittleEndian
        from pynetdicom import AE

        try:
            # Before a link is asked for, whose failure would leave its socket open.
            socket.create_connection((self.host, self.port), _NETWORK_S).close()
        except OSError as error:
            yield Sent(paths[0], f"{self.aet}: {error.strerror or error}", reached=False)
            return
        objects = [(path, dcmread(path)) for path in paths]
        entity = AE(ae_title=self.own)
        entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = _NETWORK_S
        entity.connection_timeout = _NETWORK_S
        asked = {
            (str(one.SOPClassUID), str(syntax))
            for _, one in objects
            for syntax in (one.file_meta.TransferSyntaxUID, ExplicitVRLittleEndian)
        }
        for kind, syntax in sorted(asked):
            entity.add_requested_context(kind, syntax)
        link = entity.associate(self.host, self.port, ae_title=self.aet)
        if not link.is_established:
            why = "refuses us" if link.is_rejected else "does not answer"
            yield Sent(paths[0], f"{self.aet} {why}", reached=False)
            return
        try:
            taken = {
                (str(one.abstract_syntax), str(one.transfer_syntax[0]))
                for one in link.accepted_contexts
            }
            for path, one in objects:
                if not link.is_established:
                    yield Sent(path, f"{self.aet} broke off", reached=False)
                    return
                yield Sent(path, self._send_one(link, one, taken))
        finally:
            link.release()

    def _send_one(self, link: Any, one: Any, taken: set[tuple[str, str]]) -> str:
        from pydicom.uid import ExplicitVRLittleEndian

        kind, syntax = str(one.SOPClassUID), str(one.file_meta.TransferSyntaxUID)
        if (kind, syntax) not in taken:
            if (kind, str(ExplicitVRLittleEndian)) not in taken:
                return f"{self.aet} takes no {one.SOPClassUID.name}"
            one.decompress()
        try:
            status = link.send_c_store(one)
        except RuntimeError:  # The link broke since it was looked at.
            return f"{self.aet} broke off"
        except ValueError as error:
            return f"it cannot be sent ({type(error).__name__})"
        if not status:
            return f"{self.aet} broke off"
        code = int(status.Status)
        return "" if code == 0 or code in _WARNINGS else f"{self.aet} says 0x{code:04X}"


class WebDestination(NamedTuple):
    """A PACS that takes STOW-RS."""

    url: str

    def send(self, paths: Sequence[Path]) -> Iterator[Sent]:
        """Send answers, a request each."""
        import requests
        from dicomweb_client import DICOMwebClient
        from pydicom import dcmread

        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, _timed_adapter())
        if AUTHORISATION in os.environ:
            session.headers["Authorization"] = os.environ[AUTHORISATION]
        with session:
            client = DICOMwebClient(self.url, session=session)
            client.set_http_retry_params(retry=False)
            for path in paths:
                try:
                    told = client.store_instances([dcmread(path)])
                except requests.HTTPError as error:
                    code = 0 if error.response is None else error.response.status_code
                    # An answer of the server's own: this object alone, unless all are refused.
                    yield Sent(path, f"the server says {code}", reached=code not in (401, 403, 404))
                    if code in (401, 403, 404):
                        return
                except (requests.RequestException, OSError) as error:
                    yield Sent(path, f"no server ({type(error).__name__})", reached=False)
                    return
                else:
                    failed = told.get("FailedSOPSequence")
                    yield Sent(path, "the server refused it" if failed else "")


Destination = StoreDestination | WebDestination
"""Where answers go: ``send`` says of each answer what became of it, and ends where nobody is
reached."""


def open_destination(words: str, aet: str) -> Destination:
    """Open what ``send_to`` names; nothing is sent yet.

    Args:
        words: ``AET@HOST:PORT``, or the address of a DICOMweb server.
        aet: what we are called.

    Raises:
        SettingsError: neither of them.

    >>> open_destination("ORTHANC@127.0.0.1:4242", "US").port
    4242
    """
    if re.fullmatch(r"https?://\S+", words):
        return WebDestination(words.rstrip("/"))
    found = _STORE_FORM.fullmatch(words)
    if found is None or not 1 <= int(found["port"]) <= 65_535:
        raise SettingsError(
            "--send-to AET@HOST:PORT, or http://HOST:PORT/dicom-web",
            f"{words!r}",
            "Ask those who run the PACS for its AE title and port, or for its DICOMweb address",
        )
    return StoreDestination(found["aet"], found["host"], int(found["port"]), aet)


def _timed_adapter() -> Any:
    """Requests that end: without a time of their own they wait for ever."""
    from requests.adapters import HTTPAdapter

    class Timed(HTTPAdapter):
        def send(self, request: Any, *words: Any, **named: Any) -> Any:
            named["timeout"] = named.get("timeout") or _NETWORK_S
            return super().send(request, *words, **named)

    return Timed()
