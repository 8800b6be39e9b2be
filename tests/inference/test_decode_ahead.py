import threading
from collections.abc import Iterator

import pytest

from labelassemble.inference.decode_ahead import decode_ahead


def test_results_come_in_order_and_never_far_ahead() -> None:
    taken: list[int] = []

    def give() -> Iterator[int]:
        for number in range(200):
            taken.append(number)
            yield number

    for place, result in enumerate(decode_ahead(give(), str, workers=3, ahead=5)):
        assert result == str(place)
        assert len(taken) <= place + 7
    assert taken == list(range(200))


def test_what_a_thread_raises_is_raised_at_its_turn_and_no_thread_is_left() -> None:
    before = threading.active_count()

    def fail(number: int) -> int:
        return 1 // (3 - number)

    results = decode_ahead(range(1000), fail, workers=2, ahead=4)
    assert [next(results) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert threading.active_count() == before
