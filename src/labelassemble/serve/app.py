"""The page and the REST interface over a service."""

import time
from functools import partial
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from labelassemble import __version__
from labelassemble.errors import SourceError
from labelassemble.images.count_cores import count_cores
from labelassemble.serve.answers import About, Answers, ErrorAnswer
from labelassemble.serve.guard import drain
from labelassemble.serve.open_upload import UploadedFile
from labelassemble.serve.refused_request import RefusedRequestError, write_refusal
from labelassemble.serve.review_routes import add_review
from labelassemble.serve.service import Service

PAGE = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.mjs": ("page.mjs", "text/javascript; charset=utf-8"),
    "/parts.mjs": ("parts.mjs", "text/javascript; charset=utf-8"),
    "/review": ("review.html", "text/html; charset=utf-8"),
    "/review.mjs": ("review.mjs", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
"""Paths to files of the page."""

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer} for status in (400, 401, 403, 408, 413, 429, 503)
}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "PNG, JPEG, TIFF, DICOM, or zip archives of them.",
                        }
                    },
                }
            }
        },
    }
}


def build_app(service: Service) -> FastAPI:
    """Make the application; ``guard.Guard`` stands before it."""
    app = FastAPI(
        title="labelassemble",
        version=__version__,
        description="Runs answer images. For research. Not a medical device.",
        # Pages of FastAPI ask other servers for scripts.
        docs_url=None,
        redoc_url=None,
    )
    page, threads = files("labelassemble.serve").joinpath("page"), CapacityLimiter(count_cores())

    def give(name: str, kind: str) -> Response:
        return Response(page.joinpath(name).read_bytes(), media_type=kind)

    for path, (name, kind) in PAGE.items():
        app.add_api_route(path, partial(give, name, kind), include_in_schema=False)

    @app.get("/healthz", summary="Whether the server is there")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics", summary="Counters for Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(service.meter.write(), media_type="text/plain; version=0.0.4")

    @app.get("/v1/about", summary="The runs, and what an upload may cost", responses=_REFUSALS)
    async def about() -> About:
        return service.about()

    @app.post(
        "/v1/answers",
        summary="Answer images",
        response_model=Answers,
        responses=_REFUSALS,
        openapi_extra=_UPLOAD,
    )
    async def answer(
        request: Request,
        view: Annotated[bool, Query(description="Give images and maps too.")] = False,
    ) -> Response:
        deadline = time.monotonic() + service.settings.time_s
        sent = await read_files(request, service.settings.images)
        work = partial(service.answer, sent, view, deadline)
        try:
            told = await run_sync(work, limiter=threads, abandon_on_cancel=True)
        except SourceError as error:
            raise RefusedRequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error.expected, error.got, error.do
            ) from error
        return Response(told, media_type="application/json")

    if service.desk is not None:
        add_review(app, service.desk, threads, _REFUSALS)
    _say_in_our_words(app)
    return app


async def read_files(request: Request, most: int) -> list[UploadedFile]:
    """Read the files of a form into memory; none of them ever lies on the disk.

    Args:
        request: multipart/form-data.
        most: files and fields that it may have.

    Raises:
        RefusedRequestError: another kind of body, a damaged one, too many parts, or no file.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise _no_form(kind[:100] or "none")
    parser = _InMemory(request.headers, request.stream(), max_files=most, max_fields=most)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise _no_form(error.message) from error
    except (KeyError, ValueError, LookupError) as error:
        raise _no_form(f"one that cannot be read ({type(error).__name__})") from error
    given = [one for _, one in form.multi_items() if isinstance(one, UploadFile)]
    sent = [UploadedFile(one.filename or "image", await one.read()) for one in given]
    await form.close()
    if not sent:
        raise _no_form("no file in it")
    return sent


class _InMemory(MultiPartParser):
    """Parts stay in memory: the guard counts their bytes."""

    spool_max_size = 2**40


def _no_form(got: str) -> RefusedRequestError:
    return RefusedRequestError(
        HTTPStatus.BAD_REQUEST,
        "a form with images: multipart/form-data, a part `file` each",
        got,
        "Send it as in docs/serve.md: curl -F file=@image.png; of many images a part at a time",
    )


def _say_in_our_words(app: FastAPI) -> None:
    @app.exception_handler(RefusedRequestError)
    async def refuse(request: Request, error: RefusedRequestError) -> Response:
        await drain(request.scope, request.receive)
        return write_refusal(error)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        return write_refusal(
            RefusedRequestError(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "a server that answers",
                f"a fault in it ({type(error).__name__})",
                "Report it with the version that /v1/about gives; do not send the image",
            )
        )

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        known = sorted({one.path for one in app.routes if hasattr(one, "path")})
        return write_refusal(
            RefusedRequestError(
                HTTPStatus(error.status_code),
                f"one of {', '.join(known)}, as /openapi.json says",
                f"{request.method} of another path"
                if error.status_code == HTTPStatus.NOT_FOUND
                else f"{request.method}: {error.detail}",
                "Check the address",
            )
        )

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return write_refusal(
            RefusedRequestError(
                HTTPStatus.BAD_REQUEST,
                f"{'.'.join(map(str, first['loc']))} as /openapi.json says",
                str(first["msg"])[:200],
                "Fix it",
            )
        )
