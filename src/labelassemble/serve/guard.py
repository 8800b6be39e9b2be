"""What stands before every request: who may ask, how often, how much, how long."""

import asyncio
import base64
import binascii
import hmac
import time
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labelassemble.serve.call_rate import CallRate
from labelassemble.serve.meter import Meter
from labelassemble.serve.refused_request import RefusedRequestError, write_refusal
from labelassemble.serve.serve_settings import ServeSettings
from labelassemble.serve.viewer import Viewer

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
"""Of every response: no page of another site shows or asks for anything, nothing is kept."""

OPEN_PATHS = (
    *("/", "/page.css", "/page.mjs", "/parts.mjs", "/icon.svg"),
    *("/review", "/review.mjs", "/healthz", "/openapi.json"),
)
"""What is given without a token: it holds nothing of anybody."""

_LOCAL = ("127.0.0.1", "localhost", "::1")
_CAME = "labelassemble.came"
"""Set in a request's scope once all of it has come."""
_DRAINED_S = 10.0
_DRAINED = 256 * 2**20


class Guard:
    """The application behind limits.

    Args:
        app: that answers.
        settings: the limits.
        token: that a client must show; empty: none.
        meter: counts.
        viewer: beside the application, with a policy of its own; None: there is none.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServeSettings,
        token: str,
        meter: Meter,
        viewer: Viewer | None = None,
    ) -> None:
        self._app, self._settings, self._token, self._meter = app, settings, token, meter
        self._rate = CallRate(settings.per_minute)
        self._viewer = viewer
        self._paths = {*OPEN_PATHS, *(one.path for one in getattr(app, "routes", ()))}
        self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever it is."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 0
        path = scope["path"] if scope["path"] in self._paths else "other"
        viewer = self._viewer if path == "other" else None
        if viewer is not None and not viewer.owns(scope["path"]):
            viewer = None
        own = {} if viewer is None else {"Content-Security-Policy": viewer.policy}

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update({**HEADERS, **own})
            await send(message)

        async def receive_noting() -> Message:
            message = await receive()
            scope[_CAME] = not message.get("more_body", False)
            return message

        try:
            async with asyncio.timeout(self._settings.time_s):
                await self._pass_on(scope, receive_noting, send_guarded, viewer)
        except RefusedRequestError as error:
            if not status:
                await drain(scope, receive_noting)
                await write_refusal(error)(scope, receive, send_guarded)
        except TimeoutError:
            late = RefusedRequestError(
                HTTPStatus.REQUEST_TIMEOUT,
                f"a request that has come and is answered within {self._settings.time_s:g} s",
                "one that took longer",
                "Send fewer images at a time, or over a faster line",
                {"Connection": "close"},
            )
            if not status:
                await write_refusal(late)(scope, receive, send_guarded)
        except ClientDisconnect:
            status = status or 499
        except Exception:  # A fault of ours, which the client was told: the server goes on.
            status = status or HTTPStatus.INTERNAL_SERVER_ERROR
        finally:
            self._meter.requests.labels(path, str(status)).inc()
            self._meter.request_seconds.labels(path).observe(time.perf_counter() - started)

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, viewer: Viewer | None
    ) -> None:
        headers = Headers(scope=scope)
        self._refuse_stranger(scope, headers)
        if viewer is not None:  # A study comes in hundreds of requests, which it bounds itself.
            self._refuse_without_token(headers, "Basic")
            await viewer(scope, receive, send)
            return
        if scope["path"] != "/healthz":
            self._refuse_hurry(scope)
        if scope["path"] not in OPEN_PATHS:
            self._refuse_without_token(headers)
        if scope["method"] not in ("POST", "PUT"):
            await self._app(scope, receive, send)
            return
        if self._uploads >= self._settings.at_once:
            raise RefusedRequestError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"at most {self._settings.at_once} uploads at a time",
                "one more",
                "Send it again in a moment",
                {"Retry-After": "1"},
            )
        self._uploads += 1
        self._meter.uploads.set(self._uploads)
        try:
            await self._app(scope, self._count(receive, headers), send)
        finally:
            self._uploads -= 1
            self._meter.uploads.set(self._uploads)

    def _refuse_stranger(self, scope: Scope, headers: Headers) -> None:
        """Refuse pages of other sites: one that a browser shows may ask whatever it can reach."""
        host = headers.get("host", "")
        name = urlsplit(f"//{host}").hostname or ""
        if not self._token and name not in (*_LOCAL, self._settings.host):
            raise RefusedRequestError(
                HTTPStatus.MISDIRECTED_REQUEST,
                "this machine by a name of its own, such as 127.0.0.1",
                "another name",
                "Open the address that the server said when it started",
            )
        origin = headers.get("origin")
        strange = origin is not None and urlsplit(origin).netloc != host
        if scope["method"] not in ("GET", "HEAD") and strange:
            raise RefusedRequestError(
                HTTPStatus.FORBIDDEN,
                "requests of this server's own page, or of a program",
                "one of a page of another site",
                "Open the page of this server",
            )

    def _refuse_hurry(self, scope: Scope) -> None:
        wait = self._rate.ask(str((scope.get("client") or ("",))[0]))
        if wait > 0:
            raise RefusedRequestError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"at most {self._settings.per_minute} requests a minute",
                "more",
                f"Send the next one in {wait:.0f} s",
                {"Retry-After": f"{wait:.0f}"},
            )

    def _refuse_without_token(self, headers: Headers, way: str = "Bearer") -> None:
        """Ask for the token: as a password where a browser asks by itself, as it does for OHIF."""
        if not self._token:
            return
        kind, _, shown = headers.get("authorization", "").partition(" ")
        shown = _read_password(shown) if way == "Basic" else shown
        right = hmac.compare_digest(shown.strip().encode(), self._token.encode())
        if kind.lower() != way.lower() or not right:
            told = "Bearer TOKEN" if way == "Bearer" else "Basic, any name and TOKEN as password"
            raise RefusedRequestError(
                HTTPStatus.UNAUTHORIZED,
                f"this server's token: Authorization: {told}",
                "another one" if shown else "none",
                "Ask those who run the server for it",
                {"WWW-Authenticate": f'{way} realm="labelassemble"'},
            )

    def _count(self, receive: Receive, headers: Headers) -> Receive:
        """Give a request's bytes on as long as they are few enough."""
        most, came = self._settings.upload_mib * 2**20, 0
        told = headers.get("content-length", "")
        if told.isdigit() and int(told) > most:
            raise self._too_large(f"{int(told):,} bytes")

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            size = len(message.get("body", b""))
            self._meter.received.inc(size)
            few, came = came <= most, came + size
            if few and came > most:  # Once: what comes then is thrown away.
                raise self._too_large("more")
            return message

        return counted

    def _too_large(self, got: str) -> RefusedRequestError:
        return RefusedRequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"a request of at most {self._settings.upload_mib} MiB",
            got,
            "Send fewer images at a time, or smaller ones",
        )


def _read_password(shown: str) -> str:
    try:
        return base64.b64decode(shown, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


async def drain(scope: Scope, receive: Receive) -> None:
    """Throw away what still comes of a request, so that its sender reads why it is refused."""
    if scope.get(_CAME) or Headers(scope=scope).get("expect", "").lower() == "100-continue":
        return
    came = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAINED_S):
            while came < _DRAINED:
                message = await receive()
                came += len(message.get("body", b""))
                if scope.get(_CAME):
                    return
