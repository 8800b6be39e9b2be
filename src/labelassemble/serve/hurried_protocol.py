"""A connection whose request does not begin in time is closed: none waits for ever."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


def hurry(time_s: float) -> type[H11Protocol]:
    """Give uvicorn's protocol of a connection, with a limit for the head of each request.

    What follows the head ``guard.Guard`` limits.

    Args:
        time_s: seconds until a head must have come.
    """

    class Hurried(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._late = self.loop.call_later(time_s, self._close_waiting)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._late is None and self._waits():
                self._late = self.loop.call_later(time_s, self._close_waiting)
            elif self._late is not None and not self._waits():
                self._late.cancel()
                self._late = None

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self._late is not None:
                self._late.cancel()

        def _waits(self) -> bool:
            return bool(getattr(self.cycle, "response_complete", True))

        def _close_waiting(self) -> None:
            self._late = None
            if self._waits():
                self.transport.close()

    return Hurried
