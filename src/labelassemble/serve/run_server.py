"""A service at an address, until somebody stops it."""

import logging
import os
import signal
import socket
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from labelassemble.errors import SettingsError, plural
from labelassemble.serve.app import build_app
from labelassemble.serve.guard import Guard
from labelassemble.serve.hurried_protocol import hurry
from labelassemble.serve.serve_settings import ServeSettings
from labelassemble.serve.service import Service
from labelassemble.serve.viewer import VIEWER, Viewer

TOKEN = "LABELASSEMBLE_TOKEN"
"""The environment variable; a command line can be read by everybody on a machine."""

SHORTEST_TOKEN = 16


def run_server(runs: Sequence[Path], settings: ServeSettings, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests that are there are answered first.

    Args:
        runs: run folders, or files that ``pack`` wrote.
        settings: where and how.
        say: takes where the page is, and that it is gone; no image is named.

    Raises:
        SettingsError: an address beyond this machine without a token, one that is in use, or what
            ``Service`` refuses.
        RunError: as ``Service``.
    """
    token = os.environ.get(TOKEN, "")
    refuse_open_door(settings.host, token)
    with open_socket(settings) as listening:
        service = Service(runs, settings)
        # Libraries tell values of headers in their remarks: they may name a patient.
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        server = make_server(service, settings, token)
        for number in (signal.SIGINT, signal.SIGTERM):
            # uvicorn takes them while it serves, and gives them on when it has stopped.
            signal.signal(number, lambda *_: None)
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        cells = service.about().review
        say(
            f"{plural(len(service.runs), 'run')} at http://{shown}:{port}/"
            + (f"; asks for the token in {TOKEN}" if token else "; this machine alone")
            + (f"; studies of {settings.dicomweb} at {VIEWER}" if settings.viewer else "")
            + (f"; {plural(cells, 'cell')} to read at /review" if cells else "")
            + (f"; uploads are kept in {settings.keep}" if settings.keep else "; nothing is kept")
        )
        try:
            server.run(sockets=[listening])
        finally:
            service.close()
    say("stopped")


def make_server(service: Service, settings: ServeSettings, token: str) -> uvicorn.Server:
    """Give the server, which listens on a socket that it is given.

    Raises:
        SettingsError: a viewer that is not there.
    """
    viewer = Viewer(settings.viewer_folder, settings.dicomweb) if settings.viewer else None
    return uvicorn.Server(
        uvicorn.Config(
            Guard(build_app(service), settings, token, service.meter, viewer),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            http=hurry(settings.time_s),
            loop="asyncio",
            timeout_keep_alive=15,
            timeout_graceful_shutdown=int(settings.time_s) + 1,
            proxy_headers=False,
        )
    )


def refuse_open_door(host: str, token: str) -> None:
    """Refuse to let others in without a token, and tokens that can be guessed.

    Raises:
        SettingsError: says how to set one.
    """
    if not token and not _is_own(host):
        raise SettingsError(
            f"a token, to listen on {host}, which other machines reach",
            f"no {TOKEN} in the environment",
            f"export {TOKEN}=$(openssl rand -hex 16), or leave --host out",
        )
    if token and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise SettingsError(
            f"a token of {SHORTEST_TOKEN} printed ASCII characters or more in {TOKEN}",
            f"one of {len(token)}",
            f"export {TOKEN}=$(openssl rand -hex 16)",
        )


def open_socket(settings: ServeSettings) -> socket.socket:
    """Listen, before anything is loaded.

    Raises:
        SettingsError: the address is in use, or not one of this machine.
    """
    try:
        kind, _, _, _, place = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(kind, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen(128)
        except BaseException:
            listening.close()
            raise
    except (OSError, UnicodeError) as error:
        raise SettingsError(
            f"an address and a port that are free: {settings.host}:{settings.port}",
            getattr(error, "strerror", None) or str(error),
            "Choose another --port or --host, or stop what listens there",
        ) from error
    return listening


def _is_own(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
