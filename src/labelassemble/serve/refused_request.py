"""A request that is refused: a status, and what was expected, what came and what to do."""

import http

from starlette.responses import JSONResponse

from labelassemble.errors import LabelAssembleError


class RefusedRequestError(LabelAssembleError):
    """A request that is not answered.

    Args:
        status: of HTTP.
        expected, got, do: as in ``LabelAssembleError``.
        headers: of the response.
    """

    def __init__(
        self,
        status: http.HTTPStatus,
        expected: str,
        got: str,
        do: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(expected, got, do)
        self.status, self.headers = status, headers or {}


def write_refusal(error: RefusedRequestError) -> JSONResponse:
    """Give the response that says why."""
    told = {"expected": error.expected, "got": error.got, "do": error.do}
    return JSONResponse({"error": told}, error.status, error.headers)
