"""OHIF beside a PACS at the server's own address: studies, images, and what runs said of them."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from functools import partial
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from labelassemble.dicom.model_identity import MADE_BY
from labelassemble.dicom.send_objects import AUTHORISATION
from labelassemble.errors import SettingsError
from labelassemble.serve.refused_request import RefusedRequestError, write_refusal

if TYPE_CHECKING:
    import requests

VIEWER, PACS = "/ohif", "/dicom-web"
INSTALL = "mkdir ohif && npm pack -s @ohif/app@3.13.2 | xargs tar -xzC ohif -f"
"""Puts the viewer into ``ohif/package/dist``."""

_ASKED = re.compile(r"/dicom-web/(studies|series|instances)(/[\w.\-/]*)?")
_INLINE = re.compile(r"<script>(.*?)</script>", re.S)
_REPORT = "126000"
"""Code of imaging measurement reports; 18748-4 of LOINC: diagnostic imaging reports."""
_OURS = ("index.html", "app-config.js", "init-service-worker.js", "sw.js")
_CONNECT_S, _READ_S, _AT_ONCE, _CHUNK = 3.0, 120.0, 16, 2**16
_READ_BYTES = 256 * 2**20

_CONFIG = {
    "routerBasename": VIEWER,
    "extensions": [],
    "modes": [],
    "customizationService": [{"ohif.tours": {"$set": []}}],
    "showStudyList": True,
    "showErrorDetails": "always",
    "maxNumberOfWebWorkers": 2,
    "defaultDataSourceName": "pacs",
    "dataSources": [
        {
            "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
            "sourceName": "pacs",
            "configuration": {
                "friendlyName": "PACS",
                "name": "pacs",
                **dict.fromkeys(("wadoUriRoot", "qidoRoot", "wadoRoot"), PACS),
                "qidoSupportsIncludeField": False,
                **dict.fromkeys(("imageRendering", "thumbnailRendering"), "wadors"),
                "enableStudyLazyLoad": True,
                "supportsFuzzyMatching": False,
                "supportsWildcard": True,
                "singlepart": "bulkdata,video",
                "bulkDataURI": {"enabled": True},
                "omitQuotationForMultipartRequest": True,
            },
        }
    ],
}
"""OHIF's settings: one source, at this address; no tours, no other host."""


class Viewer:
    """An application that hands out OHIF and reads from a PACS for it; nothing is written there.

    Args:
        folder: OHIF's ``dist``.
        server: address of a DICOMweb server, such as ``http://127.0.0.1:8042/dicom-web``.

    Raises:
        SettingsError: no OHIF in the folder.
    """

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server = folder, server.rstrip("/")
        index = folder / "index.html"
        if not index.is_file() or not (folder / "app-config.js").is_file():
            raise SettingsError(
                "the viewer OHIF, for --viewer (--viewer-folder: its dist)",
                f"no index.html and app-config.js in {folder}",
                f"Install it: {INSTALL}",
            )
        self._index = index.read_bytes()
        files = (one for one in folder.rglob("*") if one.is_file())
        names = {one.relative_to(folder).as_posix() for one in files} - set(_OURS)
        self._files = {f"/{name}": name for name in names if not name.endswith(".map")}
        self._threads = CapacityLimiter(_AT_ONCE)
        scripts = [one.encode() for one in _INLINE.findall(self._index.decode())]
        hashes = [base64.b64encode(hashlib.sha256(one).digest()).decode() for one in scripts]
        allowed = " ".join(f"'sha256-{one}'" for one in hashes)
        self.policy = "; ".join(
            (
                "default-src 'none'",
                f"script-src 'self' 'unsafe-eval' {allowed}",
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data: blob:",
                "font-src 'self' data:",
                "connect-src 'self' data: blob:",
                "worker-src 'self' blob:",
                "manifest-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            )
        )
        """Content Security Policy of what it hands out: nothing of any other address."""

    def owns(self, path: str) -> bool:
        """Whether a path is the viewer's."""
        below = path.startswith((f"{VIEWER}/", f"{PACS}/"))
        return below or path in (VIEWER, "/app-config.js", *_SILENT) or path in self._files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except RefusedRequestError as error:
            response = write_refusal(error)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path = request.url.path
        if request.method not in ("GET", "HEAD"):
            raise RefusedRequestError(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "GET: the viewer reads from the PACS",
                request.method,
                "Send objects to the PACS itself",
            )
        if path == "/app-config.js":
            return Response(f"window.config = {json.dumps(_CONFIG)};", media_type="text/javascript")
        if path in _SILENT:
            return Response("", media_type="text/javascript")
        if path.startswith(f"{PACS}/"):
            return await run_sync(partial(self._ask, request), limiter=self._threads)
        if path in self._files:
            return FileResponse(self._folder / self._files[path])
        try:
            probe = partial(self._get, "/studies", [("limit", "1")], {}, _CONNECT_S)
            (await run_sync(probe, limiter=self._threads)).close()
        except RefusedRequestError as error:
            return HTMLResponse(_describe(error), error.status)
        return HTMLResponse(self._index.decode())

    def _ask(self, request: Request) -> Response:
        path = request.url.path
        if not _ASKED.fullmatch(path) or ".." in path:
            raise RefusedRequestError(
                HTTPStatus.NOT_FOUND,
                f"studies, series or instances below {PACS}",
                "another path",
                "Ask as DICOMweb has it",
            )
        # With the host that was asked, so that addresses in what it says lead back here.
        headers = {
            name: request.headers[name] for name in ("accept", "host") if name in request.headers
        }
        rest = path.removeprefix(PACS)
        found = self._get(rest, request.query_params.multi_items(), headers, _READ_S)
        kind = found.headers.get("Content-Type", "application/octet-stream")
        if rest.endswith("/metadata") and found.ok:
            body = self._read_whole(found)
            return Response(adapt_for_ohif(body), found.status_code, media_type=kind)
        return StreamingResponse(_read(found), found.status_code, {"Content-Type": kind})

    def _read_whole(self, found: "requests.Response") -> bytes:
        """Read what has to be changed before it is handed on, and never a part of it."""
        import requests

        body = bytearray()
        try:
            for part in _read(found):
                body += part
                if len(body) > _READ_BYTES:
                    raise RefusedRequestError(
                        HTTPStatus.BAD_GATEWAY,
                        f"at most {_READ_BYTES >> 20} MiB of what the PACS says of a study",
                        "more",
                        "Open its series one by one",
                    )
        except requests.RequestException as error:
            raise RefusedRequestError(
                HTTPStatus.BAD_GATEWAY,
                f"a whole answer of the PACS at {self._server}",
                f"one that broke off ({type(error).__name__})",
                "Try again, or look whether the PACS is well",
            ) from error
        return bytes(body)

    def _get(
        self, path: str, query: list[tuple[str, str]], headers: dict[str, str], seconds: float
    ) -> "requests.Response":
        import requests

        if AUTHORISATION in os.environ:
            headers = {**headers, "Authorization": os.environ[AUTHORISATION]}
        try:
            return requests.get(
                self._server + path,
                params=query,
                headers={"Accept": "application/dicom+json", **headers},
                timeout=(_CONNECT_S, seconds),
                stream=True,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise RefusedRequestError(
                HTTPStatus.BAD_GATEWAY,
                f"a PACS with DICOMweb at {self._server}",
                f"no answer ({type(error).__name__})",
                "Start it (apt-get install orthanc orthanc-dicomweb), or name another: --dicomweb",
            ) from error


def adapt_for_ohif(body: bytes) -> bytes:
    """Change what OHIF reads of our answers, here alone and not in the PACS, to what it can show.

    Of measurement reports (TID 1500) it shows what its own tools drew; ours would be an empty page,
    and are called diagnostic ones, whose text it shows. Fractional segmentations it cannot show:
    they are left out, and the captures show the same maps.

    Args:
        body: DICOM JSON.
    """
    if MADE_BY.encode() not in body:
        return body
    try:
        instances = json.loads(body)
        kept = [one for one in instances if not _is_ours(one, "00620001", "FRACTIONAL")]
        for one in kept:
            title = _first(one, "0040A043") or {}
            if _is_ours(one, "00080060", "SR") and _first(title, "00080100") == _REPORT:
                title["00080100"]["Value"], title["00080102"]["Value"] = ["18748-4"], ["LN"]
    except (ValueError, AttributeError, TypeError, KeyError):
        return body  # As the PACS wrote it; what is wrong with it OHIF says.
    return json.dumps(kept).encode()


def _is_ours(instance: dict[str, Any], tag: str, value: str) -> bool:
    return (_first(instance, "00080070"), _first(instance, tag)) == (MADE_BY, value)


def _first(content: dict[str, Any], tag: str) -> Any:
    return next(iter(content.get(tag, {}).get("Value", ())), None)


def _read(found: "requests.Response") -> Iterator[bytes]:
    with found:
        yield from found.iter_content(_CHUNK)


def _describe(error: RefusedRequestError) -> str:
    lines = "".join(
        f"<p><b>{word}</b> {escape(text)}</p>"
        for word, text in (("Expected", error.expected), ("Got", error.got), ("Do this", error.do))
    )
    return (
        '<!doctype html><html lang="en"><title>No PACS</title><meta name="viewport" '
        'content="width=device-width"><style>body{background:#111;color:#eee;font:1.1rem '
        "system-ui;margin:10vh auto;max-width:40rem;padding:0 1rem}a{color:#8cf}</style>"
        f'<h1>No studies to show</h1>{lines}<p><a href="/">Answer single images</a></p></html>'
    )


_SILENT = ("/init-service-worker.js", "/sw.js")
"""Of OHIF: they would keep what was shown in the browser."""
