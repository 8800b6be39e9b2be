"""The REST interface of a reading: what is to be read, a cell, an answer."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import FastAPI, Query, Request
from pydantic import ValidationError

from labelassemble.errors import LabelAssembleError
from labelassemble.serve.reading_room import check_reader
from labelassemble.serve.refused_request import RefusedRequestError
from labelassemble.serve.review_desk import (
    Agreement,
    CellView,
    GivenAnswer,
    ReadingProgress,
    ReviewDesk,
)

_GIVEN = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": GivenAnswer.model_json_schema()}},
    }
}


def add_review(
    app: FastAPI, desk: ReviewDesk, threads: CapacityLimiter, responses: dict[int | str, Any]
) -> None:
    """Add the routes of a reading.

    Args:
        app: the application.
        desk: what is read.
        threads: how many compute at a time.
        responses: refusals, for the schema.
    """

    @app.get("/v1/review", summary="What is to be read, and what was answered", responses=responses)
    async def progress(
        reader: Annotated[str, Query(description="Whose answers.")],
    ) -> ReadingProgress:
        return desk.progress(_take_reader(reader))

    @app.get("/v1/review/{place}", summary="A cell as its reader sees it", responses=responses)
    async def show(place: int) -> CellView:
        return await run_sync(partial(desk.show, _take(desk, place)), limiter=threads)

    @app.post(
        "/v1/review/{place}", summary="Answer a cell", responses=responses, openapi_extra=_GIVEN
    )
    async def answer(place: int, request: Request) -> tuple[Agreement, ...]:
        given = _take_given(await request.body())
        reader, cell = _take_reader(given.reader), _take(desk, place)
        try:
            await run_sync(partial(desk.save, cell, reader, given.answer))
        except OSError as error:
            raise RefusedRequestError(
                HTTPStatus.INSUFFICIENT_STORAGE,
                "room for the answer",
                error.strerror or str(error),
                "Tell those who run this server; the answers before are kept",
            ) from error
        return await run_sync(desk.agreement)


def _take_given(body: bytes) -> GivenAnswer:
    try:
        return GivenAnswer.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST,
            'JSON such as {"reader": "Anna", "answer": "present"}, or absent, cannot tell, null',
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200],
            "Fix it",
        ) from error


def _take(desk: ReviewDesk, place: int) -> int:
    if not 0 <= place < len(desk.room.cells):
        raise RefusedRequestError(
            HTTPStatus.NOT_FOUND,
            f"a cell from 0 to {len(desk.room.cells) - 1}",
            str(place),
            "Take a number that /v1/review lists",
        )
    return place


def _take_reader(name: str) -> str:
    try:
        return check_reader(name)
    except LabelAssembleError as error:
        raise RefusedRequestError(
            HTTPStatus.BAD_REQUEST, error.expected, error.got, error.do
        ) from error
