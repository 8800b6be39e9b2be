"""How often an address may call."""

from labelassemble.serve.call_rate import MOST_ADDRESSES, CallRate


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    rate = CallRate(60, lambda: now[0])
    assert [rate.ask("a") for _ in range(60)] == [0.0] * 60
    assert rate.ask("a") == 1.0
    assert rate.ask("b") == 0.0
    now[0] = 2.0
    assert [rate.ask("a") > 0 for _ in range(3)] == [False, False, True]
    now[0] = 1e6
    assert [rate.ask("a") > 0 for _ in range(61)] == [False] * 60 + [True]


def test_nobody_fills_the_memory_and_none_counts_nobody() -> None:
    rate = CallRate(1)
    for number in range(MOST_ADDRESSES + 10):
        rate.ask(str(number))
    assert len(rate._left) == MOST_ADDRESSES
    assert [CallRate(0).ask("a") for _ in range(5)] == [0.0] * 5
