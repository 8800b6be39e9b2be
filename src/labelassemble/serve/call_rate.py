"""How often each address may call: a bucket that fills again."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_ADDRESSES = 4096
"""That are remembered; of more, those that were silent longest are forgotten."""


class CallRate:
    """Counts calls by address.

    Args:
        per_minute: calls that an address may make, a minute's at once; 0: any number.
        clock: seconds.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = per_minute, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def ask(self, address: str) -> float:
        """Count a call; give the seconds to wait where it is one too many, else 0."""
        if not self._most:
            return 0.0
        now = self._clock()
        left, then = self._left.pop(address, (float(self._most), now))
        left = min(float(self._most), left + (now - then) * self._most / 60.0)
        enough = left >= 1.0
        self._left[address] = (left - 1.0 if enough else left, now)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)
        return 0.0 if enough else max(1.0, (1.0 - left) * 60.0 / self._most)
